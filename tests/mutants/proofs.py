"""Ways to believe a verdict or a signer that nobody should."""

from typing import Final

from tests.mutants.mutants import Mutant

VERDICT: Final = "../verification/verdict"
DENIED: Final = "../model/denied"
SIGNERS: Final = "../verification/signers"
STATEMENT: Final = "../verification/statement"

PROOFS: Final = (
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
        "        if denied is not None:",
        "        if denied is None and denied:",
    ),
    Mutant(
        "any-version-is-denied", DENIED,
        "plain(one.tool) == wanted and _names(one, number)",
        "plain(one.tool) == wanted",
    ),
    Mutant(
        "a-name-alone-denies-nothing", DENIED,
        "return not one.versions or version in",
        "return version in",
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
)  # fmt: skip
