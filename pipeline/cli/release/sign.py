"""`penstock sign`: sign a judged image, and attach what was judged."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli.release import making

if TYPE_CHECKING:
    from pipeline.bundle.read import Stored

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
    format: Annotated[  # noqa: A002 -- the option's name
        Literal["text", "json"], typer.Option("--format", help="text or json.")
    ] = "text",
) -> None:
    """Sign an image that was judged PASS or WARN, and attach the evidence beside it.

    Run it again after an outage: what is signed is never signed again. Exit codes: 0 signed,
    stored and listed; 1 the verdict is FAIL, which --failed attests; 3 not signed yet, with what
    is missing.
    """
    from datetime import timedelta

    from pipeline.bundle.read import read
    from pipeline.cli import options
    from pipeline.cli.app import now
    from pipeline.cli.release import signer
    from pipeline.cli.release.again import again
    from pipeline.cli.release.ending import telling
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
    signer.agree(key=key, token=token, trust=trust, fallback=fallback)
    with (
        telling(image, format) as told,
        again(),
        Http(tries=2) as http,
        Registries(environment) as registries,
    ):
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
        told.signing = Signing(
            stored.path,
            planned(made.evidence, asked, said),
            said,
            signer=who,
            shelf=RegistryShelf(repository, asked),
            now=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        )
        told.signing.finish()
        told.done(asked.resource, stored.path, who, failed=failed)
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
