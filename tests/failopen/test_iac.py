"""Trivy ends with 0 over infrastructure that it could not parse, or was told to pass over."""

from pathlib import Path
from typing import Final

import pytest

from tests.failopen.ways import Laid, Way, asks, cases, check, found, gap
from tests.support.small import gate

pytestmark = pytest.mark.tools

_OPEN: Final = """resource "aws_security_group" "open" {
  description = "open"
  egress {
    description = "all"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
_EGRESS: Final = "AWS-0104"
_CIDR: Final = '    cidr_blocks = ["0.0.0.0/0"]'
_ENV: Final = "FROM scratch\nENV AWS_SECRET_ACCESS_KEY=a\nUSER 1000\nHEALTHCHECK CMD a\n"
_SECRET: Final = "DS-0031"
_QUIET: Final = "severity: [LOW]\nscan: {scanners: [license], skip-dirs: ['**']}\n"
_VALUES: Final = _OPEN.replace('["0.0.0.0/0"]', "[var.cidr]") + 'variable "cidr" {}\n'
_STACK: Final = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Cidr: {Type: String}
Resources:
  Open:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: open
      SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: !Ref Cidr, Description: all}]
"""
_REMOTE: Final = 'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
_POD: Final = """apiVersion: v1
kind: Pod
metadata: {name: a, namespace: b}
spec:
  containers: [{name: a, image: a, securityContext: {privileged: true}}]
"""
_LIST: Final = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
    f"{'  ' if number else '- '}{line}\n" for number, line in enumerate(_POD.splitlines())
)
_EACH: Final = """data "aws_regions" "all" {}
resource "aws_s3_bucket" "a" {
  for_each = toset(data.aws_regions.all.names)
  acl      = "public-read"
}
"""
_PLAY: Final = "- hosts: all\n  tasks: [{shell: a}]\n"
_PLAN: Final = '{"terraform_version": "1.7.0", "planned_values": {"root_module": {}}}'
_OFF: Final = (
    'variable "on" { default = false }\n'
    + _OPEN.replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1)
    + 'module "net" {\n  source = "./net"\n  count = var.on ? 1 : 0\n}\n'
)
_NONE: Final = (
    'variable "names" { default = [] }\nlocals { names = toset(var.names) }\n'
    + _OPEN.replace("{\n", "{\n  for_each = local.names\n", 1)
)
_NONE_JSON: Final = '{"resource": {"aws_s3_bucket": {"a": {"for_each": {}, "acl": "public-read"}}}}'
_DYNAMIC: Final = 'variable "cidrs" { default = [] }\n' + _OPEN.replace(
    "  egress {", '  dynamic "egress" {\n    for_each = var.cidrs\n    content {'
).replace('["0.0.0.0/0"]', "[egress.value]").replace("  }\n}", "  }\n  }\n}")
_DEEP: Final = """resource "google_container_cluster" "a" {
  master_authorized_networks_config {
    dynamic "cidr_blocks" {
      for_each = ["0.0.0.0/0"]
      content {
        cidr_block = cidr_blocks.value
      }
    }
  }
}
"""
_JSON: Final = (
    '{"resource": {"aws_security_group": {"a": {"description": "a", "egress": [{"description": "a",'
    ' "from_port": 1, "to_port": 1, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}}}}'
)
_CALLED: Final = [f"m{number}" for number in range(10, 44)]
_MANY: Final = {f"{one}/main.tf": _OPEN for one in _CALLED} | {
    "main.tf": "".join(f'module "{one}" {{\n  source = "./{one}"\n}}\n' for one in _CALLED)
}
_ENDLESS: Final = """resource "random_integer" "r" {
  min = 1
  max = 5
}
resource "aws_s3_bucket" "a" {
  count = random_integer.r.result
}
"""
_EVIL: Final = 'module "net" {\n  source = "./net"\n  cidr   = ["0.0.0.0/0"]\n}\n'
_NET: Final = 'variable "cidr" { default = ["10.0.0.0/8"] }\n' + _OPEN.replace(
    '["0.0.0.0/0"]', "var.cidr"
)
_ELSEWHERE: Final = '{"Modules": [{"Key": "net", "Source": "./net", "Dir": "clean"}]}'
_CHART: Final = {
    "chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 0.1.0\n",
    "chart/values.yaml": "job: false\n",
    "chart/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
                              "  name: {{ .Release.Name }}\n",
}  # fmt: skip
_HOOKED: Final = _POD.replace("name: a,", "name: {{ .Chart.Name }}, annotations: {_},", 1).replace(
    "_", '"helm.sh/hook": pre-install'
)
_INCLUDED: Final = '{{- if .Values.job }}\n{{ include "pod" . }}\n{{- end }}\n'
_COMPOSE: Final = "services: {web: {image: nginx, privileged: true}}\n"
_IGNORED: Final = _ENV.replace("ENV ", f"#trivy:ignore:{_SECRET}\nENV ")


