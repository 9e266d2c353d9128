"""Abuse 53: a catalogue or a table of scores is cut, swapped, older, impossible, or of a new model.

Fetched by the real command from a server that was taken over, and judged by the real one.
"""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.app import answer
from pipeline.feeds import epss, kev
from pipeline.feeds.noted import NOTE
from pipeline.model.artifact import sha256_file
from tests.support.command import Bundle, penstock
from tests.support.enriching import catalogue, table
from tests.support.loopback import Loopback, Response
from tests.support.small import gate, repository

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

CVES = [f"CVE-2026-{number}" for number in range(1000, 1020)]
ASKED = """  enrichment:
    kev: {required: true, max_age_hours: 96}
    epss: {required: true, max_age_hours: 96}
"""


def stamp(**ago: float) -> str:
    when = datetime.now(UTC) - timedelta(**ago)
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def listed(*cves: str, **ago: float) -> bytes:
    return catalogue(*cves, dateReleased=stamp(**(ago or {"hours": 1})))


def scored(
    score: object = 0.5, *, model: str = "v2026.06.15", count: int = 20, hours: float = 1
) -> bytes:
    head = f"#model_version:{model},score_date:{stamp(hours=hours)}\n"
    return table({**dict.fromkeys(CVES[: count - 1], 0.1), CVES[-1]: str(score)}, head=head)


class World:
    """A repository and the feeds beside it."""

    def __init__(self, folder: Path) -> None:
        self.feeds = folder / "feeds"
        config = 'schema = "penstock/config@1"\n[feeds]\n'
        paths = "".join(f'{name} = "{self.feeds / name}"\n' for name in ("kev", "epss"))
        text = gate("workflows").replace("evidence:\n", f"evidence:\n{ASKED}")
        files = [("policies/gate.yaml", text), ("penstock.toml", config + paths)]
        self.repository = repository(folder / "repository", files=files)
        self.out = folder / "out"

    def sync(self, name: str, body: bytes) -> int:
        with Loopback(lambda _: Response(body=body)) as server:
            where = ["--mirror", f"{server.url}/f", "--to", str(self.feeds), "--progress", "none"]
            return answer(["feeds", "sync", name, *where])

    def run(self) -> Bundle:
        done = penstock("run", self.repository, "--out", self.out)
        bundle = Bundle(self.out)
        assert done.code == bundle.verdict["exit_code"]
        return bundle

    def verdict(self) -> str:
        return str(self.run().verdict["verdict"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    assert made.sync("kev", listed(*CVES, hours=3)) == 0
    assert made.sync("epss", scored(hours=3)) == 0
    return made


def test_whole_feeds_pass_and_stand_in_the_evidence_with_version_and_digest(world: World) -> None:
    bundle = world.run()
    assert bundle.verdict["verdict"] == "PASS"
    feeds = {feed["name"]: feed for feed in bundle.json("inputs/facts.json")["feeds"]}
    assert feeds["kev"]["version"] == "2026.11.25"
    assert feeds["epss"]["version"] == "v2026.06.15"
    lock = tomllib.loads((world.feeds / "feeds.lock").read_text())["feeds"]
    assert {name: feed["digest"] for name, feed in feeds.items()} == {
        name: lock[name]["digest"] for name in feeds
    }


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("kev", listed(*CVES)[:-200], "truncated"),
        ("kev", catalogue(*CVES[:15], count=20, dateReleased=stamp(hours=1)), "says 20"),
        ("kev", listed(*CVES[:15]), "has 15 records, and the one in place 20"),
        ("kev", listed(*CVES, days=2), "older than the one in place"),
        ("epss", scored()[:-20], "cannot be used"),
        ("epss", scored(count=15), "has 15 records, and the one in place 20"),
        ("epss", scored(hours=9), "older than the one in place"),
        ("epss", scored(1.7), "'1.7'"),
        ("epss", scored(-1), "'-1'"),
        ("epss", scored("nan"), "'nan'"),
    ],
    ids=[
        *("kev cut", "kev counts more", "kev smaller", "kev older"),
        *("epss cut", "epss smaller", "epss older", "1.7", "-1", "nan"),
    ],
)
def test_a_server_that_was_taken_over_replaces_nothing(
    world: World, name: str, body: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (world.feeds / name).readlink()
    assert world.sync(name, body) == 3
    told = " ".join(capsys.readouterr().err.split())
    assert f"the {name} feed" in told
    assert why in told
    assert (world.feeds / name).readlink() == before


def swap(world: World, name: str, file: str, data: bytes, *, forged: bool) -> None:
    """Write over a snapshot on disk, with a digest that fits where it is `forged`."""
    folder = world.feeds / name
    (folder / file).write_bytes(data)
    if forged:
        note = json.loads((folder / NOTE).read_bytes())
        (folder / NOTE).write_text(json.dumps({**note, "sha256": sha256_file(folder / file)}))


@pytest.mark.parametrize(
    ("name", "data", "forged"),
    [
        ("kev", listed("CVE-2014-0160"), False),
        ("kev", listed("CVE-2014-0160"), True),
        ("epss", scored(1.7), True),
        ("epss", scored(-1), True),
        ("epss", scored()[:-20], True),
    ],
    ids=["swapped", "swapped and forged", "1.7", "-1", "cut"],
)
def test_a_snapshot_that_was_swapped_on_disk_is_inconclusive(
    world: World, name: str, data: bytes, *, forged: bool
) -> None:
    swap(world, name, {"kev": kev.FILE, "epss": epss.FILE}[name], data, forged=forged)
    bundle = world.run()
    assert bundle.verdict["verdict"] == "INCONCLUSIVE"
    assert bundle.unanswered() == {(None, name, "feed_broken")}
    assert bundle.verdict["unanswered"][0]["class"] == "enrichment"


def test_an_old_catalogue_that_is_served_for_ever_is_stale(tmp_path: Path) -> None:
    made = World(tmp_path)
    assert made.sync("kev", listed(*CVES, days=40)) == 0
    assert made.sync("epss", scored()) == 0
    assert made.run().unanswered() == {(None, "kev", "feed_stale")}


def test_a_change_of_model_is_a_warning(world: World) -> None:
    assert world.sync("epss", scored(model="v2027.01.01")) == 0
    bundle = world.run()
    assert bundle.verdict["verdict"] == "WARN"
    (warning,) = bundle.verdict["warnings"]
    assert "v2026.06.15 to v2027.01.01" in warning["message"]
    assert world.sync("epss", scored(0.4, model="v2027.01.01")) == 0
    assert world.verdict() == "PASS"
