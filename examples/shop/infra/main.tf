terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_security_group" "shop" {
  name        = "shop"
  description = "The shop's machines"

  ingress {
    description = "Maintenance"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "database" {
  name        = "database"
  description = "The database, for the shop's machines only"

  ingress {
    description     = "PostgreSQL"
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_security_group.shop.id]
  }
}

resource "aws_s3_bucket" "pictures" {
  bucket = "shop-pictures"
}

resource "aws_s3_bucket_acl" "pictures" {
  bucket = aws_s3_bucket.pictures.id
  acl    = "public-read"
}

resource "aws_s3_bucket_public_access_block" "pictures" {
  bucket                  = aws_s3_bucket.pictures.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}
