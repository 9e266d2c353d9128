"""A bundle is read at once or piece by piece: never with two opinions on the same bytes."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle.lengthy import lines_of
from pipeline.bundle.place import place
from pipeline.bundle.read import BundleError, read
from pipeline.model.artifact import sha256_of
from pipeline.model.finding import Finding
from tests.unit.bundle.test_hostile import relisted
from tests.unit.bundle.test_round_trip import files

Reading = tuple[str, Any, Any, Any]
REFUSED: Final = (BundleError, msgspec.DecodeError, ValueError)
JUNK: Final = (b"", b"null", b"[]", b"{}", b"0", b'"x"', b"NaN", b"\xff", b"{", b" ", b"\r", b"\0")


def at_once(bundle: Path) -> Reading:
    try:
        stored = read(bundle)
    except REFUSED:
        return "refused", None, None, None
    bare = msgspec.structs.replace(stored.verdict, breaches=(), warnings=())
    return "read", stored.findings, bare, stored.stages


def in_pieces(bundle: Path) -> Reading:
    try:
        stored = read(bundle, short=True)
        found = [
            msgspec.convert(one, Finding, from_attributes=True)
            for one in lines_of(bundle / "findings.ndjson")
        ]
    except REFUSED:
        return "refused", None, None, None
    bare = msgspec.structs.replace(stored.verdict, breaches=(), warnings=())
    return "read", tuple(found), bare, stored.stages


def agreed(bundle: Path) -> str:
    one, other = at_once(bundle), in_pieces(bundle)
    assert one == other
    return one[0]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("readers") / "out"
    place(out, files())
    return out


WHOLE: Final = files()
assert WHOLE["findings.ndjson"].count(b"\n") > 1
assert b' "breaches": [\n' in WHOLE["verdict.json"]


def lines(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Write the findings again, each changed."""
    found = [json.loads(line) for line in WHOLE["findings.ndjson"].splitlines()]
    for one in found:
        change(one)
    return b"".join(json.dumps(one, sort_keys=True).encode() + b"\n" for one in found)


def test_both_read_what_was_written(bundle: Path) -> None:
    assert agreed(bundle) == "read"


def test_both_read_over_white_space_in_a_line(bundle: Path) -> None:
    relisted(bundle, "findings.ndjson", WHOLE["findings.ndjson"].replace(b",", b",\r"))
    try:
        assert agreed(bundle) == "read"
    finally:
        relisted(bundle, "findings.ndjson", WHOLE["findings.ndjson"])


@pytest.mark.parametrize(
    "data",
    [
        lines(lambda one: one.pop("schema")),
        lines(lambda one: one.update(schema="penstock/finding@2")),
        lines(lambda one: one.update(schema=None)),
        lines(lambda one: one.update(id=f"z{one['id'][1:]}")),
        lines(lambda one: one.update(id=one["id"].upper() + "A")),
        lines(lambda one: one.update(id=one["id"] + "\n")),
        lines(lambda one: one.update(id="")),
        lines(lambda one: one.update(id="0" * 32)),
        lines(lambda one: one.pop("severity")),
        b"".join(sorted(WHOLE["findings.ndjson"].splitlines(keepends=True), reverse=True)),
        WHOLE["findings.ndjson"] + WHOLE["findings.ndjson"].splitlines(keepends=True)[-1],
        WHOLE["findings.ndjson"] + b"\n",
    ],
)
def test_both_refuse_findings_that_no_run_wrote(data: bytes, bundle: Path) -> None:
    relisted(bundle, "findings.ndjson", data)
    try:
        assert agreed(bundle) == "refused"
    finally:
        relisted(bundle, "findings.ndjson", WHOLE["findings.ndjson"])


def verdict(change: Callable[[dict[str, Any]], object], **how: Any) -> bytes:
    document = json.loads(WHOLE["verdict.json"])
    change(document)
    return json.dumps(document, **{"indent": 1, **how}).encode() + b"\n"


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (verdict(lambda _: None), "read"),
        (verdict(lambda _: None, indent=None), "read"),
        (verdict(lambda _: None, indent=3), "read"),
        (verdict(lambda one: one.update(breaches=[])), "read"),
        (verdict(lambda one: one.update(breaches=[1])), "refused"),
        (verdict(lambda one: one["breaches"].append({"rule": "R"})), "refused"),
        (verdict(lambda one: one["breaches"].append("]")), "refused"),
        (WHOLE["verdict.json"].replace(b' "breaches": [\n', b' "breaches": [\n]\n'), "refused"),
        (WHOLE["verdict.json"].replace(b' "breaches": [\n', b' "breaches": [\n ]\n'), "refused"),
        (WHOLE["verdict.json"].replace(b' "breaches": [\n', b' "breaches": [\n,\n'), "refused"),
        (WHOLE["verdict.json"].replace(b"  }\n ]", b"  },\n ]"), "refused"),
        (WHOLE["verdict.json"].partition(b"\n ]")[0], "refused"),
    ],
)
def test_of_a_verdict_both_read_the_same(data: bytes, answer: str, bundle: Path) -> None:
    relisted(bundle, "verdict.json", data)
    try:
        assert agreed(bundle) == answer
    finally:
        relisted(bundle, "verdict.json", WHOLE["verdict.json"])


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["findings.ndjson", "verdict.json", "coverage.json"]),
    seed=st.integers(0, 1 << 32),
    junk=st.sampled_from(JUNK) | st.binary(max_size=3),
    steps=st.integers(1, 3),
)
def test_whatever_is_done_to_a_file_both_say_the_same_of_it(
    name: str, seed: int, junk: bytes, steps: int, bundle: Path
) -> None:
    data = WHOLE[name]
    chance = random.Random(seed)
    for _ in range(steps):
        parts = data.splitlines(keepends=True) or [b"\n"]
        at = chance.randrange(len(parts))
        match chance.randrange(5):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, chance.choice(parts))
            case 2:
                parts.insert(at, junk + b"\n")
            case 3:
                cut = chance.randrange(len(parts[at]) + 1)
                parts[at] = parts[at][:cut] + junk + parts[at][cut:]
            case _:
                chance.shuffle(parts)
        data = b"".join(parts)
    relisted(bundle, name, data)
    try:
        agreed(bundle)
    finally:
        relisted(bundle, name, WHOLE[name])
    assert sha256_of(WHOLE[name]) in (bundle / "run.json").read_text()


@pytest.mark.parametrize(
    "said", [{"path": ""}, {"sha256": ""}, {"sha256": "sha256:"}, {"version": ""}, {"name": ""}]
)
def test_a_locked_tool_says_where_it_was_and_which(said: dict[str, str], bundle: Path) -> None:
    document = json.loads(WHOLE["coverage.json"])
    whole = {"name": "t", "locked": True, "path": "/t", "sha256": "0" * 64, "version": "1"}
    try:
        for told, answer in ((whole, "read"), ({**whole, **said}, "refused")):
            document["stages"][0]["tools"] = [told]
            relisted(bundle, "coverage.json", json.dumps(document).encode())
            assert agreed(bundle) == answer
    finally:
        relisted(bundle, "coverage.json", WHOLE["coverage.json"])
