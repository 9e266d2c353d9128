"""Ways to break the deployer's judgement; with those of the rooms around it."""

from typing import Final

from tests.mutants.mutants import Mutant
from tests.mutants.proofs import PROOFS
from tests.mutants.releases import RELEASES

JUDGE: Final = "../verification/judge"

DOOR: Final = (
    Mutant(
        "a-stranger-counts", JUDGE,
        "    if not verifiers:\n",
        "    if False:\n",
    ),
    Mutant(
        "what-does-not-verify-is-looked-at", JUDGE,
        "    if one.signed is None:\n        raise ValueError(one.fault)\n",
        "",
    ),
    Mutant(
        "another-digest-counts", JUDGE,
        'if asked.digest.removeprefix("sha256:") not in statement.digests:',
        "if False:",
    ),
    Mutant(
        "another-type-is-a-summary", JUDGE,
        "if one.predicate_type != SUMMARY:",
        "if False:",
    ),
    Mutant(
        "another-type-is-a-verdict", JUDGE,
        "if one.predicate_type == VERDICT\n        and",
        "if True\n        and",
    ),
    Mutant(
        "another-repository-counts", JUDGE,
        "if repository != policy.resource or digest not in one.subjects:",
        "if digest not in one.subjects:",
    ),
    Mutant(
        "a-summary-of-another-image-counts", JUDGE,
        "if repository != policy.resource or digest not in one.subjects:",
        "if repository != policy.resource:",
    ),
    Mutant(
        "anybody-speaks-for-any-verifier", JUDGE,
        "if verifier not in one.verifiers:",
        "if False:",
    ),
    Mutant(
        "any-verdict-of-any-verifier", JUDGE,
        "and summary.verifier in one.verifiers",
        "and True",
    ),
    Mutant(
        "any-evidence-stands-in", JUDGE,
        'and at(one.predicate, "bundle", "sha256") == summary.bundle',
        "and True",
    ),
    Mutant(
        "any-word-is-passed", JUDGE,
        'passed = said.get("verificationResult") == "PASSED"',
        'passed = said.get("verificationResult") != "FAILED"',
    ),
    Mutant(
        "failed-is-passed", JUDGE,
        "    if not latest.passed:\n",
        "    if False:\n",
    ),
    Mutant(
        "any-environment-passes", JUDGE,
        "if passed and (not isinstance(levels, list) or level not in levels):",
        "if False:",
    ),
    Mutant(
        "a-word-that-holds-the-level-passes", JUDGE,
        "not isinstance(levels, list) or level not in levels",
        "level not in (levels or [])",
    ),
    Mutant(
        "the-oldest-summary-counts", JUDGE,
        "latest = max(summaries,",
        "latest = min(summaries,",
    ),
    Mutant(
        "of-two-at-one-instant-the-nicer", JUDGE,
        "(one.at, not one.passed)",
        "(one.at, one.passed)",
    ),
    Mutant(
        "nobody-says-that-no-summary-is-there", JUDGE,
        "    if latest is None:\n        reasons",
        "    if False:\n        reasons",
    ),
    Mutant(
        "no-verdict-is-needed", JUDGE,
        '        reasons.append("the verdict that its latest summary rests on is not attested")',
        "        pass",
    ),
    Mutant(
        "the-first-of-two-verdicts", JUDGE,
        "why for one in verdicts for why",
        "why for one in verdicts[:1] for why",
    ),
    Mutant(
        "nothing-else-is-required", JUDGE,
        "if kind not in kinds]",
        "if False]",
    ),
    Mutant(
        "of-the-future", JUDGE,
        "if latest.at > now + _SKEW:",
        "if False:",
    ),
    Mutant(
        "signed-ahead-of-its-time", JUDGE,
        "if signed and latest.at - max(signed) > _SKEW:",
        "if False:",
    ),
    Mutant(
        "good-for-ever", JUDGE,
        "if now - latest.at > policy.max_age:",
        "if False:",
    ),
    Mutant(
        "a-failure-is-forgotten-at-once", JUDGE,
        "    if failed:\n",
        "    if False:\n",
    ),
    Mutant(
        "a-failure-blocks-for-ever", JUDGE,
        "and now - one.at <= policy.fail_window]",
        "]",
    ),
    Mutant(
        "the-window-ends-a-moment-early", JUDGE,
        "now - one.at <= policy.fail_window]",
        "now - one.at < policy.fail_window]",
    ),
    Mutant(
        "a-failure-elsewhere-blocks", JUDGE,
        "            _refuse_elsewhere(policy, found, counted)\n",
        "",
    ),
    Mutant(
        "a-failure-of-nowhere-does-not-block", JUDGE,
        "if places and all(one not in (None, policy.environment) for one in places):",
        "if all(one not in (None, policy.environment) for one in places):",
    ),
    Mutant(
        "a-failure-blocks-only-by-its-verdict", JUDGE,
        "one not in (None, policy.environment)",
        "one != policy.environment",
    ),
    Mutant(
        "any-policy-is-allowed", JUDGE,
        "if digests and latest.policy_digest not in digests:",
        "if False:",
    ),
    Mutant(
        "a-summary-of-another-policy", JUDGE,
        'if (digest, at(verdict, "now")) != (latest.policy_digest, latest.said_at):',
        'if at(verdict, "now") != latest.said_at:',
    ),
    Mutant(
        "a-fresh-summary-of-an-old-verdict", JUDGE,
        'if (digest, at(verdict, "now")) != (latest.policy_digest, latest.said_at):',
        "if digest != latest.policy_digest:",
    ),
    Mutant(
        "an-image-that-nobody-scanned", JUDGE,
        "if unseen or scanned.isdisjoint(found.subjects):",
        "if unseen:",
    ),
    Mutant(
        "a-platform-that-nobody-scanned", JUDGE,
        "if unseen or scanned.isdisjoint(found.subjects):",
        "if scanned.isdisjoint(found.subjects):",
    ),
    Mutant(
        "an-index-is-an-image", JUDGE,
        "found.subjects - scanned - {latest.digest}",
        "found.subjects - scanned",
    ),
    Mutant(
        "a-time-without-a-zone", JUDGE,
        "if found.tzinfo is not None:",
        "if True:",
    ),
    Mutant(
        "a-success-of-no-time", JUDGE,
        "    if passed:\n        raise",
        "    if False:\n        raise",
    ),
    Mutant(
        "a-failure-of-no-time-is-long-past", JUDGE,
        "datetime.max.replace",
        "datetime.min.replace",
    ),
    *PROOFS,
    *RELEASES,
)  # fmt: skip
