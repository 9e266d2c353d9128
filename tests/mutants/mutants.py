"""Ways to break the gate, each with a name. The laws and the unit tests must see every one."""

from typing import Final, NamedTuple


class Mutant(NamedTuple):
    """A change of one place in one module."""

    name: str
    module: str
    """Below `pipeline/policy`, without its suffix."""
    before: str
    after: str


MUTANTS: Final = (
    Mutant(
        "a-signature-in-any-state-counts", "judging/approvals",
        'if one.state != "good":',
        "if False:",
    ),
    Mutant(
        "the-requester-approves", "judging/approvals",
        '        person(requester): "asked for it",\n',
        "",
    ),
    Mutant(
        "any-role-approves", "judging/approvals",
        "if held.isdisjoint(rule.exception_roles):",
        "if False:",
    ),
    Mutant(
        "a-second-key-is-a-second-person", "judging/approvals",
        "counted.setdefault(person(each.principal), each.principal)",
        "counted.setdefault(each.principal, each.principal)",
    ),
    Mutant(
        "break-glass-over-integrity-gaps", "judging/break_glass",
        "    if broken:",
        "    if False:",
    ),
    Mutant(
        "break-glass-for-any-commit", "judging/break_glass",
        "if subject.commit != one.commit:",
        "if False:",
    ),
    Mutant(
        "break-glass-for-ever", "judging/break_glass",
        "if case.instant >= one.expires:",
        "if False:",
    ),
    Mutant(
        "inconclusive-forgotten", "judging/gate",
        "    if evidence.unanswered:\n        return Decision.INCONCLUSIVE\n",
        "",
    ),
    Mutant(
        "inconclusive-wins-over-fail", "judging/gate",
        "    if breaches:\n        return Decision.FAIL\n    if evidence.unanswered:\n"
        "        return Decision.INCONCLUSIVE\n",
        "    if evidence.unanswered:\n        return Decision.INCONCLUSIVE\n"
        "    if breaches:\n        return Decision.FAIL\n",
    ),
    Mutant(
        "warnings-fail", "judging/sorting",
        '"warn": self.warnings.by_rule',
        '"warn": self.breaches.by_rule',
    ),
    Mutant(
        "report-only-for-ever", "judging/gate",
        "and case.today < until",
        "",
    ),
    Mutant(
        "report-only-unsaid", "judging/gate",
        "report_only_until=until.isoformat() if hidden and until else None",
        "report_only_until=None",
    ),
    Mutant(
        "expiry-a-day-late", "judging/exceptions",
        "if today >= one.expires:",
        "if today > one.expires:",
    ),
    Mutant(
        "expiry-never", "judging/exceptions",
        "if today >= one.expires:",
        "if False:",
    ),
    Mutant(
        "begins-too-early", "judging/exceptions",
        "if today < max(one.created, one.not_before):",
        "if False:",
    ),
    Mutant(
        "over-matched-still-applies", "judging/exceptions",
        "if len(findings) > one.max_matches:",
        "if len(findings) > one.max_matches + 1:",
    ),
    Mutant(
        "kev-does-not-void", "judging/exceptions",
        '    if finding.kev:\n        return f"{finding.rule} is now',
        '    if False:\n        return f"{finding.rule} is now',
    ),
    Mutant(
        "severity-rise-does-not-void", "judging/exceptions",
        "RANK[finding.severity] > RANK[approved]",
        "RANK[finding.severity] > RANK[approved] + 9",
    ),
    Mutant(
        "signatures-not-needed", "judging/exceptions",
        "if len(approval.approved_by) < needed:",
        "if False:",
    ),
    Mutant(
        "any-alias-reaches-across-cves", "judging/exceptions",
        "if naming and _whole(finding, naming):",
        "if naming:",
    ),
    Mutant(
        "exception-covers-every-rule", "judging/exceptions",
        "[one for one in active if rule in one.rules]",
        "active",
    ),
    Mutant(
        "inactive-exceptions-apply", "judging/exceptions",
        "if one.status is ExceptionStatus.ACTIVE}",
        "if one.status is not ExceptionStatus.EXPIRED}",
    ),
    Mutant(
        "version-ignored", "judging/cover",
        "spelt(finding.purl) == one.purl",
        'str(spelt(finding.purl)).partition("@")[0] == one.purl.partition("@")[0]',
    ),
    Mutant(
        "image-ignored", "judging/cover",
        "return in_image and names(one.artifact, finding.target)",
        "return in_image",
    ),
    Mutant(
        "source-exception-covers-images", "judging/cover",
        "return not in_image",
        "return True",
    ),
    Mutant(
        "environment-ignored", "judging/cover",
        "return environment in one.environments",
        "return True",
    ),
    Mutant(
        "unknown-does-not-match", "judging/matching",
        "if answer is NO:",
        "if answer in (NO, UNKNOWN):",
    ),
    Mutant(
        "assumed-does-not-match", "judging/matching",
        "if answer is NO:",
        "if answer in (NO, ASSUMED):",
    ),
    Mutant(
        "grace-on-unknown-values", "judging/matching",
        "all(test(finding) is YES for",
        "all(test(finding) is not NO for",
    ),
    Mutant(
        "last-row-gives-the-priority", "judging/matching",
        "return found[0][0] if found else None",
        "return found[-1][0] if found else None",
    ),
    Mutant(
        "unknown-severity-stays", "judging/matching",
        "severity=self.world.unknowns.severity,",
        "severity=finding.severity,",
    ),
    Mutant(
        "traits-too-coarse", "judging/traits",
        "        finding.state,\n        finding.fix_versions if",
        "        finding.fix_versions if",
    ),
    Mutant(
        "missing-epss-is-nothing", "judging/fields",
        'ignored = world.unknowns.epss == "no_match" and world.epss_known',
        "ignored = True",
    ),
    Mutant(
        "grace-without-end", "judging/hits",
        "if today >= until or not surely",
        "if not surely",
    ),
    Mutant(
        "grace-for-known-exploits", "judging/hits",
        "    if finding.kev:\n",
        "    if False:\n",
    ),
    Mutant(
        "missing-stage-forgiven", "judging/evidence",
        "    if not evidence:\n",
        "    if False:\n",
    ),
    Mutant(
        "failure-forgiven", "judging/evidence",
        "            yield _gap(stage, outcome.reason, outcome.message)\n",
        "",
    ),
    Mutant(
        "deselected-forgiven", "judging/evidence",
        '            yield _gap(stage, GapReason.EXCLUDED, "deselected by --skip or --only")\n',
        "            return\n",
    ),
    Mutant(
        "empty-inventory-forgiven", "judging/evidence",
        'if required == "always" and not _asked(outcome):',
        "if False:",
    ),
    Mutant(
        "sums-not-checked", "judging/evidence",
        "if not outcome.asked - len(named) <= outcome.answered <= outcome.asked:",
        "if False:",
    ),
    Mutant(
        "canary-not-checked", "judging/evidence",
        "missed = outcome.canary is Canary.MISSED",
        "missed = False",
    ),
    Mutant(
        "tolerated-for-ever", "judging/evidence",
        "elif self._case.today >= allowed.expires:",
        "elif False:",
    ),
    Mutant(
        "integrity-tolerated", "judging/evidence",
        "if allowed is None or class_of(gap.reason) is not GapClass.EVIDENCE:",
        "if allowed is None:",
    ),
    Mutant(
        "gaps-of-the-run-forgotten", "judging/evidence",
        "if gap.stage not in required_of]",
        "if gap.stage in required_of]",
    ),
    Mutant(
        "gaps-that-the-run-saw-in-a-stage-forgotten", "judging/evidence",
        "if gap.stage == stage)",
        "if gap.stage is stage and not gap.target)",
    ),
    Mutant(
        "strange-tools-forgiven", "judging/evidence",
        "            if tool.locked:\n",
        "            if True:\n",
    ),
    Mutant(
        "exclusions-allowed", "judging/exclusions",
        "entry = allowed.get(glob)",
        "entry = next(iter(allowed.values()), None)",
    ),
    Mutant(
        "exclusions-for-ever", "judging/exclusions",
        "elif case.today >= entry.expires:",
        "elif False:",
    ),
    Mutant(
        "stale-feeds-accepted", "judging/freshness",
        "not accepted and instant_of_run - _speaks_for(feed, updated, instant_of_run) > limit:",
        "False:",
    ),
    Mutant(
        "feeds-of-tomorrow-accepted", "judging/freshness",
        "elif updated > instant_of_run + SKEW:",
        "elif False:",
    ),
    Mutant(
        "excerpts-accepted", "judging/freshness",
        "if feed.excerpt and not accepted:",
        "if False:",
    ),
    Mutant(
        "budget-reaches-its-limit", "judging/budgets",
        "breached=value >= budget.limit",
        "breached=value > budget.limit",
    ),
    Mutant(
        "void-leaves-the-budget", "judging/budgets",
        "return failing.isdisjoint(finding.id for finding in one.findings)",
        "return False",
    ),
    Mutant(
        "bad-files-uncounted", "judging/budgets",
        "return len(self._outstanding) + len(self._case.policy.bad_exceptions)",
        "return len(self._outstanding)",
    ),
    Mutant(
        "bad-files-unsaid", "judging/notices",
        "for one in case.policy.bad_exceptions",
        "for one in case.policy.bad_exceptions[:0]",
    ),
    Mutant(
        "duplicate-keys-last-wins", "loading/yaml",
        "            if key in found:\n",
        "            if False:\n",
    ),
    Mutant(
        "octal-numbers", "loading/scalars",
        "        return int(text)\n",
        "        return int(text, 8 if text.startswith('0') else 10)\n",
    ),
    Mutant(
        "nothing-asked-is-fine", "loading/demands",
        'if wanted <= {"no"}:',
        "if False:",
    ),
    Mutant(
        "excerpts-in-a-release", "model",
        "if self.demands.accept_excerpts and environment in SIGNED:",
        "if False:",
    ),
    Mutant(
        "globs-match-a-part", "globs",
        "return compiled(glob).fullmatch(path) is not None",
        "return compiled(glob).match(path) is not None",
    ),
    Mutant(
        "a-silent-catalogue-speaks-for-ever", "judging/freshness",
        "max(updated, min(fetched, updated + _SILENT[feed.name]))",
        "max(updated, fetched)",
    ),
    Mutant(
        "a-broken-feed-is-forgotten", "judging/freshness",
        "    yield from ((fault.reason, fault.detail) for fault in broken)\n",
        "",
    ),
    Mutant(
        "an-old-table-is-believed", "judging/gate",
        "    feeds = believed(case)\n",
        "    feeds = frozenset(feed.name for feed in case.feeds)\n",
    ),
    Mutant(
        "doubtful-feeds-are-not-told", "judging/evidence",
        "(*doubts(case), *changed_models(case))",
        "()",
    ),
    Mutant(
        "an-old-catalogue-proves-innocence", "judging/fields",
        "finding.kev is None or (world.kev_doubted and not finding.kev)",
        "finding.kev is None",
    ),
    Mutant(
        "without-a-cve-is-innocent", "judging/fields",
        'condition.flag and world.unknowns.kev == "no_match" and world.kev_known',
        'condition.flag and world.unknowns.kev == "no_match"',
    ),
    Mutant(
        "a-possible-row-is-no-match", "judging/fields",
        "return NO if possible.isdisjoint(wanted) else UNKNOWN",
        "return NO",
    ),
    Mutant(
        "the-strictest-row-is-certain", "judging/fields",
        "frozenset(finding.ssvc_possible or (finding.ssvc,))",
        "frozenset((finding.ssvc,))",
    ),
    Mutant(
        "withdrawn-and-exploited-warns", "judging/hits",
        "finding.withdrawn is not None and not finding.kev",
        "finding.withdrawn is not None",
    ),
    Mutant(
        "withdrawn-fails", "judging/hits",
        '"warn" if no_longer_stands(finding) else effect',
        "effect",
    ),
    Mutant(
        "a-planted-ghsa-stretches-an-exception", "judging/cover",
        '("CVE-", "GHSA-")',
        '("CVE-",)',
    ),
)  # fmt: skip
