"""What the documents say is what the code does, as far as a test can read them."""

import re
from pathlib import Path
from typing import Final

import pytest

from pipeline.cli.app import COMMANDS
from pipeline.config.document import Document
from pipeline.config.load import ENVIRONMENTS
from pipeline.errors import Exit
from pipeline.feeds import FEEDS
from pipeline.model.verdict import Decision
from pipeline.report import FORMATS
from pipeline.stages import STAGES
from pipeline.toolchain import lock

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:|#", link):
            continue
        assert (path.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("name", ["README.md", "docs/exit-codes.md"])
def test_every_exit_code_stands_in_the_table(name: str) -> None:
    rows = re.findall(r"^\| (\d+) \|", page(name), re.MULTILINE)
    assert sorted(map(int, rows)) == sorted(int(code) for code in Exit)


def test_every_verdict_has_its_exit_code_in_the_table() -> None:
    for decision in Decision:
        row = rf"^\| {int(decision.exit)} \| [^|]*{decision.value}"
        assert re.search(row, page("docs/exit-codes.md"), re.MULTILINE), decision


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_page_and_is_named_in_the_readme(stage: str) -> None:
    text = page(f"docs/stages/{stage}.md")
    assert len(text) > 500
    assert stage in page("README.md")
    assert f"| `{stage}` |" in page("docs/canaries.md")


def test_every_command_and_format_is_named_for_users() -> None:
    said = page("README.md") + page("CHANGELOG.md") + page("docs/getting-started.md")
    for command in COMMANDS:
        assert re.search(rf"`?{command}\b", said), command
    changelog = page("CHANGELOG.md").lower()
    for name in FORMATS:
        assert name in changelog, name


def test_the_configuration_page_names_every_key() -> None:
    text = page("docs/configuration.md")
    for name, field in Document.model_fields.items():
        if name == "site":
            continue  # no stage of this version looks at one
        assert (field.alias or name) in text, name
    for environment in ENVIRONMENTS:
        assert environment in page("docs/github-actions.md")


def test_the_example_of_the_configuration_page_is_valid() -> None:
    from pipeline.config.toml import read

    (example,) = re.findall(r"```toml\n(.*?)```", page("docs/configuration.md"), re.DOTALL)
    assert read(example.encode(), "penstock.toml") is not None


def test_the_tools_page_names_every_tool_with_its_version() -> None:
    text = page("docs/tools.md")
    for name, tool in lock.read().tools.items():
        assert f"| {name} | {tool.version} |" in text


def test_the_feeds_page_names_every_feed() -> None:
    for name in FEEDS:
        assert name in page("docs/feeds.md")


def test_decisions_are_numbered_without_a_hole() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_control_of_the_threat_model_names_a_test_that_tests() -> None:
    rows = [line for line in page("docs/threat-model.md").splitlines() if line.startswith("| ")]
    controls = [row.split("|") for row in rows if row.count("|") == 5]
    controls = [cells for cells in controls if cells[1].strip() != "Can try"]
    assert len(controls) > 25
    for cells in controls:
        named = re.findall(r"\]\(\.\./(tests/[^)]+\.py)\)", cells[3])
        assert named, cells[1]
        for name in named:
            assert "def test_" in page(name), name


def test_everyone_in_the_threat_model_has_controls() -> None:
    _, *sections = page("docs/threat-model.md").split("\n## ")
    assert len(sections) >= 6
    for section in sections:
        assert "](../tests/" in section, section.partition("\n")[0]
