"""Ways to break the clocks and the history, each with a name."""

from typing import Final

from tests.mutants.mutants import Mutant

AGES: Final = (
    Mutant(
        "a-day-of-delay",
        "judging/sla",
        "if today - start.day <= window:",
        "if today - start.day <= window + 1:",
    ),
    Mutant(
        "a-day-too-early",
        "judging/sla",
        "if today - start.day <= window:",
        "if today - start.day < window:",
    ),
    Mutant(
        "no-start-is-no-hurry",
        "judging/sla",
        "return Overdue.YES if sure else Overdue.UNKNOWN",
        "return Overdue.YES if sure else Overdue.NO",
    ),
    Mutant(
        "a-start-ahead-is-no-hurry",
        "judging/sla",
        "if start.day > today:\n        return Overdue.UNKNOWN",
        "if start.day > today:\n        return Overdue.NO",
    ),
    Mutant(
        "the-catalogue-does-not-count",
        "judging/sla",
        "    if listed is not None and today > listed:\n        return Overdue.YES\n",
        "",
    ),
    Mutant("the-catalogue-a-day-late", "judging/sla", "today > listed:", "today > listed + 1:"),
    Mutant(
        "listed-without-a-day-is-no-hurry",
        "judging/sla",
        "if own is Overdue.NO and finding.kev and listed is None:",
        "if False:",
    ),
    Mutant(
        "no-fix-runs",
        "judging/sla",
        "return not (waits and finding.fix_versions == ())",
        "return True",
    ),
    Mutant(
        "unknown-fix-waits",
        "judging/sla",
        "waits and finding.fix_versions == ()",
        "waits and not finding.fix_versions",
    ),
    Mutant("code-waits-for-a-fix", "judging/sla", " and finding.kind is Kind.SCA", ""),
    Mutant(
        "an-early-fix-turns-the-clock-back",
        "judging/sla",
        "day = max(day, day_of(finding.fix_available_at) or day)",
        "day = day_of(finding.fix_available_at) or day",
    ),
    Mutant(
        "a-local-day", "judging/sla", "instant.astimezone(UTC).toordinal()", "instant.toordinal()"
    ),
    Mutant(
        "an-assumed-start-is-not-said",
        "judging/sla",
        "Overdue.ASSUMED if start.assumed else Overdue.YES",
        "Overdue.YES",
    ),
    Mutant(
        "an-assumed-start-beats-the-record",
        "judging/sla",
        "assumed if there is None else min(assumed, there)",
        "assumed",
    ),
    Mutant(
        "any-history-is-believed",
        "../store/document",
        "return bool(key and run.seal) and hmac.compare_digest",
        "return True or hmac.compare_digest",
    ),
    Mutant(
        "the-state-is-not-sealed",
        "../store/document",
        " and last.state == state_of(document.lines)",
        "",
    ),
    Mutant(
        "an-edit-is-sealed-again",
        "../store/history",
        "lines = {ref: doubtful(line) for ref, line in lines.items()}",
        "pass",
    ),
    Mutant(
        "a-seal-is-dropped-without-a-word",
        "../store/history",
        "if found.last is not None and found.last.seal and not key:",
        "if False:",
    ),
    Mutant(
        "a-claim-of-youth-is-believed",
        "../store/history",
        "first = advisory and min(advisory, claimed or advisory)",
        "first = claimed or advisory",
    ),
    Mutant(
        "younger-than-its-advisory-says",
        "../store/history",
        "max(age.since, advisory or age.since)",
        "age.since",
    ),
    Mutant(
        "an-unsealed-word-says-what-is-new",
        "../store/history",
        'if self.standing == "used" and self.line.looks else None',
        "if self.line.looks else None",
    ),
    Mutant(
        "a-folder-speaks-for-another",
        "../store/history",
        "if last is not None and _folder(last.ref) == folder:",
        "if last is not None:",
    ),
    Mutant(
        "an-image-that-was-not-asked-about-is-gone",
        "../store/looks",
        "if self.stage == IMAGE and repository(target) not in self.images:",
        "if False:",
    ),
    Mutant(
        "a-new-branch-takes-over-anything",
        "../store/history",
        "_newest(document, _folder(ref)) if descends(commit))",
        "_newest(document, _folder(ref)))",
    ),
    Mutant(
        "dated-by-the-run-that-saw-it",
        "../store/line",
        "known=min(age.known or at[:_DATE], at[:_DATE]),",
        "known=at[:_DATE],",
    ),
    Mutant(
        "a-known-start-beats-an-unknown-one",
        "../store/rows",
        "return None if None in known else",
        "return",
    ),
    Mutant("ninety-one-days", "../store/line", "<= MEMORY_DAYS", "<= MEMORY_DAYS + 1"),
    Mutant("a-short-memory", "../store/line", "<= MEMORY_DAYS", "< MEMORY_DAYS - 1"),
    Mutant(
        "no-memory",
        "../store/line",
        "return row.gone is None or absent is None or",
        "return row.gone is None or False and",
    ),
    Mutant(
        "half-a-look-proves",
        "../store/line",
        "return min(proofs) if proofs and len(proofs) == len(looks) else None",
        "return min(proofs) if proofs else None",
    ),
    Mutant(
        "the-latest-look-counts", "../store/line", "return min(proofs) if", "return max(proofs) if"
    ),
    Mutant(
        "gone-without-proof",
        "../store/line",
        "if row.gone is not None or here.looked(row.sources, row.target) is None:",
        "if row.gone is not None:",
    ),
    Mutant(
        "a-late-run-turns-time-back",
        "../store/line",
        "if any(one.at > at for one in line.looks.values()):",
        "if False:",
    ),
    Mutant(
        "an-old-fix-is-new-again",
        "../store/line",
        '    if "some" in before:\n        return "some"\n',
        "",
    ),
    Mutant(
        "a-gap-proves-absence",
        "../store/looks",
        "return not any(one == target or",
        "return not any(False or",
    ),
    Mutant(
        "a-gap-in-a-manifest-proves-absence",
        "../store/looks",
        'or one.startswith(f"{target}#")',
        "",
    ),
    Mutant(
        "a-broken-stage-proves-absence",
        "../store/looks",
        "return None if whole or",
        "return None if",
    ),
    Mutant(
        "an-excerpt-proves-absence",
        "../store/looks",
        " or any(feed.excerpt for feed in evidence.feeds)",
        "",
    ),
    Mutant(
        "another-scanner-is-the-same",
        "../store/states",
        "if look.asked and look.tools != scanners.get(stage):",
        "if False:",
    ),
    Mutant(
        "a-hidden-target-is-compared",
        "../store/states",
        "if look is None or not look.sees(finding.target):",
        "if look is None:",
    ),
    Mutant(
        "two-are-both-the-old-one",
        "../store/match",
        "if len(rest_new) == len(rest_old) == 1:",
        "if rest_new and rest_old:",
    ),
    Mutant("algorithms-are-mixed", "../store/match", "if algorithm(track) == name", ""),
)
