"""A repository that tries to steer its scanners finds that it cannot."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Collection
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


def silence(folder: Path) -> None:
    """Write every comment that is to silence a rule."""
    secret, *words = hostile.SECRET
    for name, before, after in [(secret, *words), *(mark[:3] for mark in hostile.MARKS)]:
        text = (folder / name).read_text()
        assert text.count(before) == 1, (name, before)
        (folder / name).write_text(text.replace(before, after))


def oddly(folder: Path) -> None:
    """Write the same fault under every odd name, and links that lead astray."""
    for name in hostile.ODD:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(hostile.ROOT)
    links = {"out": "/etc", "loop": "loop", "up": "../..", "inside": "../app/db.py"}
    for name, target in links.items():
        (folder / "odd" / name).symlink_to(target)


def apart(bundle: Bundle, planted: Collection[str] = ()) -> tuple[Counter[Place], Counter[str]]:
    """Return what is found in the shop itself, and how often the fault under odd names is."""
    theirs, odd = Counter[Place](), Counter[str]()
    for place, count in found(bundle).items():
        _, rule, target, _ = place
        if target.startswith("odd/"):
            odd[target] += count if rule == "DS-0002" else 0
        elif target not in planted:
            theirs[place] = count
    return theirs, odd


def nothing_is_hidden(odd: Counter[str], bundle: Bundle) -> None:
    assert sorted(odd.values()) == [1] * len(hostile.ODD), odd
    assert {target for _, target, _ in bundle.unanswered()} == {"odd/out", "odd/loop", "odd/up"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The shop when nobody tries anything."""
    folder = tmp_path_factory.mktemp("plain")
    committed(shop(folder / "shop"))
    assert penstock("run", folder / "shop", "--out", folder / "out").code == 1
    return Bundle(folder / "out")


def test_settings_programs_comments_and_names_all_at_once_change_nothing(
    tmp_path: Path, plain: Bundle
) -> None:
    folder, marker = shop(tmp_path / "shop"), tmp_path / "started"
    silence(folder)
    planted = {**hostile.SETTINGS, **hostile.programs(marker)}
    for name, text in planted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    oddly(folder)
    committed(folder)
    for name in hostile.programs(marker):
        (folder / name).chmod(0o755)
    for name in ("post-checkout", "pre-commit", "fsmonitor-watchman"):
        shutil.copy2(folder / "bin/git", folder / ".git/hooks" / name)
    (folder / ".git/info/exclude").write_text("*\n")
    (folder / ".git/info/attributes").write_text(hostile.LATER)
    for key, value in hostile.configuration(folder).items():
        subprocess.run(["git", "config", key, value], cwd=folder, check=True)
    extra = hostile.environment(folder)
    done = penstock("run", ".", "--out", tmp_path / "out", cwd=folder, extra=extra)
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1, done.err
    assert bundle.verdict["subject"]["commit"]
    theirs, odd = apart(bundle, planted)
    assert theirs == found(plain)
    nothing_is_hidden(odd, bundle)
    assert {(mark.path, mark.rule) for mark in hostile.MARKS} <= silenced(bundle)
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


@pytest.mark.slow
def test_inline_comments_silence_nothing_and_are_told(tmp_path: Path, plain: Bundle) -> None:
    folder = shop(tmp_path / "shop")
    silence(folder)
    done = penstock("run", folder, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1
    assert bundle.verdict["unanswered"] == []
    assert found(bundle) == found(plain)
    told = silenced(bundle) - silenced(plain)
    assert {(mark.path, mark.rule) for mark in hostile.MARKS} <= told
    assert {name for name, _ in told} == {mark.path for mark in hostile.MARKS}


@pytest.mark.slow
def test_no_name_and_no_link_hides_a_fault(tmp_path: Path, plain: Bundle) -> None:
    folder = shop(tmp_path / "shop")
    oddly(folder)
    committed(folder)
    done = penstock("run", folder, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1, done.err
    theirs, odd = apart(bundle)
    assert theirs == found(plain)
    nothing_is_hidden(odd, bundle)
    assert "\n::error::" not in done.out + done.err
    assert not {"\u202e", "\u200b"} & set(done.out + done.err)
