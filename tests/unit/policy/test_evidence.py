from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.model import identity
from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Exclusion
from pipeline.model.outcome import Canary, Completed, Failed, Outcome, Skipped, SkipReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import Unanswered, Verdict
from pipeline.policy.model import Policy
from tests.support.judging import (
    FRESH,
    NOW,
    STAGES,
    answers,
    code,
    done,
    feed,
    gap,
    package,
    policy,
    rules_of,
    tool,
    verdict,
)

SKIPPED = Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:1")
PEOPLE = "owner: dave, reason: 'it is generated code', expires"


def of(stage: str, outcome: Outcome, judged_by: Policy | None = None, **fields: Any) -> Verdict:
    return verdict(judged_by, stages=answers(**{stage: outcome}), **fields)


def named(entries: tuple[Unanswered, ...]) -> list[tuple[str | None, str | None, str]]:
    return [(one.stage, one.target, one.reason.value) for one in entries]


def test_everything_answered_is_a_pass() -> None:
    assert verdict().verdict == "PASS"


def test_nothing_is_not_a_pass() -> None:
    judged = verdict(stages=())
    assert judged.verdict == "INCONCLUSIVE"
    assert {one.stage for one in judged.unanswered} == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_of_which_there_is_no_word_is_missed(stage: str) -> None:
    judged = verdict(stages=tuple(one for one in answers() if one.stage != stage))
    assert judged.verdict == "INCONCLUSIVE"
    assert named(judged.unanswered) == [(stage, None, "not_listed")]


