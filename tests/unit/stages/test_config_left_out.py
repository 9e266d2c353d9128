"""Which blocks of Terraform nobody looked at: ours, less those that Trivy names."""

import json
from collections.abc import Mapping

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.stages.config import left_out as config_left_out
from pipeline.stages.trivy import blocks as trivy_blocks
from pipeline.stages.trivy.report import Document

FILE = """resource "aws_s3_bucket" "a" { count = 0 }
resource "aws_s3_bucket" "b" { for_each = var.x }
data "aws_x" "c" {}
module "d" { source = "./d" }
output "e" { value = 1 }
"""
ALL = [
    ["src/main.tf", "resource", "aws_s3_bucket", "a[0]"],
    ["src/main.tf", "resource", "aws_s3_bucket", 'b["x[1]"]'],
    ["src/main.tf", "data", "aws_x", "c"],
    ["src/main.tf", "module", "", "d"],
]


def document(*messages: str, namespace: str = trivy_blocks.NAMESPACE) -> Document:
    checks = [
        {"ID": "PENSTOCK-0001", "Status": "FAIL", "Severity": "LOW", "Message": message,
         "Namespace": namespace}
        for message in messages
    ]  # fmt: skip
    result = {"Target": "src", "Class": "config", "Type": "terraform", "Misconfigurations": checks}
    head = {"SchemaVersion": 2, "ArtifactType": "filesystem", "CreatedAt": "now"}
    return msgspec.convert({**head, "Results": [result]}, Document)


def left_out(content: Mapping[str, str], seen: Document) -> dict[str | None, str]:
    gaps = list(config_left_out.gaps("config", seen, content, content))
    assert {gap.reason for gap in gaps} <= {GapReason.UNSUPPORTED}
    return {gap.target: gap.detail for gap in gaps}


def test_blocks_that_trivy_names_were_looked_at() -> None:
    assert left_out({"main.tf": FILE}, document(json.dumps(ALL))) == {}
    assert left_out({"main.tf": FILE}, document(json.dumps(ALL[:1]), json.dumps(ALL[1:]))) == {}


@pytest.mark.parametrize("number", range(len(ALL)))
def test_each_that_it_does_not_name_is_a_gap_by_name(number: int) -> None:
    kept = [one for one in ALL if one is not ALL[number]]
    _, kind, *labels = ALL[number]
    said = left_out({"main.tf": FILE}, document(json.dumps(kept)))["main.tf"]
    name = ".".join(label.partition("[")[0] for label in labels if label)
    assert said.startswith(f"Trivy leaves out {kind} {name}: ")


@pytest.mark.parametrize(
    "seen",
    [
        document(),
        document("[]"),
        document("not JSON"),
        document(json.dumps([[*one, 1] for one in ALL])[:-1]),
        document(json.dumps(ALL), namespace="builtin.aws"),
        document(json.dumps([["canary/main.tf", *one[1:]] for one in ALL])),
        document(json.dumps([["src/other.tf", *one[1:]] for one in ALL])),
        document(json.dumps([[one[0], "variable", *one[2:]] for one in ALL])),
    ],
)
def test_what_proves_nothing_proves_nothing(seen: Document) -> None:
    assert "and 1 more" in left_out({"main.tf": FILE}, seen)["main.tf"]


def test_a_name_with_a_bracket_in_it_is_no_instance_of_another() -> None:
    text = 'resource "a" "b[0]" {}\nresource "a" "b" {}\n'
    said = left_out({"main.tf": text}, document('[["src/main.tf","resource","a","b[0]"]]'))
    assert said["main.tf"].startswith("Trivy leaves out resource a.b[0]: ")


@pytest.mark.parametrize("text", ["$${", "%%{", "${}", "$$", "$"])
def test_no_text_hides_the_blocks_after_it(text: str) -> None:
    said = left_out({"main.tf": f'locals {{ a = "{text}" }}\n{FILE}'}, document())["main.tf"]
    assert "and 1 more" in said


def test_no_heredoc_hides_the_blocks_after_it() -> None:
    text = f"locals {{\n a = <<É\n {{\nÉ\n}}\n{FILE}locals {{\n a = <<É\n }}\nÉ\n}}\n"
    assert "and 1 more" in left_out({"main.tf": text}, document())["main.tf"]


def test_a_block_that_only_trivy_finds_is_a_gap() -> None:
    said = left_out({"main.tf": "locals {\n"}, document(json.dumps(ALL)))["main.tf"]
    assert said.startswith("Trivy looked at data aws_x.c, module d, resource aws_s3_bucket.a and")


def test_a_folder_that_is_called_as_the_planted_one_is_no_other() -> None:
    seen = document(json.dumps([["canary/main.tf", *one[1:]] for one in ALL]))
    assert set(left_out({"canary/main.tf": FILE}, seen)) == {"canary/main.tf"}


