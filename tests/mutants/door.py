"""Ways to break the signer's refusals and the deployer's judgement."""

from typing import Final

from tests.mutants.mutants import Mutant

JUDGE: Final = "../verification/judge"
VERDICT: Final = "../verification/verdict"
SIGNERS: Final = "../verification/signers"
STATEMENT: Final = "../verification/statement"
REFUSALS: Final = "../release/refusals"

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
    Mutant(
        "a-bad-verdict-is-good", VERDICT,
        'if str(at(verdict, "verdict")) not in GOOD:',
        "if False:",
    ),
    Mutant(
        "inconclusive-is-good", VERDICT,
        '{"PASS": "PASS", "WARN": "WARN"}',
        '{"PASS": "PASS", "WARN": "WARN", "INCONCLUSIVE": "WARN"}',
    ),
    Mutant(
        "a-warning-is-bad", VERDICT,
        '{"PASS": "PASS", "WARN": "WARN"}',
        '{"PASS": "PASS"}',
    ),
    Mutant(
        "a-demonstration-is-good", VERDICT,
        'if at(verdict, "demo") is not False:',
        'if at(verdict, "demo") is True:',
    ),
    Mutant(
        "what-was-only-reported-is-good", VERDICT,
        'if at(verdict, "report_only_until") is not None:',
        "if False:",
    ),
    Mutant(
        "a-verdict-for-elsewhere", VERDICT,
        'if at(verdict, "environment") != policy.environment:',
        "if False:",
    ),
    Mutant(
        "a-policy-of-the-change", VERDICT,
        'if at(verdict, "policy", "trusted") is not True:',
        'if at(verdict, "policy", "trusted") is False:',
    ),
    Mutant(
        "a-policy-of-any-name", VERDICT,
        'if names and at(verdict, "policy", "name") not in names:',
        "if False:",
    ),
    Mutant(
        "a-dirty-tree", VERDICT,
        'if at(verdict, "subject", "dirty") is not False:',
        "if False:",
    ),
    Mutant(
        "a-tree-that-nobody-knows", VERDICT,
        'if at(verdict, "subject", "dirty") is not False:',
        'if at(verdict, "subject", "dirty") is True:',
    ),
    Mutant(
        "no-scanner-is-enough", VERDICT,
        "if not isinstance(tools, list) or not tools:",
        "if not isinstance(tools, list):",
    ),
    Mutant(
        "scanners-that-are-no-list", VERDICT,
        "if not isinstance(tools, list) or not tools:",
        "if not tools:",
    ),
    Mutant(
        "a-scanner-that-no-lock-pins", VERDICT,
        'if at(one, "locked") is not True:',
        'if at(one, "locked") is False:',
    ),
    Mutant(
        "a-denied-scanner", VERDICT,
        "if any(no.name == name and",
        "if False and any(no.name == name and",
    ),
    Mutant(
        "any-version-is-denied", VERDICT,
        "no.version in (None, version)",
        "True",
    ),
    Mutant(
        "a-name-alone-denies-nothing", VERDICT,
        "no.version in (None, version)",
        "no.version == version",
    ),
    Mutant(
        "exceptions-that-are-not-in-force", VERDICT,
        'if at(one, "status") == "active"',
        "if True",
    ),
    Mutant(
        "any-issuer", SIGNERS,
        "if by.issuer != signer.issuer:",
        "if False:",
    ),
    Mutant(
        "any-identity", SIGNERS,
        "if signer.identity is not None and by.san != signer.identity:",
        "if False:",
    ),
    Mutant(
        "a-part-of-the-identity", SIGNERS,
        "re.fullmatch(",
        "re.match(",
    ),
    Mutant(
        "somewhere-in-the-identity", SIGNERS,
        "re.fullmatch(",
        "re.search(",
    ),
    Mutant(
        "any-trigger", SIGNERS,
        "if signer.build_triggers and by.build_trigger not in signer.build_triggers:",
        "if False:",
    ),
    *(
        Mutant(f"any-{name}", SIGNERS, f"        (signer.{name}, by.{name}),\n", "")
        for name in ("repository_id", "owner_id", "source_ref", "runner_environment")
    ),
    Mutant(
        "one-of-the-ids-is-enough", SIGNERS,
        "return all(wanted is None or wanted == said",
        "return any(wanted is None or wanted == said",
    ),
    Mutant(
        "what-a-certificate-does-not-say-fits", SIGNERS,
        "wanted is None or wanted == said",
        "said is None or wanted is None or wanted == said",
    ),
    Mutant(
        "any-key", SIGNERS,
        "return enough and by.fingerprint == signer.fingerprint",
        "return enough",
    ),
    Mutant(
        "a-key-without-its-log", SIGNERS,
        "            enough = logged\n",
        "            enough = True\n",
    ),
    Mutant(
        "a-key-without-its-timestamp", SIGNERS,
        "            enough = stamped\n",
        "            enough = True\n",
    ),
    Mutant(
        "a-key-with-half-of-both", SIGNERS,
        "enough = logged and stamped",
        "enough = logged or stamped",
    ),
    Mutant(
        "the-first-place-of-a-log-is-none", SIGNERS,
        "signed.log_index is not None",
        "bool(signed.log_index)",
    ),
    Mutant(
        "only-the-first-signer", SIGNERS,
        "for one in signers if",
        "for one in signers[:1] if",
    ),
    Mutant(
        "any-payload-is-a-statement", STATEMENT,
        "if payload_type != IN_TOTO:",
        "if False:",
    ),
    Mutant(
        "any-type-of-statement", STATEMENT,
        "if found.kind not in _TYPES:",
        "if False:",
    ),
    Mutant(
        "a-commit-is-an-image", STATEMENT,
        'one.digest["sha256"] for one in self.subject if "sha256" in one.digest',
        "it for one in self.subject for it in one.digest.values()",
    ),
    Mutant(
        "any-verdict-is-signed", REFUSALS,
        "            if verdict.verdict not in _SIGNED:\n",
        "            if False:\n",
    ),
    Mutant(
        "inconclusive-is-signed", REFUSALS,
        "(Decision.PASS, Decision.WARN)",
        "(Decision.PASS, Decision.WARN, Decision.INCONCLUSIVE)",
    ),
    Mutant(
        "a-warning-is-not-signed", REFUSALS,
        "(Decision.PASS, Decision.WARN)",
        "(Decision.PASS,)",
    ),
    Mutant(
        "a-hidden-breach-is-signed", REFUSALS,
        "            if verdict.report_only_until is not None:\n",
        "            if False:\n",
    ),
    Mutant(
        "anything-is-attested-as-a-failure", REFUSALS,
        "            if result_of(verdict) != claim.value:\n",
        "            if False:\n",
    ),
    Mutant(
        "a-failure-without-care", REFUSALS,
        "        *_of_verdict(stored),\n        *_of_time(stored, now, max_age),\n",
        "        *(() if claim is Claim.FAILED else _of_time(stored, now, max_age)),\n"
        "        *_of_verdict(stored),\n",
    ),
    Mutant(
        "fail-exits-as-anything-else", REFUSALS,
        "claim is Claim.PASSED and stored.verdict.verdict is Decision.FAIL",
        "False",
    ),
    Mutant(
        "a-policy-of-the-change-is-signed", REFUSALS,
        "if not verdict.policy.trusted:",
        "if False:",
    ),
    Mutant(
        "evidence-of-others-is-signed", REFUSALS,
        'if stored.run.origin != "own":',
        "if False:",
    ),
    Mutant(
        "half-a-run-is-signed", REFUSALS,
        "if stored.run.interrupted:",
        "if False:",
    ),
    Mutant(
        "a-dirty-tree-is-signed", REFUSALS,
        "        case True:\n            yield",
        "        case True if False:\n            yield",
    ),
    Mutant(
        "no-commit-is-signed", REFUSALS,
        "        case None:\n            yield",
        "        case None if False:\n            yield",
    ),
    Mutant(
        "as-of-is-signed-by-its-note", REFUSALS,
        "if any(one.name == AS_OF for one in stored.run.settings) or stored",
        "if stored",
    ),
    Mutant(
        "as-of-is-signed-by-its-instant", REFUSALS,
        " or stored.run.started != _when(at):",
        ":",
    ),
    Mutant(
        "the-future-is-signed", REFUSALS,
        "if at > now + _AHEAD:",
        "if False:",
    ),
    Mutant(
        "no-clock-is-a-moment-off", REFUSALS,
        "if at > now + _AHEAD:",
        "if at > now:",
    ),
    Mutant(
        "the-old-is-signed", REFUSALS,
        "if now - at > max_age:",
        "if False:",
    ),
    Mutant(
        "just-fresh-enough-is-old", REFUSALS,
        "if now - at > max_age:",
        "if now - at >= max_age:",
    ),
    Mutant(
        "excerpts-that-were-asked-are-signed", REFUSALS,
        "(*stored.facts.feeds, *(one for stage in stored.stages for one in stage.feeds))",
        "(*(one for stage in stored.stages for one in stage.feeds),)",
    ),
    Mutant(
        "excerpts-of-scanners-are-signed", REFUSALS,
        "(*stored.facts.feeds, *(one for stage in stored.stages for one in stage.feeds))",
        "stored.facts.feeds",
    ),
    Mutant(
        "a-demonstration-is-signed", REFUSALS,
        "if stored.verdict.demo or stored.run.demo or cut:",
        "if stored.run.demo or cut:",
    ),
    Mutant(
        "a-demonstrating-run-is-signed", REFUSALS,
        "if stored.verdict.demo or stored.run.demo or cut:",
        "if stored.verdict.demo or cut:",
    ),
    Mutant(
        "an-excerpt-that-nobody-named-is-signed", REFUSALS,
        "if stored.verdict.demo or stored.run.demo or cut:",
        "if stored.verdict.demo or stored.run.demo:",
    ),
    Mutant(
        "unlocked-tools-are-signed", REFUSALS,
        "    if loose:\n",
        "    if False:\n",
    ),
)  # fmt: skip
