"""Ways to sign what must not be signed, and to overlook what refers to an image."""

from typing import Final

from tests.mutants.mutants import Mutant

REFUSALS: Final = "../release/refusals"
VERIFYING: Final = "../release/verifying"

RELEASES: Final = (
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
    Mutant(
        "what-cannot-be-seen-is-nothing", VERIFYING,
        "except RegistryError as error:\n"
        "        return CouldNotLook(digest=digest, reasons=(error.message,))",
        "except RegistryError:\n        found = []",
    ),
    Mutant(
        "an-image-that-is-not-there", VERIFYING,
        "        repository.resolve(digest)\n",
        "",
    ),
    Mutant(
        "older-tags-are-nothing", VERIFYING,
        "        if not found:\n",
        "        if False:\n",
    ),
    Mutant(
        "what-else-is-there-is-not-told", VERIFYING,
        "signed=None, fault=one.why)",
        'signed=None, fault="")',
    ),
    Mutant(
        "only-the-first-key", VERIFYING,
        "for signer in policy.signers:\n",
        "for signer in policy.signers[:1]:\n",
    ),
    Mutant(
        "a-log-without-a-root", VERIFYING,
        'isinstance(one, KeySigner) and one.transparency == "none" for one',
        "isinstance(one, KeySigner) for one",
    ),
    Mutant(
        "a-root-that-is-none-is-none", VERIFYING,
        "if not path.is_file() and all(",
        "if all(",
    ),
    Mutant(
        "identities-where-keys-are-asked-for", VERIFYING,
        "if trust is None or not any(isinstance(s, CertificateSigner) for s in policy.signers):",
        "if False:",
    ),
    Mutant(
        "a-bundle-of-any-size", VERIFYING,
        "if len(data) > MAX_BUNDLE:",
        "if False:",
    ),
    Mutant(
        "any-number-of-signatures", VERIFYING,
        "if len(paths) > _MOST:",
        "if False:",
    ),
    Mutant(
        "only-the-uppermost-folder", VERIFYING,
        "folder.rglob(SIGNED)",
        "folder.glob(SIGNED)",
    ),
    Mutant(
        "attested-otherwise-than-it-is", VERIFYING,
        "    if wrong:\n",
        "    if False:\n",
    ),
)  # fmt: skip
