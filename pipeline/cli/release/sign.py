"""`penstock sign`: sign a judged image, and attach what was judged."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.release import making

if TYPE_CHECKING:
    from pipeline.bundle.read import Stored
    from pipeline.release.journal import Journal, Reached
    from pipeline.release.signing import Signing, Signs

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def sign(
    image: Annotated[
        str, typer.Argument(metavar="REF@DIGEST", help="The image, by the digest that was judged.")
    ],
    *,
    bundle: Annotated[
        Path, typer.Option("--bundle", metavar="DIR", help="What `run --out` wrote.")
    ],
    trust: Annotated[
        str | None,
        typer.Option(
            "--trust",
            metavar="FILE",
            help="Client trust configuration: which Sigstore signs. With --key: which logs it.",
        ),
    ] = None,
    token: Annotated[
        Path | None,
        typer.Option(
            "--identity-token-file", metavar="FILE", help="An OIDC token. [the CI system's]"
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="Sign with this key (passphrase: COSIGN_PASSWORD)."
        ),
    ] = None,
    fallback: Annotated[
        Path | None,
        typer.Option(
            "--fallback-key",
            metavar="FILE",
            help="Sign with this key where the log does not answer, if the policy allows it.",
        ),
    ] = None,
    max_age: Annotated[
        float | None,
        typer.Option(
            "--max-age", min=0.1, metavar="HOURS", help="How old a verdict may be. [the policy's]"
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", min=1, metavar="SECONDS", help="How long to try each statement. [120]"
        ),
    ] = None,
    verifier: making.Verifier = None,
    vex: making.Vex = False,
    failed: Annotated[
        bool,
        typer.Option(
            "--failed", help="Attest a FAIL as FAILED, for whoever verifies. Ends with 1."
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier try stopped; begin nothing.")
    ] = False,
) -> None:
    """Sign an image that was judged PASS or WARN, and attach the evidence beside it.

    Run it again after an outage: what is signed is never signed again. Exit codes: 0 signed,
    stored and listed; 1 the verdict is FAIL, which --failed attests; 3 not signed yet, with what
    is missing.
    """
    import sys
    from datetime import timedelta

    from pipeline.bundle.read import read
    from pipeline.cli import options
    from pipeline.cli.app import now
    from pipeline.cli.release import signer
    from pipeline.cli.release.again import again
    from pipeline.cli.terminal import output
    from pipeline.errors import Exit
    from pipeline.oci.registry.connect import Registries
    from pipeline.oci.registry.reference import RegistryReference
    from pipeline.release.attesting import of_failure
    from pipeline.release.image import found
    from pipeline.release.journal import planned
    from pipeline.release.refusals import Claim, refuse
    from pipeline.release.shelf import RegistryShelf
    from pipeline.release.signing import Signing
    from pipeline.runner.again import stored_policy
    from pipeline.signing.patience import Patience
    from pipeline.toolchain.http import Http

    output.quiet_stdout()
    environment, at = options.surroundings(), now()
    place = RegistryReference.parse(image)
    with again(), Http(tries=2) as http, Registries(environment) as registries:
        repository = registries.repository(place)
        if place.digest is None:
            found(repository)  # raises, and says what the tag names now
        stored = read(bundle)
        _begun(stored, resume=resume)
        claim = Claim.FAILED if failed else Claim.PASSED
        policy = stored_policy(stored)
        hours = min(policy.signed_within_hours, max_age or policy.signed_within_hours)
        refuse(stored, now=at, max_age=timedelta(hours=hours), claim=claim)
        who = signer.of(
            key=key,
            token=token,
            trust=trust,
            fallback=signer.allowed(fallback, policy),
            environment=environment,
            http=http,
            patience=None if timeout is None else Patience(whole=timeout),
        )
        asked = found(repository)
        made = making.made(
            stored, asked, policy=policy, verifier=verifier, vex=vex, environment=environment
        )
        said = (of_failure(made.attested) if failed else made.attested).statements
        signing = Signing(
            stored.path,
            planned(made.evidence, asked, said),
            said,
            signer=who,
            shelf=RegistryShelf(repository, asked),
            now=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        )
        _finish(signing)
        _told(signing.journal, stored.path, who)
    sys.stdout.write(f"{'attested as FAILED' if failed else 'signed'}: {asked.resource}\n")
    if failed:
        raise typer.Exit(Exit.FAIL)


def _begun(stored: "Stored", *, resume: bool) -> None:
    """Raise UsageError where there is nothing to resume."""
    from pipeline.errors import UsageError
    from pipeline.release import journal

    if resume and journal.read(stored.path) is None:
        raise UsageError(
            f"{stored.path} has no {journal.NAME}: its signing has not begun",
            hint="leave --resume out to begin it",
        )


def _finish(signing: "Signing") -> None:
    """Sign, and say how far it came, also where it stopped."""
    import sys

    from pipeline.errors import PenstockError

    try:
        signing.finish()
    except PenstockError:
        sys.stderr.write(_state(signing.journal.statements))
        raise
    sys.stdout.write(_state(signing.journal.statements))


def _told(journal: "Journal", bundle: Path, who: "Signs") -> None:
    """Say which statements no log knows of."""
    from pipeline.cli.terminal import output
    from pipeline.release.signers import OrKey

    if not isinstance(who, OrKey):
        return
    signed = {one.name: (bundle / f"{one.name}.sigstore.json").read_bytes()
              for one in journal.statements}  # fmt: skip
    if found := [name for name, data in signed.items() if who.unlogged(data)]:
        said = f"by --fallback-key, and in no log, since that did not answer: {', '.join(found)}"
        output.note([f"{said}; whoever verifies has to accept this key"])


def _state(reached: "tuple[Reached, ...]") -> str:
    """Tell how far each statement is, and which of them no registry has to list."""
    lines = [f"{one.state.value:<9} {one.name:<16} {one.predicate_type}" for one in reached]
    if kept := [one.name for one in reached if not one.targets]:
        lines.append(f"kept in the bundle alone: {', '.join(kept)}")
    return "".join(f"{line}\n" for line in lines)