@pytest.mark.parametrize(
    ("outcome", "reasons"),
    [
        (Failed(asked=3, reason=GapReason.TOOL_MISSING, message="gone"), ["tool_missing"]),
        (Failed(asked=3, reason=GapReason.TIMEOUT, message="",
                gaps=(gap("semgrep", GapReason.NOT_READ, "a"),)), ["not_read", "timeout"]),
        (Skipped(why=SkipReason.DESELECTED, asked=3, inventory="i"), ["excluded"]),
        (Skipped(why=SkipReason.NOT_REQUIRED, asked=3, inventory="i"), ["not_listed"]),
        (Skipped(why=SkipReason.NOT_APPLICABLE, asked=3, inventory="i"), ["not_listed"]),
        (Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory=""), ["not_listed"]),
        (SKIPPED, ["no_targets"]),
        (done(0), ["no_targets"]),
        (done(1, gap("semgrep", GapReason.NO_RULES, "app.jar")), ["no_targets"]),
        (done(3, gap("semgrep", GapReason.PARSE_ERROR, "a")), ["parse_error"]),
        (done(3, gap("semgrep", GapReason.RULE_ERROR)), ["rule_error"]),
        (done(3, canary=Canary.MISSED), ["canary_missed"]),
        (done(3, gap("semgrep", GapReason.CANARY_MISSED), canary=Canary.MISSED),
         ["canary_missed"]),
        (Completed(asked=3, answered=2, gaps=(), canary=Canary.FOUND), ["not_listed"]),
        (Completed(asked=3, answered=4, gaps=(), canary=Canary.FOUND), ["not_listed"]),
        (Completed(asked=3, answered=0, canary=Canary.FOUND,
                   gaps=(gap("semgrep", GapReason.TIMEOUT, "a"),)), ["not_listed", "timeout"]),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_unanswered(outcome: Outcome, reasons: list[str]) -> None:
    judged = of("semgrep", outcome)
    assert judged.verdict == "INCONCLUSIVE"
    assert sorted(one.reason.value for one in judged.unanswered) == reasons
    assert {one.stage for one in judged.unanswered} == {"semgrep"}


def test_nothing_to_look_at_is_fine_where_the_policy_says_when_present() -> None:
    assert of("pip-audit", SKIPPED).verdict == "PASS"
    assert of("pip-audit", done(0)).verdict == "PASS"


def test_nothing_to_look_at_names_the_key_that_would_allow_it() -> None:
    (entry,) = of("semgrep", SKIPPED).unanswered
    assert "evidence.stages.semgrep.required to when_present" in entry.detail
    assert "policies/gate.yaml:4:" in entry.detail


def test_a_run_that_looked_at_nothing_is_no_pass_even_where_each_stage_may_be_empty() -> None:
    present = ", ".join(f"{name}: {{required: when_present}}" for name in STAGES)
    judged_by = policy(evidence=f"{{stages: {{{present}}}}}")
    empty = answers(**dict.fromkeys(STAGES, SKIPPED))
    judged = verdict(judged_by, stages=empty)
    assert named(judged.unanswered) == [(None, None, "no_targets")]
    assert of("semgrep", SKIPPED, judged_by).verdict == "PASS"
    unread = answers(**dict.fromkeys(STAGES, done(1, gap("semgrep", GapReason.NO_RULES, "a.jar"))))
    assert named(verdict(judged_by, stages=unread).unanswered) == [(None, None, "no_targets")]


def test_a_stage_that_is_not_required_counts_for_nothing_but_its_findings() -> None:
    judged_by = policy(evidence="{stages: {semgrep: {required: no}}}")
    failed = Failed(asked=3, reason=GapReason.TOOL_MISSING, message="gone")
    assert of("semgrep", failed, judged_by).verdict == "PASS"
    stray = (gap("semgrep", GapReason.LIMIT),)
    assert verdict(judged_by, gaps=stray).verdict == "PASS"
    assert verdict(gaps=stray).verdict == "INCONCLUSIVE"
    assert verdict(judged_by, code()).verdict == "FAIL"


def test_a_required_stage_of_a_later_version_is_a_gap() -> None:
    judged_by = policy(
        evidence="{stages: {headers: {required: no, required_in: {release: when_present}}}}"
    )
    assert verdict(judged_by).verdict == "PASS"
    assert named(verdict(judged_by, env="release").unanswered) == [("headers", None, "not_listed")]


def test_a_gap_of_the_whole_run_counts_always() -> None:
    judged = verdict(gaps=(gap(None, GapReason.POLICY_UNTRUSTED),))
    assert judged.verdict == "INCONCLUSIVE"
    assert judged.unanswered[0].gap_class == "integrity"


def test_a_breach_wins_over_a_gap_and_both_are_listed() -> None:
    judged = verdict(None, package(), gaps=(gap(None, GapReason.CLOCK),))
    assert judged.verdict == "FAIL"
    assert judged.breaches
    assert judged.unanswered


def with_feed(judged_by: Policy | None = None, /, env: str = "pr", **fields: Any) -> Verdict:
    stages = [
        msgspec.structs.replace(one, feeds=(feed(**fields),)) if one.stage == "pip-audit" else one
        for one in answers()
    ]
    return verdict(judged_by, stages=tuple(stages), env=env)


AGED = "{stages: {pip-audit: {required: always, max_feed_age_hours: 24}}}"


@pytest.mark.parametrize(
    ("fields", "evidence", "reasons"),
    [
        ({"updated": "2026-11-23T12:00:00Z"}, "{}", []),
        ({"updated": "2026-11-23T11:59:59Z"}, "{}", ["feed_stale"]),
        ({"updated": "2026-11-24T12:00:00Z"}, AGED, []),
        ({"updated": "2026-11-24T11:59:59Z"}, AGED, ["feed_stale"]),
        ({"updated": "2026-11-24T12:59:59+01:00"}, AGED, ["feed_stale"]),
        ({"updated": "2026-11-25T12:10:00Z"}, "{}", []),
        ({"updated": "2026-11-25T12:10:01Z"}, "{}", ["feed_future"]),
        ({"updated": "yesterday"}, "{}", ["feed_broken"]),
        ({"updated": "2026-11-25T12:00:00"}, "{}", ["feed_broken"]),
        ({"excerpt": True}, "{}", ["feed_excerpt"]),
        ({"excerpt": True}, "{excerpts: accept}", []),
        ({"excerpt": True, "updated": "2020-01-01T00:00:00Z"}, "{excerpts: accept}", []),
        ({"excerpt": True, "updated": "2027-01-01T00:00:00Z"}, "{excerpts: accept}",
         ["feed_future"]),
        ({"updated": "2020-01-01T00:00:00Z"}, "{excerpts: accept}", ["feed_stale"]),
    ],
)  # fmt: skip
def test_a_feed_is_whole_and_of_today(
    fields: dict[str, Any], evidence: str, reasons: list[str]
) -> None:
    judged = with_feed(policy(evidence=evidence), **fields)
    assert [one.reason.value for one in judged.unanswered] == reasons
    assert judged.verdict == ("INCONCLUSIVE" if reasons else "PASS")


def test_a_stage_whose_feeds_age_is_limited_needs_a_feed() -> None:
    stages = tuple(msgspec.structs.replace(one, feeds=()) for one in answers())
    assert verdict(stages=stages).verdict == "PASS"
    judged = verdict(policy(evidence=AGED), stages=stages)
    assert named(judged.unanswered) == [("pip-audit", None, "feed_missing")]


def test_an_accepted_excerpt_makes_a_demo_and_never_a_release() -> None:
    judged_by = policy(evidence="{excerpts: accept}")
    assert with_feed(judged_by, excerpt=True).demo
    assert not with_feed(judged_by).demo
    assert not with_feed(excerpt=True).demo
    with pytest.raises(UsageError):
        with_feed(judged_by, env="release", excerpt=True)


@pytest.mark.parametrize("required", ["true", "false"])
def test_a_required_feed_about_findings_that_nobody_supplied_is_a_gap(required: str) -> None:
    judged_by = policy(
        evidence=f"{{enrichment: {{kev: {{required: {required}, max_age_hours: 96}}}}}}"
    )
    judged = verdict(judged_by)
    if required == "false":
        assert judged.verdict == "PASS"
        return
    (entry,) = judged.unanswered
    assert (entry.target, entry.gap_class, entry.reason) == ("kev", "enrichment", "feed_missing")
    assert "penstock feeds sync kev" in entry.detail
    assert verdict(judged_by, feeds=(feed(name="kev"),)).verdict == "PASS"


@pytest.mark.parametrize(
    ("required", "fields", "said"),
    [
        ("false", None, ("PASS", [])),
        ("true", None, ("INCONCLUSIVE", ["feed_missing"])),
        ("true", {"updated": "2026-11-12T00:00:00Z"}, ("PASS", [])),
        ("true", {"updated": "2026-11-11T00:00:00Z"}, ("INCONCLUSIVE", ["feed_stale"])),
        ("true", {"updated": "2026-11-25T12:11:00Z"}, ("INCONCLUSIVE", ["feed_future"])),
        ("false", {"updated": "2026-11-11T00:00:00Z"}, ("WARN", [])),
    ],
    ids=str,
)
def test_answers_of_cisa_are_asked_for_where_the_policy_says_so(
    required: str, fields: dict[str, Any] | None, said: tuple[str, list[str]]
) -> None:
    table = f"{{required: {required}, max_age_hours: 336}}"
    judged_by = policy(evidence=f"{{enrichment: {{vulnrichment: {table}}}}}")
    feeds = () if fields is None else (feed(name="vulnrichment", **fields),)
    judged = verdict(judged_by, feeds=feeds)
    assert (judged.verdict, [one.reason for one in judged.unanswered]) == said


KEV = policy(evidence="{enrichment: {kev: {required: true, max_age_hours: 96}}}")
OLD = "2026-11-20T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"updated": OLD}, "feed_stale"),
        ({"updated": "2026-11-25T12:11:00Z"}, "feed_future"),
        ({"updated": "soon"}, "feed_broken"),
        ({"excerpt": True}, "feed_excerpt"),
        ({"updated": OLD, "fetched": "2026-11-21T00:00:00Z"}, "feed_stale"),
        ({"updated": "2026-10-30T00:00:00Z", "fetched": FRESH}, "feed_stale"),
        ({"updated": OLD, "fetched": "soon"}, "feed_stale"),
        ({"updated": OLD, "fetched": "2036-11-25T00:00:00Z"}, "feed_stale"),
    ],
    ids=str,
)
def test_a_feed_about_findings_that_cannot_speak_for_today_is_a_gap_of_its_own_class(
    fields: dict[str, Any], reason: str
) -> None:
    judged = verdict(KEV, feeds=(feed(name="kev", **fields),))
    assert judged.verdict == "INCONCLUSIVE"
    (entry,) = judged.unanswered
    assert (entry.target, entry.gap_class, entry.reason) == ("kev", "enrichment", reason)


