"""Terraform files are checked for what opens and does not close."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.config import hcl

GOOD = """# { unbalanced in a comment
/* and " here { */
locals {
  a = "x ${lower("y ${"z"}")} }"
  b = "$${not a template"
  c = "%{ if true }yes%{ endif }"
  d = "escaped \\" quote {"
  e = [for x in var.list : { k = x }]
}
// another { one
resource "a" "b" {
  text = <<-EOT
    anything " { goes ${here}
    EOT
  more = <<END
}}}}"
END
}
"""


@pytest.mark.parametrize("text", ["", GOOD, GOOD.replace("\n", "\r\n"), "a = 1"])
def test_what_is_closed_is_fine(text: str) -> None:
    assert hcl.problem(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        'resource "a" "b" {',
        "/* a comment",
        "/*/",
        'a = "x',
        'a = "x\n"',
        "a = [1, 2)",
        "}",
        'a = "${x"',
        "a = <<EOT\nx\n",
        GOOD[:-2],
        GOOD.replace("quote {", "quote\n"),
    ],
)
def test_what_is_open_is_a_problem(text: str) -> None:
    assert hcl.problem(text)


def test_what_opens_a_million_times_is_read_in_time() -> None:
    assert "not closed" in hcl.problem("/*" * 1_000_000)
    assert "not closed" in hcl.problem("x /* " * 500_000)


def test_modules_in_this_tree_are_named() -> None:
    text = (
        'module "a" { source = "./a" }\nmodule "b" {\n  source  = "../b"\n}\n'
        'module "c" { source = "hashicorp/consul/aws" }\n'
    )
    assert hcl.local_modules(text) == ("./a", "../b")
    assert hcl.local_modules('{"module": {"a": {"source": "./a"}}}') == ("./a",)


@given(st.text(alphabet='{}[]()"$%\\\n<E#/* ', max_size=60))
def test_any_text_is_checked(text: str) -> None:
    hcl.problem(text)
