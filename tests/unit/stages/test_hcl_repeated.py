"""Blocks of Terraform that nobody looks at, since only a plan knows how many there are."""

import json

import pytest

from pipeline.stages.hcl_repeated import unknown


def block(expression: str) -> str:
    return f'resource "aws_s3_bucket" "a" {{\n  for_each = {expression}\n  acl = "x"\n}}\n'


@pytest.mark.parametrize(
    "expression",
    [
        "toset(data.aws_regions.all.names)",
        "{ for one in data.x.y.z : one => one }",
        'jsondecode(file("${path.module}/a.json"))',
        "toset([\n    data.x.y,\n  ])",
        "aws_acm_certificate.a.domain_validation_options",
        "local.names",
        "local.short",
        'merge({}, { a = "b" }, local.indirect)',
    ],
)
def test_what_only_a_plan_knows(expression: str) -> None:
    more = "locals {\n  names = data.x.y.names\n  indirect = { a = local.names }\n}\n"
    more += 'locals { short = jsondecode(file("a.json")) }\n'
    assert list(unknown({"a/main.tf": block(expression), "a/locals.tf": more})) == ["a/main.tf"]
    dynamic = f'resource "x" "y" {{\n dynamic "z" {{\n for_each = {expression}\n }}\n}}\n'
    assert list(unknown({"a/main.tf": dynamic, "a/locals.tf": more})) == ["a/main.tf"]


@pytest.mark.parametrize(
    "expression",
    [
        'toset(["a", "b"])',
        "var.buckets",
        "var.data.buckets",
        "local.names",
        "aws_s3_bucket.others",
        "module.a.names",
        "{ for k, v in var.x : k => v.data.y }",
    ],
)
def test_what_trivy_can_know(expression: str) -> None:
    more = (
        'locals { names = toset(["a"]) }\n# for_each = data.x.y\noutput "x" { value = data.x.y }\n'
    )
    assert list(unknown({"main.tf": block(expression), "more.tf": more})) == []


def test_local_values_are_those_of_the_folder() -> None:
    files = {"a/main.tf": block("local.names"), "b/main.tf": "locals {\n names = data.x.y\n}\n"}
    assert list(unknown(files)) == []


def test_it_is_found_in_json_too() -> None:
    each = {"resource": {"x": {"y": [{"for_each": "${toset(local.a)}"}]}}}
    told = {"locals": [{"a": "${data.x.y}"}]}
    files = {"a.tf.json": json.dumps(each), "b.tf.json": json.dumps(told), "c.tf.json": "{"}
    assert list(unknown(files)) == ["a.tf.json"]
