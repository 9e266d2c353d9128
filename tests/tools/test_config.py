"""The config stage with the real Trivy."""

from pathlib import Path

import msgspec
import pytest

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Canary
from tests.support.trivy import TREES, Asked, ask, database, job, real, replay

pytestmark = pytest.mark.tools

ROOT_USER = "FROM scratch\nUSER root\n"
CLEAN = 'FROM scratch\nCOPY x /x\nUSER 1000\nHEALTHCHECK CMD ["/x"]\n'

_APP = """module "net" {
  source = "../net"
  name   = "web"
  rules  = [{ port = 22, cidr = "0.0.0.0/0" }]
}
locals { buckets = toset(["a", "b"]) }
resource "aws_s3_bucket" "each" {
  for_each = local.buckets
  bucket   = each.value
  dynamic "logging" {
    for_each = local.tags
    content { target_bucket = logging.key }
  }
}
resource "aws_s3_bucket" "pairs" { for_each = { for k, v in local.tags : k => v } }
data "aws_regions" "all" { count = length(data.aws_regions.others.names) }
data "aws_regions" "others" {}
"""
_NET = """variable "create" {
  type    = bool
  default = true
}
variable "rules" { default = [] }
variable "name" { type = string }
resource "aws_security_group" "this" {
  count       = var.create && var.name != "" ? 1 : 0
  description = "ssh"
  dynamic "ingress" {
    for_each = var.rules
    content {
      description = "in"
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = [ingress.value.cidr]
    }
  }
}
"""


def scanned(folder: Path, files: dict[str, str] | None = None, stage: str = "config") -> Asked:
    feed = database(folder / "feed")
    tree = TREES[stage] if files is None else files
    asked = job(stage, folder, files=tree, tool=real(), feed=feed)
    return ask(asked, folder / "private")


@pytest.mark.parametrize("stage", ["config", "secrets", "packages"])
def test_the_real_tool_says_what_was_recorded(tmp_path: Path, stage: str) -> None:
    (tmp_path / "now").mkdir()
    (tmp_path / "then").mkdir()
    now = scanned(tmp_path / "now", stage=stage)
    then = replay(stage, tmp_path / "then")
    assert {f.id for f in now.answer.findings} == {f.id for f in then.answer.findings}
    assert now.done == then.done
    assert now.answer.canary is Canary.FOUND


def test_clean_infrastructure_is_answered_without_findings(tmp_path: Path) -> None:
    files = {
        "Dockerfile": CLEAN,
        "infra/main.tf": 'output "z" { value = 1 }\n',
        "k8s/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n",
    }
    asked = scanned(tmp_path, files)
    done, fate = asked.done
    assert asked.answer.findings == ()
    assert done.gaps == ()
    assert set(fate.values()) == {"answered"}


@pytest.mark.slow
def test_nothing_in_the_repository_steers_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVY_SEVERITY", "LOW")
    monkeypatch.setenv("TRIVY_SKIP_DIRS", "**/*")
    quiet = "severity: [LOW]\nscan:\n  skip-dirs: ['**/*']\n  skip-files: ['**/*']\n"
    files = {
        "trivy.yaml": quiet,
        ".trivyignore": "DS-0002\nAWS-0107\n",
        ".trivyignore.yaml": "misconfigurations:\n  - id: DS-0002\n",
        "trivy-secret.yaml": "disable-rules: [github-pat]\n",
        "Dockerfile": "#trivy:ignore:DS-0002\n#trivy:ignore:DS-0026\n" + ROOT_USER,
        "main.tf": (
            "#tfsec:ignore:*\n#trivy:ignore:*\n"
            'resource "aws_s3_bucket" "b" { bucket = "b" } #trivy:ignore:AWS-0086\n'
        ),
    }
    answer = scanned(tmp_path, files).answer
    rules = {(one.rule, one.target) for one in answer.findings}
    assert {("DS-0002", "Dockerfile"), ("DS-0026", "Dockerfile"), ("AWS-0086", "main.tf")} <= rules
    assert all(one.suppressed_inline for one in answer.findings)


@pytest.mark.slow
def test_without_a_database_infrastructure_and_secrets_are_still_answered(tmp_path: Path) -> None:
    missing = ToolError(GapReason.FEED_MISSING, "no database")
    files = {"Dockerfile": ROOT_USER}
    asked = ask(job("config", tmp_path, files=files, tool=real(), feed=missing), tmp_path / "p")
    assert "DS-0002" in {one.rule for one in asked.answer.findings}
    (tmp_path / "other").mkdir()
    scope = job("secrets", tmp_path / "other", files=files).scope
    secrets = Asked(msgspec.structs.replace(asked.job, stage="secrets", scope=scope), asked.reports)
    assert secrets.answer.canary is Canary.FOUND
    packages = Asked(msgspec.structs.replace(asked.job, stage="packages"), asked.reports)
    with pytest.raises(ToolError, match="no database"):
        _ = packages.answer