def test_a_catalogue_that_was_asked_for_today_may_have_nothing_new_to_say_for_a_while() -> None:
    silent = feed(name="kev", updated=OLD, fetched=FRESH)
    assert verdict(KEV, feeds=(silent,)).verdict == "PASS"
    scores = policy(evidence="{enrichment: {epss: {required: true, max_age_hours: 96}}}")
    daily = msgspec.structs.replace(silent, name="epss")
    assert verdict(scores, feeds=(daily,)).verdict == "INCONCLUSIVE"


def test_a_feed_about_findings_that_could_not_be_read_says_why() -> None:
    fault = Gap(stage=None, target="kev", reason=GapReason.FEED_BROKEN, detail="cut")
    (entry,) = verdict(KEV, feed_faults=(fault,)).unanswered
    assert (entry.gap_class, entry.reason, entry.detail) == ("enrichment", "feed_broken", "cut")


def test_a_doubtful_feed_that_nobody_requires_is_a_warning() -> None:
    optional = policy(evidence="{enrichment: {kev: {required: false, max_age_hours: 96}}}")
    judged = verdict(optional, feeds=(feed(name="kev", updated=OLD),))
    assert (judged.verdict, rules_of(judged.warnings)) == ("WARN", ["feed_kev"])
    fault = Gap(stage=None, target="epss", reason=GapReason.FEED_BROKEN, detail="cut")
    assert rules_of(verdict(policy(), feed_faults=(fault,)).warnings) == ["feed_epss"]


