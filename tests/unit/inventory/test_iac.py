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


_LIST = "apiVersion: v1\nkind: List\nitems: []\n"


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{_LIST}",
        "".join(f"  {line}\n" for line in _LIST.splitlines()),
        _LIST.replace("v1", "&a v1"),
        _LIST.replace("v1", "!!str v1"),
        _LIST.replace("v1", ">-\n  v1"),
        _LIST.replace("List", "\n  List"),
        _LIST.replace("List", "&a List"),
        _LIST.replace("List", '"L\\x69st"'),
        _LIST.replace("apiVersion", '"api\\x56ersion"'),
        _LIST.replace("apiVersion", '"api\\u0056ersion"').replace("kind", '"\\U0000006bind"'),
        _LIST.replace("apiVersion: v1", "? apiVersion\n: v1"),
        _LIST.replace("apiVersion: v1", "<<: {apiVersion: v1}"),
        _LIST.replace("kind: List", "x: &a List\nkind: *a"),
        _LIST.replace("\n", "\r"),
        "--- {apiVersion: v1, kind: List, items: []}\n",
        "x: 1\n--- !!map # and\n" + _POD.replace("apiVersion: ", "apiVersion: &a "),
        '{kind: List, "api\\x56ersion": v1}\n',
        f"  {_LIST.replace(chr(10), chr(10) + '  ')}\n---\n: no: yaml\n",
        '"Resources": {B: {"Type": "AWS::S3::Bucket"}}\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_a_cluster_takes_however_it_is_written(text: str, encoding: str) -> None:
    if encoding == "utf-8" or "AWS::" not in text:
        mark = "\ufeff" if encoding == "utf-16" else ""  # the codec writes one itself
        assert is_iac("k.yaml", text.removeprefix(mark).encode(encoding))


def test_what_is_too_long_to_be_parsed_is_taken_for_what_it_says() -> None:
    assert is_iac("k.yaml", b"# long\n" * 1_300_000 + b"  apiVersion: v1\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"api\\u0056ersion": "v1", "kind": "Pod", "metadata": {}}',
        '{"apiVersion": "v1", "kind": "Li\\u0073t", "items": []}',
        '\ufeff{"apiVersion": "v1", "kind": "List"}',
    ],
)
def test_json_is_what_its_escapes_say(text: str) -> None:
    assert is_iac("k.json", text.encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("plain.yaml", "# apiVersion\nx: {apiVersion: v1, kind: List}\n"),
        ("regex.yaml", 'match: "\\x41+"\n'),
        ("other.yaml", "  apiVersion: penstock/v1\n  kind: GatePolicy\n  metadata: {}\n"),
        ("seq.yaml", "- apiVersion: v1\n- kind: List\n"),
        ("no.yaml", "apiVersion: v1\nkind: [\n"),
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
