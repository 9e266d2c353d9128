"""`penstock policy diff`: what a change of policy does, in words and to runs of the past."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import options
from pipeline.errors import Exit, PenstockError, UsageError

if TYPE_CHECKING:
    from pipeline.authoring.replay import Replay
    from pipeline.config.trust import PolicyFiles
    from pipeline.policy.case import Case
    from pipeline.policy.model import Policy
    from pipeline.runner.approvals import Gathered

_METAVAR = "DIR|REV[:DIR]"


class Side:
    """One of the two policies, with the signatures beside it: both read once."""

    def __init__(self, named: str, now: datetime) -> None:
        from pipeline.config.base import repository_of
        from pipeline.policy.loading.load import load
        from pipeline.runner.approvals import gather
        from pipeline.stages import STAGES

        files = _files(named)
        self.policy: Policy = load(files.files, stages=tuple(STAGES), where=files.source)
        here = repository_of(Path.cwd())
        self._signed: Gathered = gather(self.policy, files, repository=here, now=now)

    def case(self, stored: "Case") -> "Case":
        """Return a stored case under this policy."""
        import msgspec

        from pipeline.authoring.difference import under

        return msgspec.structs.replace(
            under(stored, self.policy),
            signatures=self._signed.signatures,
            authors=self._signed.authors,
        )


def diff(
    base: Annotated[str, typer.Argument(metavar="BASE", help=f"The policy of now: {_METAVAR}.")],
    head: Annotated[str, typer.Argument(metavar="HEAD", help=f"The changed one: {_METAVAR}.")],
    *,
    bundles: Annotated[
        list[Path] | None,
        typer.Option("--bundles", metavar="DIR", help="A bundle, or a folder of them; repeatable."),
    ] = None,
    env: options.Environment = None,
    format: Annotated[  # noqa: A002 -- the option's name
        str, typer.Option("--format", metavar="text|json|markdown", help="How to show it.")
    ] = "text",
) -> None:
    """Compare two policies, and with --bundles judge stored runs by both.

    Exit code 1 where HEAD lets something through that BASE stops, 3 where a bundle could not
    be judged. Without --bundles: 1 where a change is weaker as it is written.
    """
    from pipeline.authoring.changes import changes
    from pipeline.cli.app import now
    from pipeline.cli.policy import diff_view
    from pipeline.cli.terminal import output, streams
    from pipeline.policy.model import ENVIRONMENTS

    output.quiet_stdout()
    if format not in diff_view.FORMATS:
        raise options.unknown("format", format, tuple(diff_view.FORMATS))
    if env is not None and env not in ENVIRONMENTS:
        raise options.unknown("environment", env, ENVIRONMENTS)
    at = now()
    one, other = Side(base, at), Side(head, at)
    altered = changes(one.policy, other.policy)
    replay = _replay(bundles, one, other, env) if bundles else None
    told = diff_view.Told(base=base, head=head, altered=altered, replay=replay)
    streams.say(diff_view.FORMATS[format](told), format)
    raise typer.Exit(int(_exit(told.weaker, replay)))


def _exit(weaker: bool, replay: "Replay | None") -> Exit:  # noqa: FBT001 -- one of two facts
    if replay is not None and replay.damaged:
        return Exit.INCONCLUSIVE
    return Exit.FAIL if weaker else Exit.OK


def _replay(named: list[Path], one: Side, other: Side, env: str | None) -> "Replay":
    """Judge every bundle by both policies. One that cannot be judged is listed."""
    import msgspec

    from pipeline.authoring.difference import differ
    from pipeline.authoring.replay import Replay
    from pipeline.bundle.read import read
    from pipeline.runner.again import facts_case

    replay = Replay()
    for path in _bundles(named):
        try:
            stored = read(path)
            case = facts_case(stored, one.policy)
            if env is not None:
                case = msgspec.structs.replace(case, environment=env)
            replay.add(stored.run.target, differ(one.case(case), other.case(case)))
        except PenstockError as exc:
            replay.refuse(str(path), exc.message)
    return replay


def _bundles(named: list[Path]) -> Iterator[Path]:
    """Yield the bundles: what is named, or what lies in it. Raises UsageError for none."""
    for path in named:
        if (path / "run.json").exists():
            yield path
            continue
        try:
            inside = sorted(each for each in path.iterdir() if each.is_dir())
        except OSError as exc:
            raise UsageError(
                f"--bundles {path} cannot be read: {exc.strerror}",
                hint="name what `penstock run --out` wrote, or a folder that holds such folders",
            ) from exc
        if not inside:
            raise UsageError(
                f"{path} holds no evidence bundle",
                hint="name what `penstock run --out` wrote, or a folder that holds such folders",
            )
        yield from inside


def _files(named: str) -> "PolicyFiles":
    """Read a policy: a folder wins over a revision of the same name."""
    from pipeline.config.base import BaseError, find
    from pipeline.config.trust import PolicyFiles, folder_files

    revision, _, folder = named.partition(":")
    if Path(named).exists():
        return folder_files(Path(named))
    folder = folder or "policies"
    commit = _commit(revision)
    try:
        files = find(commit, Path.cwd(), must_be_ancestor=False).folder(folder)
    except BaseError as exc:
        raise UsageError(exc.message, hint=exc.hint) from exc
    if "gate.yaml" not in files:
        raise UsageError(
            f"{folder}/gate.yaml is not in commit {commit[:12]}", hint="name it as REV:DIR"
        )
    return PolicyFiles(files=files, source=f"base:{commit}:{folder}", trusted=True)


def _commit(revision: str) -> str:
    """Resolve a revision. Names may be used here: nothing is judged for others by the answer."""
    from pipeline.config.base import repository_of
    from pipeline.toolchain.git import git

    repository = repository_of(Path.cwd())
    hint = f"name a policy folder, or a commit, branch or tag: {_METAVAR}"
    if repository is None:
        raise UsageError(f"{revision} is no folder, and here is no git repository", hint=hint)
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return git(repository, *words).decode().strip()
    except PenstockError as exc:
        raise UsageError(f"{revision} is neither a folder nor a revision", hint=hint) from exc