def test_a_model_that_changed_is_told() -> None:
    changed = feed(name="epss", version="v2026.06.15", before="v2025.03.14")
    (warning,) = verdict(policy(), feeds=(changed,)).warnings
    assert "v2025.03.14 to v2026.06.15" in warning.message
    for before in ("", "v2026.06.15"):
        same = msgspec.structs.replace(changed, before=before)
        assert verdict(policy(), feeds=(same,)).verdict == "PASS"


def test_a_score_that_is_missing_from_a_feed_that_was_read_is_no_unknown() -> None:
    judged_by = policy(
        rules="[{id: R, title: r, effect: fail, match: {epss: {gte: 0.5}}}]",
        unknowns="{epss: no_match}",
    )
    assert verdict(judged_by, package()).verdict == "FAIL"
    assert verdict(judged_by, package(), feeds=(feed(name="epss"),)).verdict == "PASS"
    stale = feed(name="epss", updated=OLD)
    assert verdict(judged_by, package(), feeds=(stale,)).verdict == "FAIL"


def test_what_has_no_cve_is_not_in_a_catalogue_that_was_read_where_the_policy_says_so() -> None:
    rules = "[{id: R, title: r, effect: fail, match: {kev: true}}]"
    said, silent = policy(rules=rules, unknowns="{kev: no_match}"), policy(rules=rules)
    fresh, stale = feed(name="kev"), feed(name="kev", updated=OLD)
    assert verdict(silent, package(), feeds=(fresh,)).verdict == "FAIL"
    assert verdict(said, package(), feeds=(fresh,)).verdict == "PASS"
    assert verdict(said, package(), feeds=(stale,)).verdict == "FAIL"
    assert verdict(said, package()).verdict == "FAIL"
    assert verdict(said, package(kev=True), feeds=(fresh,)).verdict == "FAIL"


