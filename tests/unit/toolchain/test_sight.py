"""What a process is shown: what its command lists, and nothing beside it."""

from pathlib import Path

from pipeline.toolchain import sight
from pipeline.toolchain.command import Command


def test_where_a_process_stands_is_not_shown_to_it_as_a_whole(tmp_path: Path) -> None:
    for name in ("given", "read", "anothers"):
        (tmp_path / name).touch()
    command = Command(
        label="x",
        tool="x",
        argv=("/bin/true",),
        cwd=tmp_path,
        env=(),
        answers=frozenset({0}),
        inputs=((tmp_path / "given", b""),),
        reads=(tmp_path / "read", tmp_path / "gone"),
        report=tmp_path / "out" / "report",
        writes=(tmp_path / "own",),
    )

    assert set(sight.reads(command)) == {str(tmp_path / "given"), str(tmp_path / "read")}
    assert sight.writes(command, tmp_path / "home") == tuple(
        str(tmp_path / name) for name in ("home", "own", "out")
    )
