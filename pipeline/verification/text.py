"""What a deployer reads, and what a program does."""

from typing import Final, assert_never

import msgspec

from pipeline.verification.model import SCHEMA, Answer, CouldNotLook, Ignored, Refused, Verified

_AGAIN: Final = (
    '  This is not "unsigned".',
    "  help: look again when that is mended: the registry, its login, the network, the proxy",
    "        (HTTPS_PROXY), the authority of its certificate (SSL_CERT_FILE)",
)


def lines(answer: Answer) -> tuple[str, ...]:
    """Write an answer for people: the word first, then what it rests on."""
    match answer:
        case Verified():
            return ("VERIFIED", *_verified(answer), *_ignored(answer.ignored))
        case Refused():
            reasons = (f"  {reason}" for reason in answer.reasons)
            told = (f"  help: {answer.help}",) if answer.help else ()
            return (f"REFUSED  {answer.digest}", *reasons, *_ignored(answer.ignored), *told)
        case CouldNotLook():
            reasons = (f"  {reason}" for reason in answer.reasons)
            return (f"COULD NOT LOOK  {answer.digest}", *reasons, *_AGAIN)
        case _:
            assert_never(answer)


def document(answer: Answer) -> bytes:
    """Write an answer for programs, as penstock/verification@1."""
    body = msgspec.to_builtins(answer)
    text = msgspec.json.encode({"schema": SCHEMA, **body}, order="sorted")
    return msgspec.json.format(text, indent=1) + b"\n"


def _verified(answer: Verified) -> tuple[str, ...]:
    exceptions = ", ".join(f"{one.id} (ends {one.expires})" for one in answer.exceptions)
    # A digest behind its word is just as wide as a terminal.
    return (
        f"digest   {answer.digest}",
        f"verdict  {answer.verdict} for {answer.environment}, {answer.judged}",
        f"signer   {answer.by}",
        f"policy   {answer.policy}",
        f"         {answer.policy_digest}",
        f"evidence {answer.bundle}",
        f"attested {len(answer.predicates)} kinds of statement",
        f"exceptions in force: {exceptions or 'none'}",
    )


def _ignored(ignored: tuple[Ignored, ...]) -> tuple[str, ...]:
    if not ignored:
        return ()
    return ("  counts for nothing:", *(f"    {one.name[:19]}  {one.reason}" for one in ignored))
