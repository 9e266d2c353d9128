# Receipts.

resource "aws_kms_key" "receipts" {
  description         = "Encrypts receipts"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "receipts" {
  bucket = "shop-receipts"
}

resource "aws_s3_bucket_public_access_block" "receipts" {
  bucket                  = aws_s3_bucket.receipts.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "receipts" {
  bucket = aws_s3_bucket.receipts.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "receipts" {
  bucket        = aws_s3_bucket.receipts.id
  target_bucket = aws_s3_bucket.receipts.id
  target_prefix = "log/"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "receipts" {
  bucket = aws_s3_bucket.receipts.id

  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.receipts.arn
      sse_algorithm     = "aws:kms"
    }
  }
}
