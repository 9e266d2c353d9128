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
    description = "Maintenance, from the operators' network"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["10.20.0.0/24"]
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

resource "aws_s3_bucket_public_access_block" "pictures" {
  bucket                  = aws_s3_bucket.pictures.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "pictures" {
  bucket = aws_s3_bucket.pictures.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "pictures" {
  bucket        = aws_s3_bucket.pictures.id
  target_bucket = aws_s3_bucket.receipts.id
  target_prefix = "pictures/"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "pictures" {
  bucket = aws_s3_bucket.pictures.id

  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.receipts.arn
      sse_algorithm     = "aws:kms"
    }
  }
}
