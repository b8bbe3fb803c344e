# Deploys the stack: terraform init && terraform apply -var assets_bucket=NAME

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "assets_bucket" {
  type        = string
  description = "Existing bucket for the template and the code of the functions, in the Region of the stack"
}

variable "assets_prefix" {
  type        = string
  default     = "one-time-links/"
  description = "Start of the keys in this bucket"
}

variable "stack_name" {
  type    = string
  default = "one-time-links"
}

locals {
  code     = fileset(path.module, "*.zip")
  template = "${path.module}/template.json"
}

data "aws_s3_bucket" "assets" {
  bucket = var.assets_bucket
}

resource "aws_s3_object" "code" {
  for_each = local.code

  bucket = data.aws_s3_bucket.assets.id
  key    = "${var.assets_prefix}${each.value}"
  source = "${path.module}/${each.value}"

  # The old code is deleted after the update of the stack, because a rollback needs it.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "template" {
  bucket = data.aws_s3_bucket.assets.id
  # Another key updates the stack.
  key    = "${var.assets_prefix}${filesha256(local.template)}.json"
  source = local.template

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "one_time_links" {
  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.assets.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_NAMED_IAM"]

  parameters = {
    AssetsBucket = data.aws_s3_bucket.assets.id
    AssetsPrefix = var.assets_prefix
  }

  depends_on = [aws_s3_object.code]
}

output "outputs" {
  description = "Outputs of the stack, such as ApiGatewayEndpoint"
  value       = aws_cloudformation_stack.one_time_links.outputs
}
