"""A repository that tries to steer its scanners finds that it cannot."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.faults import hostile
from tests.support.command import Bundle, penstock

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop"
Place = tuple[str, str, str, str]


def found(bundle: Bundle) -> Counter[Place]:
    """Count findings by what they say, without the lines that a comment moves."""
    return Counter(_place(one) for one in bundle.findings)


def _place(one: Any) -> Place:
    return one["stage"], one["rule"], one["target"], one["purl"] or ""


def silenced(bundle: Bundle) -> set[tuple[str, str]]:
    return {(one["target"], one["rule"]) for one in bundle.findings if one["suppressed_inline"]}


def committed(folder: Path) -> None:
    """Make a repository in which git tracks everything, whatever `.gitignore` says."""
    own = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-qm", "all")):
        subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


def shop(folder: Path) -> Path:
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns(".penstock", "_build"))
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The shop when nobody tries anything."""
    folder = tmp_path_factory.mktemp("plain")
    committed(shop(folder / "shop"))
    assert penstock("run", folder / "shop", "--out", folder / "out").code == 1
    return Bundle(folder / "out")


def test_settings_of_the_repository_and_of_the_environment_change_nothing(
    tmp_path: Path, plain: Bundle
) -> None:
    folder, marker = shop(tmp_path / "shop"), tmp_path / "started"
    planted = {**hostile.SETTINGS, **hostile.programs(marker)}
    for name, text in planted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    committed(folder)
    for name in hostile.programs(marker):
        (folder / name).chmod(0o755)
    for key, value in hostile.configuration(folder).items():
        subprocess.run(["git", "config", key, value], cwd=folder, check=True)
    extra = hostile.environment(folder)
    done = penstock("run", ".", "--out", tmp_path / "out", cwd=folder, extra=extra)
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1, done.err
    assert bundle.verdict["subject"]["commit"]
    assert bundle.verdict["unanswered"] == []
    theirs = {place: count for place, count in found(bundle).items() if place[2] not in planted}
    assert theirs == found(plain)
    assert not list(tmp_path.glob("started*"))


def test_the_programs_would_have_left_a_mark(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    for name, text in hostile.programs(tmp_path / "started").items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        interpreter = "python3" if name.endswith(".py") else "sh"
        subprocess.run([interpreter, path], capture_output=True, check=False)
        for mark in tmp_path.glob("started*"):
            mark.unlink()
            break
        else:
            pytest.fail(f"{name} leaves no mark")


def test_inline_comments_silence_nothing_and_are_told(tmp_path: Path, plain: Bundle) -> None:
    folder = shop(tmp_path / "shop")
    for name, (before, after, _) in hostile.MARKS.items():
        text = (folder / name).read_text()
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1))
    done = penstock("run", folder, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1
    assert bundle.verdict["unanswered"] == []
    assert found(bundle) == found(plain)
    told = silenced(bundle) - silenced(plain)
    assert {(name, rule) for name, (_, _, rule) in hostile.MARKS.items()} <= told
    assert {name for name, _ in told} == set(hostile.MARKS)