def test_only_files_that_count_as_read_are_asked() -> None:
    content = {"main.tf": FILE, "k8s.yaml": "a: b", "terraform.tfvars": 'a = "b"\n'}
    assert list(config_left_out.gaps("config", document(), content, ())) == []
    assert set(left_out(content, document())) == {"main.tf"}


def dynamic(expression: str) -> str:
    inner = f'dynamic "inner" {{\n for_each = {expression}\n }}\n'
    outer = f'dynamic "outer" {{\n for_each = [1]\n content {{\n {inner} }}\n }}\n'
    return f'resource "a" "b" {{\n {outer}}}\n'


SEEN = document('[["src/net/main.tf","resource","a","b"],["src/app/main.tf","module","","net"]]')


def test_a_dynamic_block_of_nothing_is_a_gap() -> None:
    said = left_out({"net/main.tf": dynamic("var.rules")}, SEEN)
    assert said["net/main.tf"].startswith("Trivy may leave out dynamic inner of a.b: ")
    assert left_out({"net/main.tf": dynamic('["a"]')}, SEEN) == {}


@pytest.mark.parametrize(("source", "given", "gaps"), [
    ("../net", "rules = [1]", 0),
    ("../net", "rules = []", 1),
    ("../net", "", 1),
    ("../other", "rules = [1]", 1),
])  # fmt: skip
def test_a_dynamic_block_goes_through_what_its_module_is_called_with(
    source: str, given: str, gaps: int
) -> None:
    content = {
        "net/main.tf": dynamic("local.rules"),
        "net/variables.tf": 'variable "rules" { default = [] }\n',
        "net/locals.tf.json": '{"locals": {"rules": "${var.rules}"}}',
        "app/main.tf": f'module "net" {{\n source = "{source}"\n {given}\n}}\n',
    }
    assert len(left_out(content, SEEN)) == gaps


def test_a_dynamic_block_in_a_plain_one_is_a_gap() -> None:
    made = 'dynamic "x" {\n for_each = [1]\n content {}\n }\n'
    for plain in (f"plain {{\n {made} }}\n", f"content {{\n {made} }}\n"):
        text = f'resource "a" "b" {{\n {plain}}}\n'
        said = left_out({"net/main.tf": text}, SEEN)["net/main.tf"]
        assert said.startswith("Trivy leaves out dynamic x of a.b: of `dynamic` blocks")
        outer = f'dynamic "y" {{\n for_each = [1]\n content {{\n {plain} }}\n }}\n'
        text = f'resource "a" "b" {{\n {outer}}}\n'
        assert left_out({"net/main.tf": text}, SEEN)["net/main.tf"] == said


def test_nothing_is_made_in_a_dynamic_block_that_is_not() -> None:
    inner = 'dynamic "x" {\n for_each = [1]\n content {}\n }\n'
    outer = f'dynamic "y" {{\n for_each = [1]\n content {{\n {inner} }}\n }}\n'
    text = f'resource "a" "b" {{\n plain {{\n {outer} }}\n}}\n'
    said = left_out({"net/main.tf": text}, SEEN)["net/main.tf"]
    assert said.startswith("Trivy leaves out dynamic y of a.b, dynamic x of a.b: ")


def test_blocks_in_blocks_of_json_are_a_gap() -> None:
    seen = document(
        '[["src/main.tf.json","resource","a","b"],["src/main.tf.json","module","","c"]]'
    )
    module = {"c": {"source": "./c", "rules": [{"port": 22}]}}
    body = {"tags": {"x": "y"}, "names": ["z"], "lifecycle": {"prevent_destroy": True}}
    added: list[dict[str, object]] = [{}, {"egress": [{"port": 1}]}, {"egress": {"port": 1}}]
    added.append({"dynamic": {"x": {}}})
    for more in added:
        text = json.dumps({"resource": {"a": {"b": {**body, **more}}}, "module": module})
        said = left_out({"main.tf.json": text}, seen).get("main.tf.json", "")
        assert said.startswith(f"Trivy leaves out {next(iter(more), '')} of a.b: ") == bool(more)


def test_the_folder_of_all_may_be_called_too() -> None:
    content = {
        "main.tf": dynamic("var.rules"),
        "app/main.tf": 'module "net" {\n source = "../"\n rules = ["a"]\n}\n',
    }
    seen = document('[["src/main.tf","resource","a","b"],["src/app/main.tf","module","","net"]]')
    assert left_out(content, seen) == {}


def test_long_names_are_cut() -> None:
    text = "".join(f'resource "a" "{"b" * 500}{n}" {{}}\n' for n in range(9))
    said = left_out({"main.tf": text}, document())["main.tf"]
    assert "and 6 more" in said
    assert len(said) < 600