def test_an_old_catalogue_proves_of_nothing_that_it_is_not_exploited() -> None:
    judged_by = policy(rules="[{id: R, title: r, effect: fail, match: {kev: true}}]")
    fresh, stale = feed(name="kev"), feed(name="kev", updated=OLD)
    assert verdict(judged_by, package(kev=False), feeds=(fresh,)).verdict == "PASS"
    doubted = verdict(judged_by, package(kev=False), feeds=(stale,))
    assert (doubted.verdict, doubted.breaches[0].certain) == ("FAIL", False)


def with_tool(judged_by: Policy) -> Verdict:
    stages = tuple(msgspec.structs.replace(one, tools=(tool(locked=False),)) for one in answers())
    return verdict(judged_by, stages=stages[:1] + answers()[1:])


def test_a_tool_that_is_not_the_locked_one_is_a_gap_or_a_warning() -> None:
    refused = with_tool(policy())
    assert named(refused.unanswered) == [("semgrep", None, "tool_unlocked")]
    assert refused.unanswered[0].gap_class == "integrity"
    warned = with_tool(policy(evidence="{tools: {unlocked: warn}}"))
    assert warned.verdict == "WARN"
    assert rules_of(warned.warnings) == ["tool_unlocked"]


DENIED = "{tools: {denied: [{tool: semgrep, %s reason: it missed a lot, source: our report}]}}"


def used(evidence: str, **fields: Any) -> Verdict:
    """Judge an answer of a semgrep that was released on 2026-11-20, five days ago."""
    known = msgspec.structs.replace(tool(), **{"released": "2026-11-20", **fields})
    first, *rest = answers()
    stages = (msgspec.structs.replace(first, tools=(known,)), *rest)
    return verdict(policy(evidence=evidence), stages=stages)


@pytest.mark.parametrize("versions", ["", "versions: ['1'],", "versions: [v1, '2'],"])
def test_what_a_denied_release_found_is_no_answer(versions: str) -> None:
    judged = used(DENIED % versions, released="2026-01-01")
    assert named(judged.unanswered) == [("semgrep", None, "tool_denied")]
    assert judged.verdict == "INCONCLUSIVE"
    assert judged.unanswered[0].gap_class == "integrity"
    assert "it missed a lot (our report)" in judged.unanswered[0].detail


@pytest.mark.parametrize("versions", ["'1.0'", "'11'", "'2'"])
def test_another_release_of_a_denied_tool_answers(versions: str) -> None:
    judged = used(DENIED % f"versions: [{versions}],", released="2026-01-01")
    assert judged.verdict == "PASS"


def test_a_denied_tool_that_is_not_locked_is_refused_where_unlocked_ones_are_not() -> None:
    judged = used(DENIED.replace("{tools: {", "{tools: {unlocked: warn, ") % "", locked=False)
    assert named(judged.unanswered) == [("semgrep", None, "tool_denied")]


@pytest.mark.parametrize(
    ("days", "released", "reasons"),
    [
        ("", "2026-11-19", ["tool_denied"]),
        ("", "2026-11-18", []),
        ("cool_down_days: 6", "2026-11-20", ["tool_denied"]),
        ("cool_down_days: 5", "2026-11-20", []),
        ("cool_down_days: 0", "2026-11-25", []),
        ("cool_down_days: 0", "2026-11-26", ["tool_denied"]),
        ("cool_down_days: 1", "2030-01-01", ["tool_denied"]),
    ],
)
def test_a_release_waits_for_as_many_days_as_the_policy_says(
    days: str, released: str, reasons: list[str]
) -> None:
    judged = used(f"{{tools: {{{days}}}}}", released=released)
    assert [one.reason.value for one in judged.unanswered] == reasons


