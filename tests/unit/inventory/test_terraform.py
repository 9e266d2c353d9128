import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory.terraform import is_remote, sources
from pipeline.model.hcl import tokens


def test_every_module_block_gives_its_source() -> None:
    text = """\
# module "no" { source = "comment" }
/* module "no" {
  source = "comment"
} */
resource "aws_x" "module" {
  source = "not a module"
}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws" // why
  version = "5.0.0"
  tags = {
    source = "not this one"
  }
}
module "local" { source = "./modules/x" }
module "late" {
  a = "}"
  b = <<-EOT
    source = "heredoc"
    }
  EOT
  c = "${lookup({ "source" = "x" }, "source")}"
  source = "git::https://example.com/x.git"
}
locals { module = "x" }
"""
    assert sources("main.tf", text) == (
        "terraform-aws-modules/vpc/aws",
        "./modules/x",
        "git::https://example.com/x.git",
    )


def test_a_computed_source_is_told_in_its_own_words() -> None:
    (found,) = sources("main.tf", 'module "x" {\n  source = var.where\n}\n')
    assert is_remote("main.tf", found)


def test_a_local_value_cannot_be_put_in_front_of_a_computed_one() -> None:
    (found,) = sources("main.tf", 'module "x" {\n  source = "./a" == var.x ? "./b" : var.y\n}\n')
    assert found != "./a"


@pytest.mark.parametrize(
    "text",
    [
        '{"module": {"x": {"source": "hashicorp/consul/aws"}}}',
        '{"module": [{"x": [{"source": "hashicorp/consul/aws"}]}]}',
    ],
)
def test_terraform_in_json(text: str) -> None:
    assert sources("main.tf.json", text) == ("hashicorp/consul/aws",)


@pytest.mark.parametrize("text", ["{", f'{{"x": {"[" * 3000}{"]" * 3000}}}'])
def test_json_that_cannot_be_read_has_no_modules(text: str) -> None:
    assert sources("main.tf.json", text) == ()


@pytest.mark.parametrize(
    ("path", "source", "remote"),
    [
        ("main.tf", "./modules/x", False),
        ("envs/prod/main.tf", "../../modules/x", False),
        ("main.tf", "../outside", True),
        ("envs/main.tf", "../../outside", True),
        ("main.tf", "hashicorp/consul/aws", True),
        ("main.tf", "/srv/modules/x", True),
        ("main.tf", "", True),
    ],
)
def test_a_module_outside_the_tree_is_remote(path: str, source: str, *, remote: bool) -> None:
    assert is_remote(path, source) == remote


@given(st.text(alphabet='module source={}"\\$%<EOT-\n#/* x', max_size=200))
def test_no_text_makes_it_raise_or_hang(text: str) -> None:
    list(tokens(text))
    sources("main.tf", text)
