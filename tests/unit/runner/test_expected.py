"""What a run is held against, and what it leaves for the next one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config.settings import Settings
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.model.verdict import Breach, Excepted
from pipeline.runner import expected
from pipeline.runner.expected import expecting, looked_at
from pipeline.runner.fewer import FEWER, GONE, Fewer
from pipeline.runner.images import Seen
from pipeline.store.line import Expected
from tests.support import records
from tests.unit.runner.test_images import settings as loaded

BASE, NOW, THEN, EARLIER = "b" * 40, "c" * 40, "d" * 40, "e" * 40
AT = "2026-11-25T12:00:00Z"
IMAGES = ("example.com/team/api:1", "example.com/team/web:1")
NAMES = ("example.com/team/api", "example.com/team/web")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return msgspec.structs.replace(loaded(tmp_path), environment="main")


def known(*commits: str, at: str = "2026-11-20T12:00:00Z", images: Any = None) -> Expected:
    return Expected(at=at, commits=commits, images=images)


def lost(target: str, *, stage: str = "semgrep", rule: str = FEWER) -> Finding:
    return identity.new(
        kind=Kind.COVERAGE,
        stage=stage,
        rule=rule,
        target=target,
        fingerprint=identity.digest(rule, target),
        title="t",
        message="m",
        severity=Severity.HIGH,
    )


def ran(*, excepted: tuple[Finding, ...] = (), breached: tuple[Finding, ...] = ()) -> RunRecord:
    whole = records.record()
    verdict = msgspec.structs.replace(
        whole.verdict,
        subject=msgspec.structs.replace(whole.verdict.subject, commit=NOW),
        excepted=tuple(
            Excepted(exception="EX-1", finding=one.id, rules=("r",)) for one in excepted
        ),
        breaches=tuple(
            Breach(rule="r", finding=one.id, certain=True, message="m") for one in breached
        ),
    )
    return msgspec.structs.replace(whole, verdict=verdict, gaps=())


def seen(settings: Settings, of: dict[str, Expected], *grown: str) -> list[str]:
    return [one.commit for one in looked_at(settings, of, lambda commit: commit in grown)]


def left(
    settings: Settings, record: RunRecord, *findings: Finding, **of: Expected
) -> Expected | None:
    less = Fewer(findings=findings, told_by={one.id: THEN for one in findings})
    return expecting(settings, record, less, of, AT)


def commits(settings: Settings, record: RunRecord, *findings: Finding) -> tuple[str, ...]:
    found = left(settings, record, *findings)
    assert found is not None
    return found.commits


def test_the_base_and_all_that_the_own_history_expects_are_looked_at(settings: Settings) -> None:
    with_base = msgspec.structs.replace(settings, base=BASE)
    assert seen(with_base, {"main": known(THEN, EARLIER)}, THEN, EARLIER) == [BASE, THEN, EARLIER]


def test_what_a_commit_has_not_grown_from_says_nothing_of_it(settings: Settings) -> None:
    assert seen(settings, {"main": known(THEN, EARLIER)}, EARLIER) == [EARLIER]


def test_the_last_run_of_any_environment_is_looked_at_but_for_its_images(
    settings: Settings,
) -> None:
    late = known(THEN, at="2026-11-21T12:00:00Z", images=NAMES)
    old = known(BASE, at="2026-11-19T12:00:00Z")
    both = {"main": known(EARLIER, images=NAMES), "weekly": late, "release": old}
    assert looked_at(settings, both, lambda _: True) == (
        Seen(commit=EARLIER, images=NAMES),
        Seen(commit=THEN, images=()),
    )


def test_what_is_owed_to_one_environment_is_owed_to_each_but_not_by_a_change_with_a_base(
    settings: Settings,
) -> None:
    of = {"main": known(THEN, EARLIER)}
    weekly, change = (
        msgspec.structs.replace(settings, environment=name) for name in ("weekly", "pr")
    )
    assert seen(weekly, of, THEN, EARLIER) == [THEN, EARLIER]
    assert seen(change, of, THEN, EARLIER) == [THEN, EARLIER]
    based = msgspec.structs.replace(change, base=BASE)
    assert seen(based, of, BASE, THEN, EARLIER) == [BASE, THEN]


def test_the_first_run_of_an_environment_asks_the_configuration_of_then(
    settings: Settings,
) -> None:
    others = {"weekly": known(THEN, images=NAMES)}
    assert looked_at(settings, others, lambda _: True) == (Seen(commit=THEN, images=None),)


def test_a_loss_stays_expected_until_an_exception_answers_for_all_of_it(
    settings: Settings,
) -> None:
    one = lost("app/a.py")
    assert commits(settings, ran()) == (NOW,)
    assert commits(settings, ran(breached=(one,)), one) == (NOW, THEN)
    assert commits(settings, ran(), one) == (NOW, THEN), "a warning answers for nothing"
    assert commits(settings, ran(excepted=(one,)), one) == (NOW,)
    assert commits(settings, ran(excepted=(one,), breached=(one,)), one) == (NOW, THEN)


def test_where_nobody_could_read_what_was_before_it_stays_expected(settings: Settings) -> None:
    gap = Gap(stage=None, target=None, reason=GapReason.BASE_MISSING)
    assert left(settings, msgspec.structs.replace(ran(), gaps=(gap,))) is None


@pytest.mark.parametrize(("older", "left_as_it_is"), [(True, True), (False, False)])
def test_an_older_commit_that_is_judged_again_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, *, older: bool, left_as_it_is: bool
) -> None:
    monkeypatch.setattr(expected, "repository_of", lambda _: Path("/nowhere"))
    monkeypatch.setattr(expected, "is_ancestor", lambda *_, of: older)
    assert (left(settings, ran(), main=known(THEN)) is None) is left_as_it_is
    assert left(settings, ran(), main=known(NOW)) is not None, "the same one is not older"


def test_images_that_were_asked_about_are_expected(tmp_path: Path) -> None:
    asked = loaded(tmp_path, *IMAGES)
    found = left(asked, ran())
    assert found == Expected(at=AT, commits=(NOW,), images=NAMES)


def test_without_the_stage_for_images_nothing_new_is_known_of_them(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(loaded(tmp_path, *IMAGES), environment="main")
    none = msgspec.structs.replace(
        ran(), results=tuple(one for one in ran().results if one.evidence.stage != "image")
    )
    found = left(settings, none, main=known(NOW, images=("example.com/other",)))
    assert found is not None
    assert found.images == ("example.com/other",)


@pytest.mark.parametrize(
    ("finding", "kept"),
    [
        (lost(NAMES[1], stage="image"), (NAMES[1],)),
        (lost("image", stage="image", rule=GONE), NAMES),
    ],
)
def test_an_image_that_is_owed_stays_expected(
    settings: Settings, finding: Finding, kept: tuple[str, ...]
) -> None:
    found = left(settings, ran(), finding, main=known(NOW, images=NAMES))
    assert found is not None
    assert found.images == kept
    assert found.commits == (NOW,), "of images the commit says nothing"


def test_a_loss_of_another_stage_is_no_image(settings: Settings) -> None:
    found = left(settings, ran(), lost("app/a.py"), main=known(NOW, images=NAMES))
    assert found is not None
    assert found.images == ()
