import pytest

from pipeline.inventory.workflows import is_workflow


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/workflows/ci.yaml",
        "action.yml",
        "tools/setup/action.yaml",
        ".github/dependabot.yml",
    ],
)
def test_what_github_reads(path: str) -> None:
    assert is_workflow(path)


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/deep/ci.yml",
        "sub/.github/workflows/ci.yml",
        ".github/workflows/notes.md",
        "my-action.yml",
        ".github/zizmor.yml",
    ],
)
def test_what_it_does_not_read(path: str) -> None:
    assert not is_workflow(path)