def test_the_refusal_of_a_young_release_says_when_it_was_released() -> None:
    told = used("{}").unanswered[0].detail
    assert "released on 2026-11-20, 5 days ago; the policy waits 7 days" in told


def excluding(judged_by: Policy | None = None, *, by: str = "docs/**", **fields: Any) -> Verdict:
    excluded = (Exclusion(path="docs/a.py", by=by), Exclusion(path="docs/b.py", by=by))
    stages = tuple(
        msgspec.structs.replace(one, excluded=excluded) if one.stage == "semgrep" else one
        for one in answers()
    )
    return verdict(judged_by, stages=stages, **fields)


def test_what_the_configuration_leaves_out_is_a_gap() -> None:
    judged = excluding()
    assert named(judged.unanswered) == [("semgrep", "docs/**", "excluded")]
    assert "2 files are left out (docs/a.py, docs/b.py)" in judged.unanswered[0].detail


def test_an_exclusion_is_allowed_by_the_very_same_glob_until_its_day() -> None:
    judged_by = policy(
        evidence=f"{{allowed_exclusions: [{{glob: 'docs/**', {PEOPLE}: 2026-12-01}}]}}"
    )
    allowed = excluding(judged_by)
    assert allowed.verdict == "PASS"
    assert named(allowed.tolerated) == [("semgrep", "docs/**", "excluded")]
    assert "dave" in allowed.tolerated[0].detail
    assert excluding(judged_by, by="docs/*").verdict == "INCONCLUSIVE"
    late = policy(evidence=f"{{allowed_exclusions: [{{glob: 'docs/**', {PEOPLE}: 2026-11-25}}]}}")
    assert excluding(late).verdict == "INCONCLUSIVE"
    assert "until 2026-11-25" in excluding(late).unanswered[0].detail


def tolerating(target: str, expires: str) -> Policy:
    return policy(
        evidence=f"{{tolerated_gaps: [{{stage: semgrep, target: {target}, {PEOPLE}: {expires}}}]}}"
    )


def test_what_the_run_itself_misses_in_a_stage_counts_and_may_be_tolerated_by_name() -> None:
    missed = (gap("semgrep", GapReason.NO_TARGETS, "(all)"),)
    assert named(verdict(gaps=missed).unanswered) == [("semgrep", "(all)", "no_targets")]
    judged = verdict(tolerating("(all)", "2026-11-26"), gaps=missed)
    assert named(judged.tolerated) == [("semgrep", "(all)", "no_targets")]
    assert judged.verdict == "WARN"


def test_a_tolerated_gap_is_a_warning_until_its_day() -> None:
    outcome = done(3, gap("semgrep", GapReason.PARSE_ERROR, "gen.py"))
    judged = of("semgrep", outcome, tolerating("gen.py", "2026-11-26"))
    assert judged.verdict == "WARN"
    assert judged.unanswered == ()
    assert named(judged.tolerated) == [("semgrep", "gen.py", "parse_error")]
    assert rules_of(judged.warnings) == ["tolerated_gap"]
    over = of("semgrep", outcome, tolerating("gen.py", "2026-11-25"))
    assert over.verdict == "INCONCLUSIVE"
    assert over.tolerated == ()
    assert "tolerated until 2026-11-25" in over.unanswered[0].detail