def _steered(place: Path) -> Laid:
    """Silence Trivy by files beside the code and by its variables."""
    laid = asks(
        "config",
        {
            "main.tf": _OPEN,
            "trivy.yaml": _QUIET,
            ".trivyignore": f"{_EGRESS}\n",
            ".trivyignore.yaml": f"misconfigurations: [{{id: {_EGRESS}}}]\n",
        },
    )(place)
    folder = laid.folder
    return laid._replace(
        environment={
            "TRIVY_SEVERITY": "LOW",
            "TRIVY_SKIP_DIRS": "**",
            "TRIVY_CONFIG": str(folder / "trivy.yaml"),
            "TRIVY_IGNOREFILE": str(folder / ".trivyignore"),
        }
    )


WAYS: Final = (
    Way("config", "Compose or Bicep, which Trivy has no checks for, under `no_rules: gap`",
        asks("config",
             {"main.bicep": "param a string\n", "compose.yaml": _COMPOSE, "main.tf": _OPEN},
             policy=gate("config").replace("  excerpts: accept\n", "  no_rules: gap\n")),
        gap("compose.yaml", "no_rules") | gap("main.bicep", "no_rules"),
        found(_EGRESS, "main.tf")),
    Way("config", "a syntax error in Terraform: a line on stderr, the file is missing",
        asks("config", {"main.tf": 'resource "a" "b" {\n  c = \n}\n'}),
        gap("main.tf", "parse_error"), quick=True),
    Way("config", "a syntax error in a Dockerfile: a line on stderr, the file is missing",
        asks("config", {"Dockerfile": "FRM scratch\n"}), gap("Dockerfile", "parse_error")),
    Way("config", "a syntax error in a manifest of Kubernetes",
        asks("config", {"k8s/pod.yaml": _POD + "x: [\n", "main.tf": _OPEN}),
        gap("k8s/pod.yaml", "parse_error"), found(_EGRESS, "main.tf")),
    Way("config", "a variable without a value: the rule does not fire",
        asks("config", {"main.tf": _VALUES}), gap("main.tf", "unsupported"), quick=True),
    Way("config", "the same with blanks about the dot",
        asks("config", {"main.tf": _VALUES.replace("var.cidr", "var /* */ . cidr")}),
        gap("main.tf", "unsupported")),
    Way("config", "a parameter of CloudFormation without a default",
        asks("config", {"stack.yaml": _STACK}), gap("stack.yaml", "unsupported")),
    Way("config", "a Dockerfile whose user is a variable, which it takes for a name",
        asks("config", {"Dockerfile": "ARG U=root\n" + _ENV.replace("1000", "$U").replace(
            "ENV AWS_SECRET_ACCESS_KEY=a\n", "")}), gap("Dockerfile", "unsupported")),
    Way("config", "a module from elsewhere cannot be fetched",
        asks("config", {"main.tf": _REMOTE}), gap("main.tf", "remote_module")),
    Way("config", "a module beside it is not there",
        asks("config", {"main.tf": 'module "a" {\n  source = "./a"\n}\n'}),
        gap("main.tf", "remote_module")),
    Way("config", "`trivy:ignore` above a block of Terraform",
        asks("config", {"main.tf": _OPEN.replace(_CIDR, f"#trivy:ignore:{_EGRESS}\n{_CIDR}")}),
        finds=found(_EGRESS, "main.tf")),
    Way("config", "`tfsec:ignore:*` on the line",
        asks("config", {"main.tf": _OPEN.replace(_CIDR, f"{_CIDR} #tfsec:ignore:*")}),
        finds=found(_EGRESS, "main.tf")),
    Way("config", "`trivy:ignore` in a Dockerfile, said nowhere",
        asks("config", {"Dockerfile": _IGNORED}), finds=found(_SECRET, "Dockerfile"), quick=True),
    Way("config", "a Dockerfile under a name that it does not know",
        asks("config", {"build/Dockerfile-dev": _ENV, "dockerfile": _ENV}),
        finds=found(_SECRET, "build/Dockerfile-dev") | found(_SECRET, "dockerfile")),
    Way("config", "a Dockerfile whose name says nothing",
        asks("config", {"docker/api": f"{_ENV}COPY a a\n", "app-Dockerfile": f"{_ENV}COPY a a\n"}),
        finds=found(_SECRET, "docker/api") | found(_SECRET, "app-Dockerfile")),
    Way("config", "templates, plays and plans under any name, under `no_rules: gap`",
        asks("config",
             {"a.yaml.j2": _POD, "site.yml": _PLAY, "out.json": _PLAN, "main.tf": _OPEN},
             policy=gate("config").replace("  excerpts: accept\n", "  no_rules: gap\n")),
        gap("a.yaml.j2", "no_rules") | gap("site.yml", "no_rules") | gap("out.json", "no_rules"),
        found(_EGRESS, "main.tf")),
    Way("config", "a list of objects without metadata, which a cluster takes",
        asks("config", {"main.tf": _OPEN, "k8s/all.yaml": _LIST}),
        gap("k8s/all.yaml", "unsupported"), found(_EGRESS, "main.tf")),
    Way("config", "such a list, indented or behind a byte order mark, which hid what it is",
        asks("config", {"main.tf": _OPEN, "k8s/in.yaml": "".join(
            f"  {line}\n" for line in _LIST.splitlines()), "k8s/mark.yaml": f"\ufeff{_LIST}"}),
        gap("k8s/in.yaml", "unsupported") | gap("k8s/mark.yaml", "unsupported"),
        found(_EGRESS, "main.tf")),
    Way("config", "`count` of a resource or a module is 0 by its defaults: both are left out",
        asks("config", {"main.tf": _OFF, "net/main.tf": _OPEN}),
        gap("main.tf", "unsupported") | gap("net/main.tf", "unsupported"), quick=True),
    Way("config", "a `for_each` goes through nothing by its defaults: the block is left out",
        asks("config", {"main.tf": _OPEN, "each/main.tf": _NONE, "json/main.tf.json": _NONE_JSON}),
        gap("each/main.tf", "unsupported") | gap("json/main.tf.json", "unsupported"),
        found(_EGRESS, "main.tf")),
    Way("config", "a `dynamic` block goes through nothing by its defaults, and is left out",
        asks("config", {"main.tf": _DYNAMIC}), gap("main.tf", "unsupported")),
    Way("config", "a `dynamic` block within a plain block, which it never makes",
        asks("config", {"main.tf": _OPEN, "gke/main.tf": _DEEP}),
        gap("gke/main.tf", "unsupported"), found(_EGRESS, "main.tf")),
    Way("config", "blocks in blocks of Terraform in JSON, which it does not read",
        asks("config", {"main.tf.json": _JSON}), gap("main.tf.json", "unsupported")),
    Way("config", "a module that is called with nothing for a `dynamic` block",
        asks("config", {"main.tf": 'module "a" {\n  source = "./a"\n  cidrs = []\n}\n',
                        "a/main.tf": _DYNAMIC.replace("[]", '["0.0.0.0/0"]')}),
        gap("a/main.tf", "unsupported")),
    Way("config", "a folder calls 34 modules: it looks at 32 of them",
        asks("config", _MANY),
        gap("m42/main.tf", "unsupported") | gap("m43/main.tf", "unsupported"),
        found(_EGRESS, "m10/main.tf")),
    Way("config", "a `count` that only a provider knows, over which it does not end",
        asks("config", {"main.tf": _ENDLESS}, settings='[stages.config]\ntimeout = "20s"\n'),
        gap(None, "timeout")),
    Way("config", "a `for_each` goes through what only a plan knows: the block is left out",
        asks("config", {"main.tf": _OPEN, "each/main.tf": _EACH}),
        gap("each/main.tf", "unsupported"), found(_EGRESS, "main.tf")),
    Way("config", "`trivy.yaml`, `.trivyignore` and `TRIVY_*` silence it", _steered,
        finds=found(_EGRESS, "main.tf")),
    Way("config", "of several documents in a manifest it leaves one out",
        asks("config", {"k8s/two.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n"
                                        f"--- # second\n{_POD}"}),
        gap("k8s/two.yaml", "unsupported")),
    Way("config", "values for variables stand in a file that it does not take",
        asks("config", {"main.tf": 'output "z" { value = 1 }\n', "terraform.tfvars": 'a = "b"\n'}),
        gap("terraform.tfvars", "unsupported")),
    Way("config", "what there is in one workspace alone: it takes the workspace for `default`",
        asks("config", {"main.tf": _OPEN.replace('["0.0.0.0/0"]', (
            'terraform.workspace == "prod" ? ["0.0.0.0/0"] : ["10.0.0.0/8"]'))}),
        gap("main.tf", "unsupported")),
    Way("config", "`.terraform/modules/modules.json` leads from a module to a clean folder",
        asks("config", {"main.tf": _EVIL, "net/main.tf": _NET, "clean/main.tf": "",
                        ".terraform/modules/modules.json": _ELSEWHERE}),
        finds=found(_EGRESS, "net/main.tf")),
    Way("config", "a template of Helm that the chart's own values switch off",
        asks("config", {**_CHART, "chart/templates/pod.yaml":
                        f"{{{{- if .Values.job }}}}\n{_POD}{{{{- end }}}}\n"}),
        gap("chart/templates/pod.yaml", "unsupported")),
    Way("config", "such a template that only includes what stands in another file",
        asks("config", {**_CHART, "chart/templates/pod.yaml": _INCLUDED, "chart/templates/_pod.tpl":
                        f'{{{{- define "pod" }}}}\n{_POD}{{{{ end }}}}'}),
        gap("chart/templates/pod.yaml", "unsupported")),
    Way("config", "a template of Helm that is a hook",
        asks("config", {**_CHART, "chart/templates/pod.yaml": _HOOKED}),
        gap("chart/templates/pod.yaml", "unsupported")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_trivy_does_not_say_of_infrastructure_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
