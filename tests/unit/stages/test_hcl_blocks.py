"""The blocks of Terraform files, and what is assigned in them."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.config.hcl_blocks import Block, read

FILE = """# resource "a" "commented" {}
locals { one = toset(["a"]) }
resource "aws_sg" "x" {
  count = var.on ? 1 : 0 # why
  text  = <<-EOT
    resource "a" "in_a_text" {
  EOT
  dynamic "ingress" {
    for_each = {
      a = "b"
    }
    content { port = ingress.value["a"] }
  }
}
data aws_x y {}
"""


def test_blocks_are_read_with_labels_and_expressions() -> None:
    top, resource, data = read("main.tf", FILE).blocks
    assert (top.kind, top.assigned) == ("locals", {"one": ' toset(["a"]) '})
    assert (resource.kind, resource.address) == ("resource", "aws_sg.x")
    assert resource.assigned["count"].strip() == "var.on ? 1 : 0"
    (dynamic,) = resource.blocks
    assert (dynamic.kind, dynamic.labels) == ("dynamic", ("ingress",))
    assert dynamic.assigned["for_each"].split() == ["{", "a", "=", '"b"', "}"]
    assert [one.kind for one in dynamic.blocks] == ["content"]
    assert data.address == "aws_x.y"


def test_a_string_in_a_template_ends_no_string() -> None:
    (block,) = read("a.tf", 'locals { a = "x${lookup(b, "c")}y" }').blocks
    assert block.assigned["a"].strip() == "\"x${lookup(b, 'c')}y\""


def test_json_is_the_same_language() -> None:
    content = {
        "resource": [{"aws_sg": {"x": [{"count": 0, "dynamic": {"ingress": {"for_each": []}}}]}}],
        "module": {"net": {"source": "./net", "rules": "${toset(local.a)}"}},
        "variable": {"a": {"default": [1], "type": "list(number)"}},
        "locals": {"b": {"c": None}},
    }
    blocks = {one.kind: one for one in read("a.tf.json", json.dumps(content)).blocks}
    assert blocks["resource"].address == "aws_sg.x"
    (dynamic,) = blocks["resource"].blocks
    assert (dynamic.kind, dynamic.labels) == ("dynamic", ("ingress",))
    assert dynamic.assigned == {"for_each": "[]"}
    assert blocks["module"].assigned == {"source": '"./net"', "rules": "toset(local.a)"}
    assert blocks["variable"].assigned == {"default": "[1]"}
    assert blocks["locals"].assigned == {"b": '{"c": null}'}


@pytest.mark.parametrize("text", ["{", "[1]", "null", '{"resource": 1}', '{"resource": {"a": 1}}'])
def test_what_holds_no_blocks_in_json_has_none(text: str) -> None:
    assert read("a.tf.json", text) == Block()


@given(st.text(alphabet='ab "{}=\n#<$[](),?:.EOT-'))
def test_any_text_is_read(text: str) -> None:
    assert read("a.tf", text).kind == ""
    assert read("a.tf.json", text).kind == ""


@pytest.mark.parametrize("text", ["a " * 300_000, "a {" * 100_000, "a = (" * 100_000])
def test_a_long_text_is_read_in_its_time(text: str) -> None:
    begun = time.process_time()
    read("a.tf", text)
    assert time.process_time() - begun < 5
