"""`penstock policy test`: run the policy's tests, and ask whether they would see it weakened."""

from typing import Annotated

import typer

from pipeline.cli import options
from pipeline.cli.policy.folders import Folder
from pipeline.errors import Exit


def prove(
    folder: Folder = None,
    *,
    mutate: Annotated[
        bool,
        typer.Option(
            "--mutate", help="Weaken the policy in every way: some test must go red each time."
        ),
    ] = False,
    only: Annotated[
        str, typer.Option("-k", metavar="TEXT", help="Only cases whose name or file holds this.")
    ] = "",
    format: Annotated[  # noqa: A002 -- the option's name
        list[str] | None,
        typer.Option("--format", metavar="F[=FILE]", help="text, json, junit; repeatable."),
    ] = None,
) -> None:
    """Judge every case of DIR/tests/*_test.yaml as a run would. Exit code 1 where one is red."""
    import msgspec

    from pipeline.authoring.cases import read_suites
    from pipeline.authoring.mutate import survivors
    from pipeline.authoring.tested import report
    from pipeline.authoring.trial import run
    from pipeline.cli.app import now
    from pipeline.cli.policy import folders, test_view
    from pipeline.cli.terminal import output
    from pipeline.errors import UsageError, Where

    output.quiet_stdout()
    environment = options.surroundings()
    wanted = output.read_formats(format, tuple(test_view.FORMATS))
    draft = folders.read(folder, environment=environment, now=now())
    suites = read_suites(draft.files.files, where=draft.where, stages=draft.stages)
    if not suites:
        raise UsageError(
            f"there are no tests in {draft.where}/tests",
            hint="tests are called NAME_test.yaml; `penstock policy init` writes some",
            where=Where(f"{draft.where}/tests"),
        )
    if mutate and only:
        raise UsageError("--mutate needs every test", hint="leave -k out")
    told = report(draft.policy, run(suites, draft.policy, only=only))
    if not told.cases:
        raise UsageError(f"no case is called {only!r}", hint="leave -k out to see all names")
    told = msgspec.structs.replace(told, asked=mutate, partial=bool(only))
    if mutate and told.green:
        tried, left = survivors(suites, draft.policy)
        told = msgspec.structs.replace(told, mutants=tried, survivors=left)
    for one in wanted:
        output.put(test_view.FORMATS[one.name](told), one.file, one.name)
    raise typer.Exit(int(Exit.OK if told.green else Exit.FAIL))