@pytest.mark.parametrize(
    "outcome",
    [
        done(3, gap("semgrep", GapReason.PARSE_ERROR, "other.py")),
        done(3, gap("semgrep", GapReason.DIGEST_MISMATCH, "gen.py")),
        done(3, gap("semgrep", GapReason.CANARY_MISSED)),
        Failed(asked=3, reason=GapReason.TIMEOUT, message=""),
    ],
)
def test_only_the_named_target_is_tolerated_and_never_a_doubt_about_integrity(
    outcome: Outcome,
) -> None:
    judged = of("semgrep", outcome, tolerating("gen.py", "2027-01-01"))
    assert judged.verdict == "INCONCLUSIVE"
    other_stage = of("secrets", outcome, tolerating("gen.py", "2027-01-01"))
    assert other_stage.verdict == "INCONCLUSIVE"


def test_source_without_rules_is_one_warning_or_as_many_gaps() -> None:
    gaps = [gap("semgrep", GapReason.NO_RULES, f"{name}.kt") for name in "abcde"]
    warned = of("semgrep", done(6, *gaps))
    assert warned.verdict == "WARN"
    assert rules_of(warned.warnings) == ["no_rules"]
    assert "5 files (a.kt, b.kt, c.kt, …)" in warned.warnings[0].message
    strict = of("semgrep", done(6, *gaps), policy(evidence="{no_rules: gap}"))
    assert len(strict.unanswered) == 5


def test_an_image_without_an_operating_system_is_allowed_by_its_ref() -> None:
    outcome = done(1, gap("image", GapReason.NO_PACKAGES, "oci:build/image"))
    assert of("image", outcome).verdict == "INCONCLUSIVE"
    allowed = "{stages: {image: {required: when_present, no_os: ['oci:build/image']}}}"
    judged = of("image", outcome, policy(evidence=allowed))
    assert judged.verdict == "PASS"
    assert named(judged.tolerated) == [("image", "oci:build/image", "no_packages")]
    unsupported = done(1, gap("image", GapReason.UNSUPPORTED, "oci:build/image"))
    assert of("image", unsupported, policy(evidence=allowed)).verdict == "INCONCLUSIVE"


def test_more_findings_than_the_limit_is_no_pass() -> None:
    judged_by = policy(
        evidence="{limits: {max_findings: 1}}",
        rules="[{id: R, title: r, effect: warn, match: {kind: [sca]}}]",
    )
    assert verdict(judged_by, package()).verdict == "WARN"
    two = verdict(judged_by, package(), package("flask"))
    assert named(two.unanswered) == [(None, None, "limit")]


def test_an_instant_without_a_zone_is_refused_and_zones_make_no_difference() -> None:
    with pytest.raises(ValueError, match="time zone"):
        verdict(now=datetime(2026, 11, 25, 12))  # noqa: DTZ001 -- what is refused
    for hours in (-12, 14):
        zone = NOW.astimezone(timezone(timedelta(hours=hours)))
        assert verdict(now=zone) == verdict()


LESS = identity.new(
    kind=Kind.COVERAGE, stage="semgrep", rule="penstock.fewer-targets", target="app/a.py",
    fingerprint="a", title="Less", message="Less", severity=Severity.HIGH,
)  # fmt: skip
MISSED = ("semgrep", "app/a.py", "not_listed")


@pytest.mark.parametrize(
    ("match", "missing"),
    [
        ("{kind: [sast]}", [MISSED]),
        ("{severity: [critical]}", [MISSED]),
        ("{severity: [high], kind: [sca]}", [MISSED]),
        ("{severity: [critical, high]}", []),
        ("{kind: [coverage]}", []),
        ("{kind: [coverage], path: ['docs/**']}", []),
    ],
)
def test_what_is_looked_at_no_more_is_a_gap_where_no_rule_speaks_of_it(
    match: str, missing: list[tuple[str, str, str]]
) -> None:
    judged_by = policy(rules=f"[{{id: R-1, title: x, effect: warn, match: {match}}}]")
    judged = verdict(judged_by, LESS)
    assert named(judged.unanswered) == missing
    assert (judged.verdict == "INCONCLUSIVE") is bool(missing)
