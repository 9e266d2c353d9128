import pytest

from pipeline.inventory.foreign import program
from tests.unit.inventory.conftest import Take

_COMPOSE = "services:\n  web:\n    image: nginx\n"
_PLAY = "- name: all of it\n  hosts: all\n  tasks:\n    - ansible.builtin.ping:\n"
_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"
_PLAN = '{"format_version": "1.2", "terraform_version": "1.7.0", "planned_values": {}}'
_AZURE = (
    '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"}'
)


@pytest.mark.parametrize(
    ("path", "text", "by"),
    [
        ("stack.yml", _COMPOSE, "Compose"),
        ("deploy/prod.yaml", "version: '3'\nservices: {db: {build: .}}\n", "Compose"),
        ("more.yml", "x-a: &a {image: b}\nservices:\n  web:\n    <<: *a\n", "Compose"),
        ("quoted.yaml", '"services":\n  "web":\n    "image": nginx\n', "Compose"),
        ("stack.yml.j2", _COMPOSE, "Compose"),
        ("broken.yml", _COMPOSE + "x: [\n", "Compose"),
        ("site.yml", _PLAY, "Ansible"),
        ("web.yaml", "- hosts: [a, b]\n  roles: [common]\n", "Ansible"),
        ("all.yml", "- import_playbook: site.yml\n", "Ansible"),
        ("all.yml", "- ansible.builtin.import_playbook: site.yml\n", "Ansible"),
        ("image.hcl", 'source "amazon-ebs" "x" {\n}\n', "Packer"),
        ("web.hcl", 'variable "a" {}\njob "web" {\n}\n', "Nomad"),
        ("root.hcl", 'remote_state {\n  backend = "s3"\n}\n', "Terragrunt"),
        ("env.hcl", "inputs = {\n}\n", "Terragrunt"),
        ("targets.hcl", 'target "app" {\n}\n', "Docker Bake"),
        ("agent.hcl", 'datacenter = "x"\n', "Consul, Vault or Nomad"),
        ("policy.hcl", 'path "secret/*" {\n}\n', "Consul, Vault or Nomad"),
        ("tf/out.json", _PLAN, "Terraform to apply"),
        ("azure/main.json", _AZURE, "Azure Resource Manager"),
        ("main.tf.tpl", "", "a template engine"),
        ("pod.yaml.tpl", _POD, "a template engine"),
        ("pod.YML.J2", "{% if x %}\n" + _POD + "{% endif %}\n", "a template engine"),
        ("app-Dockerfile.j2", "{% if x %}FROM a{% endif %}\n", "a template engine"),
    ],
)
def test_infrastructure_without_rules_is_known_by_what_stands_in_it(
    path: str, text: str, by: str
) -> None:
    assert program(path, text.encode()) == by


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("openapi.yaml", "openapi: 3.1.0\ninfo: {title: services, x-image: a}\npaths: {}\n"),
        ("services.yaml", "services:\n  _defaults: {autowire: true}\n  App: {tags: [image: a]}\n"),
        ("ci.yml", "services:\n  - name: db\n    image: postgres\n"),
        ("ci.yml", "image: python\nservices: [postgres]\nbuild: {script: make}\n"),
        ("jobs.yml", "jobs:\n  a:\n    services:\n      db:\n        image: postgres\n"),
        ("values.yaml", "ingress:\n  hosts: [a]\nroles: [b]\n"),
        ("hosts.yml", "- hosts: all\n- tasks: []\n".replace("- tasks", "- other")),
        ("notes.md", _COMPOSE),
        ("stack.yml.md", _COMPOSE),
        ("stack.json", '{"services": {"web": {"image": "nginx"}}}'),
        ("long.yml", _COMPOSE + "#\n" * (5 << 20)),
        (".terraform.lock.hcl", 'path "x" {\n}\n'),
        (".tflint.hcl", 'source "x" {\n}\n'),
        ("other.hcl", 'plugin "aws" {\n  source {\n  }\n}\n'),
        ("terraform.tfstate.json", '{"terraform_version": "1.7.0", "lineage": ""}'),
        ("schema.json", '{"$schema": "https://json-schema.org/draft/2020-12/schema"}'),
        ("readme.md.j2", "FROM x\n"),
        ("chart/templates/_helpers.tpl", '{{- define "x" -}}\n{{- end }}\n'),
        ("nginx.conf.template", "server {\n}\n"),
        ("values.yaml.gotmpl", "a: b\n"),
    ],
)
def test_what_only_looks_like_it_is_none(path: str, text: str) -> None:
    assert program(path, text.encode()) == ""


def test_the_inventory_names_it_once_and_never_what_a_scanner_reads(take_tree: Take) -> None:
    taken = take_tree(
        {
            "site.yml": _PLAY,
            "a.yml": _COMPOSE,
            "compose.yaml": _POD + _COMPOSE,
            "Dockerfile.j2": "FROM a\n",
        }
    )
    assert taken.foreign == (("a.yml", "Compose"), ("site.yml", "Ansible"))
    assert taken.iac == ("Dockerfile.j2", "compose.yaml")
