"""`penstock exception`: draft, list, approve, renew, prune and verify exceptions."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from pipeline.cli import options
from pipeline.cli.exception.vex import export

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Draft, list, approve, renew, prune and verify exceptions.",
)

Bundle: TypeAlias = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="DIR", help="The evidence to hold them against."),
]
Format: TypeAlias = Annotated[
    str, typer.Option("--format", metavar="text|json", help="How to show it.")
]
Expires: TypeAlias = Annotated[
    str | None,
    typer.Option("--expires", metavar="DAY", help="It stops applying at 00:00 UTC of this day."),
]
Days: TypeAlias = Annotated[
    int | None, typer.Option("--days", min=1, metavar="N", help="Or so many days from today.")
]
Reason: TypeAlias = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why it has to be so.")
]
ReasonFile: TypeAlias = Annotated[
    str | None,
    typer.Option("--reason-file", metavar="FILE", help="Read the reason here; - is the input."),
]
Ticket: TypeAlias = Annotated[
    str | None, typer.Option("--ticket", metavar="TICKET", help="Where the fix is tracked.")
]
Owner: TypeAlias = Annotated[
    str | None, typer.Option("--owner", metavar="E-MAIL", help="Who is accountable for the fix.")
]
Requester: TypeAlias = Annotated[
    str | None,
    typer.Option("--requester", metavar="E-MAIL", help="Who asks for it, and may not approve it."),
]


@app.command("new", short_help="Draft an exception for FINDING from the evidence.")
def new(
    finding: Annotated[
        str | None,
        typer.Argument(metavar="[FINDING]", help="Its id, the first digits of it, or a CVE."),
    ] = None,
    *,
    bundle: Annotated[
        Path, typer.Option("--bundle", metavar="DIR", help="The evidence that holds the finding.")
    ] = Path(".penstock"),
    purl: Annotated[
        str | None,
        typer.Option("--purl", metavar="PURL", help="In which package, where a CVE is named."),
    ] = None,
    vulnerability: Annotated[
        str | None,
        typer.Option("--vulnerability", metavar="ID", help="Which CVE of several to except."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="ID", help="Except from this rule (all failing); repeat."),
    ] = None,
    owner: Owner = None,
    requester: Requester = None,
    ticket: Ticket = None,
    reason: Reason = None,
    reason_file: ReasonFile = None,
    expires: Expires = None,
    days: Days = None,
    not_before: Annotated[
        str | None, typer.Option("--not-before", metavar="DAY", help="It begins on this day.")
    ] = None,
    type: Annotated[  # noqa: A002 -- the option's name
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="risk_acceptance, false_positive, not_affected, mitigated.",
        ),
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option("--env", metavar="ENV", help="Only in this environment (all); repeat."),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="GLOB", help="Only at these paths; repeat."),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option("--control", metavar="TEXT", help="A compensating control; repeat."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="Note this file's sha256 as evidence."),
    ] = None,
    justification: Annotated[
        str | None,
        typer.Option("--justification", metavar="WORD", help="Why it is not_affected (OpenVEX)."),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option("--action", metavar="TEXT", help="What others are told to do about it."),
    ] = None,
    from_vex: Annotated[
        Path | None,
        typer.Option("--from-vex", metavar="FILE", help="Draft what an OpenVEX file proposes."),
    ] = None,
    policy: options.PolicyFolder = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write it (POLICY/exceptions)."),
    ] = None,
) -> None:
    """Write an exception for FINDING, and show what it would do once it is approved.

    What the evidence tells is filled in; what only people know is asked for on a terminal, and
    is an option elsewhere. What the policy forbids is refused before anything is written.
    """
    from pipeline.cli.exception import new

    new.run(
        new.Asked(
            finding=finding,
            bundle=bundle,
            purl=purl,
            vulnerability=vulnerability,
            rules=tuple(rule or ()),
            owner=owner,
            requester=requester,
            ticket=ticket,
            reason=reason,
            reason_file=reason_file,
            expires=expires,
            days=days,
            not_before=not_before,
            type=type,
            environments=tuple(env or ()),
            paths=tuple(path or ()),
            controls=tuple(control or ()),
            evidence=evidence,
            justification=justification,
            action=action,
            from_vex=from_vex,
            policy=policy,
            out=out,
        )
    )


app.command("export")(export)


@app.command("list", short_help="Show every exception, and how many count.")
def list_(
    *,
    policy: options.PolicyFolder = None,
    bundle: Bundle = None,
    format: Annotated[  # noqa: A002 -- the option's name
        str, typer.Option("--format", metavar="text|json|csv", help="How to show it.")
    ] = "text",
) -> None:
    """Show every exception, those that end first in front, and how many count."""
    from pipeline.cli.exception import listing

    listing.show(policy, bundle, format)


@app.command("approve", short_help="Sign an exception, having shown all of it.")
def approve(
    exception: Annotated[str, typer.Argument(metavar="EX-…", help="The exception's id.")],
    *,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="PATH", help="Your SSH key; its .pub where an agent holds it (~/.ssh)."
        ),
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option("--principal", metavar="NAME", help="Your name in allowed_signers."),
    ] = None,
    bundle: Bundle = None,
    policy: options.PolicyFolder = None,
    yes: Annotated[bool, typer.Option("--yes", help="You have read it; do not ask.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a signature that does not count.")
    ] = False,
) -> None:
    """Sign an exception, having shown the whole of it and what it would except.

    Refused before anything is signed: by its requester or its author, without a role that every
    rule accepts, with a key that is revoked or that allowed_signers does not list.
    """
    from pipeline.cli.exception import approve

    approve.run(
        approve.Asked(
            id=exception,
            key=key,
            principal=principal,
            bundle=bundle,
            policy=policy,
            yes=yes,
            replace=replace,
        )
    )


@app.command("verify", short_help="Check each file, its signatures and the signers' roles.")
def verify(
    exceptions: Annotated[
        list[str] | None, typer.Argument(metavar="[EX-…]...", help="Only these (all).")
    ] = None,
    *,
    policy: options.PolicyFolder = None,
    bundle: Bundle = None,
    format: Format = "text",  # noqa: A002 -- the option's name
) -> None:
    """Check each file: its shape, the terms of the policy, its signatures, the signers' roles.

    Exit codes: 0 all are good, 1 some are not, 2 usage.
    """
    from pipeline.cli.exception import listing

    raise typer.Exit(listing.verify(policy, bundle, tuple(exceptions or ()), format))


@app.command("renew", short_help="Write a successor with a new end and a new reason.")
def renew(
    exception: Annotated[str, typer.Argument(metavar="EX-…", help="The exception's id.")],
    *,
    expires: Expires = None,
    days: Days = None,
    reason: Reason = None,
    reason_file: ReasonFile = None,
    ticket: Ticket = None,
    owner: Owner = None,
    requester: Requester = None,
    bundle: Bundle = None,
    policy: options.PolicyFolder = None,
) -> None:
    """Write a successor with a new end and a new reason; it needs approvals of its own.

    The old file stays, with its comments copied. How often the target was excepted before is
    shown, and counted by the gate whatever the files are called.
    """
    from pipeline.cli.exception import renew

    renew.run(
        renew.Asked(
            id=exception,
            expires=expires,
            days=days,
            reason=reason,
            reason_file=reason_file,
            ticket=ticket,
            owner=owner,
            requester=requester,
            bundle=bundle,
            policy=policy,
        )
    )


@app.command("prune", short_help="List, or remove, exceptions of no more use.")
def prune(
    *,
    bundle: Annotated[
        list[Path] | None,
        typer.Option("--bundle", metavar="DIR", help="Evidence to hold them against; repeat."),
    ] = None,
    policy: options.PolicyFolder = None,
    apply: Annotated[bool, typer.Option("--apply", help="Remove them, signatures too.")] = False,
) -> None:
    """List exceptions that are expired, void, superseded or unused; remove them with --apply.

    Void and unused can only be said by evidence: unused, where every stage answered that could
    have found something. Files with edits that are not committed are never removed.
    """
    from pipeline.cli.exception import prune

    prune.run(policy, tuple(bundle or ()), apply=apply)
