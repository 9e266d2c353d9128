import pytest

from pipeline.inventory.iac import is_iac

_POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n"


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile", "dockerfile", "Dockerfile.dev", "Dockerfile-dev", "api.Dockerfile",
        "Containerfile", "infra/main.tf", "x.tf.json", "x.tfvars", "x.tofu", "chart/Chart.yaml",
        "terraform.tfvars.json",
    ],
)  # fmt: skip
def test_names_that_say_it(path: str) -> None:
    assert is_iac(path, b"")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("k/pod.yaml", _POD),
        ("k/pod.yml", "# words\n---\n" + _POD),
        ("k/two.yaml", "a: 1\n---\n" + _POD),
        ("k/dos.yaml", _POD.replace("\n", "\r\n")),
        ("k/quoted.yaml", '"apiVersion": "apps/v1"\n"kind": x\n"metadata": {}\n'),
        ("k/crd.yaml", "kind: X\nmetadata: {}\napiVersion: example.com/v1alpha1\n"),
        ("chart/templates/x.yaml", "apiVersion: {{ .Values.v }}\nkind: X\nmetadata: {}\n"),
        ("chart/templates/y.yaml", "{{- if .Values.on }}\n" + _POD + "{{- end }}\n"),
        ("k/flow.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: x}}\n"),
        ("k/pod.json", '{"apiVersion": "v1", "kind": "Pod", "metadata": {}}'),
        ("k/list.yaml", "apiVersion: v1\nkind: List\nitems: []\n"),
        ("k/pods.yaml", "kind: 'PodList'\napiVersion: v1\nitems: []\n"),
        ("k/list.json", '{"apiVersion": "v1", "kind": "List", "items": []}'),
        ("cf.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"),
        ("cf.yml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"),
        ("cf.template", "Resources:\n  Bucket:\n    Type: 'AWS::S3::Bucket'\n"),
        ("cf.json", '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'),
        ("cf.json", '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}'),
    ],
)
def test_contents_that_say_it(path: str, text: str) -> None:
    assert is_iac(path, text.encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("mkdocs.yml", "site_name: x\n"),
        ("policies/gate.yaml", "apiVersion: penstock/v1\nkind: GatePolicy\nmetadata: {}\n"),
        ("split.yaml", "apiVersion: v1\n---\nkind: Pod\n---\nmetadata: {}\n"),
        ("nested.yaml", "x:\n  apiVersion: v1\n  kind: Pod\n  metadata: {}\n"),
        ("notes.md", _POD),
        ("list.yaml", "apiVersion: v1\nkind: Listing\n"),
        ("x.json", '{"kind": "x"}'),
        ("broken.json", '{"apiVersion": '),
        ("aws.yaml", "text: about AWS::S3::Bucket\n"),
        ("package.json", "{}"),
    ],
)
def test_what_is_something_else(path: str, text: str) -> None:
    assert not is_iac(path, text.encode())


def test_json_that_is_no_utf_8_is_taken_for_what_its_words_say() -> None:
    pod = b'{"apiVersion": "v1", "kind": "Pod", "metadata": {}, "\xff": 1}'
    assert is_iac("k/pod.json", pod)
    assert not is_iac("x.json", b'{"apiVersion": 1, "\xff": 1}')
