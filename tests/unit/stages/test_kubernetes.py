"""What Trivy leaves out of a manifest that it names, as seen with the real one."""

import pytest

from pipeline.stages.config import kubernetes

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{MAP}--- # second\n{POD}",
        f"{MAP}---  \n{POD}",
        f"{MAP}--- {{apiVersion: v1, kind: Pod, metadata: {{name: b}}}}\n",
        f"{MAP}---\n{MAP}--- !!map\n{POD}",
        "apiVersion: v1\nkind: List\nmetadata: {}\nitems: []\n",
        "apiVersion: v1\n'kind': PodList\nmetadata: {}\nitems: []\n",
        "x: &k List\napiVersion: v1\nkind: *k\nmetadata: {}\nitems: []\n",
        '{"apiVersion": "v1", "kind": "List", "metadata": {}, "items": []}',
        f"{POD}x: &p {{privileged: true}}\nspec:\n  containers: [{{<<: *p}}]\n",
        f"%YAML 1.2\n---\n{POD}",
    ],
)
def test_what_is_left_out_is_said(text: str) -> None:
    assert kubernetes.passed_over(text)


@pytest.mark.parametrize(
    "text",
    [
        MAP,
        f"# words\n---\n{MAP}---\n{POD}---\n",
        f"{MAP}...\n---\n{POD}",
        f"{MAP}---\r\n{POD}---  \n# nothing more\n",
        f"{POD}spec:\n  kind: List\n  items: ['<<', a]\n  '<<': x\n",
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"kind": "List"}}',
        "",
    ],
)
def test_a_file_that_is_read_whole_is_left_alone(text: str) -> None:
    assert kubernetes.passed_over(text) == ""