@pytest.mark.slow
def test_names_that_are_no_plain_words_are_answered(tmp_path: Path) -> None:
    files = {
        "a b/Dockerfile": ROOT_USER,
        "x:y@z/Dockerfile": ROOT_USER,
        'q"uote/main.tf': 'resource "aws_instance" "x" {\n  ami = \n}\n',
        "line\nfeed/Dockerfile": ROOT_USER,
        "dev/Dockerfile": ROOT_USER,
    }
    asked = scanned(tmp_path, files)
    fate = asked.done[1]
    assert {path for path, why in fate.items() if why != "answered"} == {'q"uote/main.tf'}
    found = {one.target for one in asked.answer.findings if one.rule == "DS-0002"}
    assert found == {path for path in fate if path.endswith("Dockerfile")}
    assert "line\\x0afeed/Dockerfile" in found


@pytest.mark.slow
def test_the_scan_of_a_truncated_database_is_no_answer(tmp_path: Path) -> None:
    feed = database(tmp_path / "feed")
    path = tmp_path / "feed" / "db" / "trivy.db"
    path.write_bytes(path.read_bytes()[:5000])
    asked = job("packages", tmp_path, files=TREES["packages"], tool=real(), feed=feed)
    with pytest.raises(ToolError):
        _ = ask(asked, tmp_path / "private").answer


@pytest.mark.slow
def test_what_trivy_leaves_out_of_a_file_is_a_gap(tmp_path: Path) -> None:
    pod = TREES["config"]["k8s/pod.yaml"]
    plain = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n"
    files = {
        "k8s/second.yaml": f"{plain}--- # second\n{pod}",
        "k8s/list.yaml": "apiVersion: v1\nkind: List\nmetadata: {}\nitems:\n- "
        + pod.replace("\n", "\n  "),
        "k8s/merged.yaml": "x: &p {privileged: true}\n"
        + pod.replace("{privileged: true}", "{<<: *p}"),
        "infra/main.tf": 'variable "cidr" { default = "10.0.0.0/8" }\n'
        + TREES["config"]["infra/main.tf"]
        .replace('variable "cidr" {}\n', "")
        .replace('"0.0.0.0/0"', "var.cidr")
        .replace('module "child" { source = "./child" }\n', ""),
        "infra/terraform.tfvars": 'cidr = "0.0.0.0/0"\n',
    }
    asked = scanned(tmp_path, files)
    assert not {one.rule for one in asked.answer.findings} & {"KSV-0017", "AWS-0107"}
    assert asked.done[1] == {
        "infra/main.tf": "answered",
        "infra/terraform.tfvars": "unsupported",
        "k8s/list.yaml": "unsupported",
        "k8s/merged.yaml": "unsupported",
        "k8s/second.yaml": "unsupported",
    }


@pytest.mark.slow
def test_ordinary_terraform_is_looked_at_whole(tmp_path: Path) -> None:
    files = {
        "app/main.tf": _APP,
        "app/more.tf.json": '{"locals": {"tags": {"a": 1}}}',
        "net/main.tf": _NET,
    }
    asked = scanned(tmp_path, files)
    done, fate = asked.done
    assert done.gaps == ()
    assert set(fate.values()) == {"answered"}
    assert ("AWS-0107", "net/main.tf") in {(f.rule, f.target) for f in asked.answer.findings}
    assert not [one for one in asked.answer.findings if one.rule.startswith("PENSTOCK")]


@pytest.mark.slow
def test_a_dockerfile_under_any_name_is_scanned(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY x /x\nUSER root\n"
    names = ["app-Dockerfile", "DockerfileProd", "docker/api", 'my+(app), "a:b"$\\f ü', "a\nb"]
    asked = scanned(tmp_path, dict.fromkeys(names, dockerfile) | {"axDockerfile": "FRM a\n"})
    fate = asked.done[1]
    assert len(fate) == len(names)
    assert set(fate.values()) == {"answered"}
    assert {one.target for one in asked.answer.findings if one.rule == "DS-0002"} == set(fate)


@pytest.mark.slow
def test_a_plan_keeps_nothing_else_from_being_answered(tmp_path: Path) -> None:
    # Trivy reads it, and names what is wrong by files that are not there.
    after = {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22}]}
    kind = {"address": "aws_security_group.x", "type": "aws_security_group", "name": "x"}
    one = kind | {"mode": "managed"}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.7.0",
        "planned_values": {"root_module": {"resources": [one | {"values": after}]}},
        "resource_changes": [one | {"change": {"actions": ["create"], "after": after}}],
        "configuration": {"root_module": {"resources": [one]}},
    }
    files = {"tfplan.json": msgspec.json.encode(plan).decode(), "Dockerfile": CLEAN}
    fate = scanned(tmp_path, files).done[1]
    assert fate == {"Dockerfile": "answered", "tfplan.json": "no_rules"}
