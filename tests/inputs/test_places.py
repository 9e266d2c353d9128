"""Every place that a command can be pointed at, and every way in which a place can be wrong."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Never

import pytest

from pipeline.cli.app import answer
from pipeline.policy.loading.records import FOLDER
from pipeline.toolchain.http import Http
from tests.support import importing, misplaced, small
from tests.support.judging import exception, package
from tests.support.misplaced import Spot, commands, spots
from tests.support.releasing import bundle

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

PATIENCE: Final = 20
ONLINE: Final = "tools lock --example"
"""Any folder is a good one, and then everybody who releases a tool is asked."""
SPOTS: Final = tuple(spot for spot in spots() if str(spot) != ONLINE)
WORDS: Final = tuple(words for words, _ in commands())
NEEDY: Final = tuple(
    words for words, one in commands() if any(asked.required for asked in one.params)
)
WRITING: Final = (
    "run --format", "run --out", "run --store", "gate --format", "gate --out", "policy init [DIR]",
    "policy test --format", "exception export --out", "exception new --out", "audit export --out",
    "feeds sync --to", "import --out", "import --format",
)  # fmt: skip
"""Where a name that is not there yet is what people mean."""
NOT_READ: Final = ("plan --out", "plan --store", "plan --baseline")
"""What a plan only repeats."""
FREE: Final = frozenset(misplaced.PLACES) - {"below a file", "a pipe", "too long", "full"}
"""Places that can be written to, as far as a command does not look after what is there."""
EMPTY: Final = ("a folder", "hollow")
"""What may be a repository without any source yet."""
READABLE: Final = ("a file", "empty", "garbage")
"""What any file with a text of its own may be: the text is what is told of."""
LATE: Final = ("sign --fallback-key", "sign --identity-token-file", "verify --recompute")
"""What is read only once all else is good, which takes a Sigstore: see tests/tools/release."""
PRINTING: Final = (
    "--help", "schema", "plan", "tools list", "feeds status", "doctor", "roles report",
    "gate bundle", "explain bundle --verdict", "policy show policies", "policy lint policies",
    "exception list", "verify --help", "attest --help",
)  # fmt: skip


OTHER: Final = "{vulnerability: CVE-2026-22222, purl: 'pkg:pypi/x@1.0'}"


class Hung(BaseException):
    """A command waits for what never comes."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with all that the commands need."""
    folder = small.repository(
        tmp_path / "shop",
        files=[
            ("policies/gate.yaml", small.gate("workflows").replace("R-1", "R-HIGH")),
            (f"policies/{FOLDER}EX-1.yaml", exception(target=OTHER)),
            ("policies/tests/small_test.yaml", misplaced.CASES),
            ("verify.yaml", misplaced.VERIFY),
            ("report.sarif", importing.sarif({}).decode()),
            ("reason.txt", "The upgrade waits for the release of the reporting service."),
        ],
    )
    bundle(folder / "bundle", misplaced.DIGEST)
    bundle(folder / "found", misplaced.DIGEST, env="pr", findings=(package(),))
    return folder


@pytest.fixture(autouse=True)
def here(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in the shop, with a home and tools of nobody, and for so long and no longer."""
    monkeypatch.chdir(shop)
    monkeypatch.setitem(Http.__init__.__kwdefaults__ or {}, "tries", 1)
    for name in ("HOME", "PENSTOCK_TOOLS", "PENSTOCK_CACHE", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(shop.parent / "nothing"))

    def hung(*_: object) -> Never:
        raise Hung

    before = signal.signal(signal.SIGALRM, hung)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def good(spot: Spot, kind: str) -> bool:
    """Say whether a place is what somebody may mean."""
    if spot.called == "[TARGET]":
        return kind in EMPTY
    if str(spot) == "exception new --evidence":
        return kind in READABLE
    return str(spot) in NOT_READ or (str(spot) in WRITING and kind in FREE)


def named(place: str) -> str:
    """Return as much of a place as every message shows, of whatever cannot be shown as it is."""
    first = place.lstrip("/").partition("/")[0]
    return first.partition("\n")[0].partition("\udcff")[0][:40]


def called(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Call a command, which has to end soon and to say nothing that a terminal obeys."""
    signal.alarm(PATIENCE)
    code = answer(words)
    signal.alarm(0)
    out, err = capsys.readouterr()
    assert code != 1, err
    assert "itself failed" not in err
    assert "Traceback" not in err
    assert "\x1b" not in out + err
    return code, out, err


@pytest.mark.parametrize("spot", SPOTS, ids=str)
def test_a_bad_place_is_told_and_nothing_is_judged_by_it(
    spot: Spot, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, place in misplaced.PLACES.items():
        misplaced.lay(shop)
        written = f"json={place}" if spot.called == "--format" else place
        code, _, err = called(spot.at(written), capsys)
        told = f"{spot} at a place that is {kind}: {code}\n{err}"
        assert code in (2, 3) or (code == 0 and good(spot, kind)), told
        if err.startswith("error: "):
            assert " help: " in err or "  --> " in err, told
            assert str(spot) in LATE or kind in READABLE or named(place) in err, told


@pytest.mark.parametrize("kind", sorted(set(misplaced.PLACES) - {"a folder", "hollow"}))
def test_a_bad_example_is_told_before_anybody_is_asked(
    kind: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    misplaced.lay(shop)
    place = misplaced.PLACES[kind]
    code, out, err = called([*ONLINE.split(), place], capsys)
    assert code in (2, 3)
    assert out == ""
    assert named(place) in err


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_an_unknown_option_is_told_with_a_way_on(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called([*words, "--no-such-option"], capsys)
    assert (code, out) == (2, "")
    assert "there is no option --no-such-option" in err
    assert f" help: `penstock {' '.join(words)} --help`" in err


@pytest.mark.parametrize("words", NEEDY, ids=" ".join)
def test_a_command_without_what_it_needs_says_what_that_is(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(list(words), capsys)
    assert (code, out) == (2, "")
    assert "is missing" in err
    assert f"`penstock {' '.join(words)} --help`" in err


@pytest.mark.parametrize("line", PRINTING)
def test_what_cannot_be_printed_is_no_success(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        code = answer(line.split())
        monkeypatch.undo()
    assert code == 3
    assert "no space left on device" in capsys.readouterr().err.lower()
