from datetime import date

import pytest

from pipeline.errors import UsageError
from pipeline.policy.loading.yaml import MAX_BYTES, MAX_DEPTH, Value, read


def value_of(text: str) -> Value:
    return read(text.encode(), "gate.yaml").value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("severity: NO", "NO"),
        ("enabled: off", "off"),
        ("enabled: yes", "yes"),
        ("days: 010", 10),
        ("days: 0o10", 8),
        ("days: 0x10", 16),
        ("window: 1:30", "1:30"),
        ("expires: 31/12/2026", "31/12/2026"),
        ("expires: 2026-12-31", date(2026, 12, 31)),
        ("expires: '2026-12-31'", "2026-12-31"),
        ("expires: 2026-12-31T00:00:00+14:00", "2026-12-31T00:00:00+14:00"),
        ("leap: 2028-02-29", date(2028, 2, 29)),
        ("nothing: ~", None),
        ("nothing:", None),
        ("quoted: ''", ""),
        ("quoted: 'true'", "true"),
        ("share: 0.30", 0.3),
        ("big: 1e3", 1000.0),
        ("truth: true", True),
        ("folded: >-\n  a\n  b", "a b"),
    ],
)
def test_a_plain_scalar_means_what_the_core_schema_of_yaml_1_2_says(
    text: str, value: Value
) -> None:
    found = value_of(text)
    assert isinstance(found, dict)
    (only,) = found.values()
    assert (only, type(only)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "again"),
        ("a: {x: 1, x: 2}", "1:11", "again"),
        ("'a': 1\na: 3\n", "2:1", "again"),
        ("<<: {a: 1}", "1:1", "merge key"),
        ("a: &x 1\n", "1:4", "anchor"),
        ("&x a: 1\n", "1:1", "anchor"),
        ("a: *x\n", "1:4", "alias"),
        ("a: !!str 1", "1:4", "tag"),
        ("a: ! 1", "1:4", "tag"),
        ("a: !!python/object/apply:os.system [x]", "1:4", "tag"),
        ("!!map {a: 1}", "1:1", "tag"),
        ("a: 1\n---\nb: 2\n", "2:1", "second document"),
        ("%YAML 1.1\n---\na: yes\n", "1:1", "directives"),
        ("a: 2026-13-45", "1:4", "month must be in 1..12; write YYYY-MM-DD"),
        ("a: 2027-02-29", "1:4", "write YYYY-MM-DD, of a day that there is"),
        ("a: .nan", "1:4", "finite"),
        ("a: -.inf", "1:4", "finite"),
        ("a: 1e999", "1:4", "finite"),
        ("a:\n\tb: 1", "2:1", "cannot start any token"),
        ("a: [1,\n", "2:1", "not YAML"),
        ("a: 'x\n", "2:1", "not YAML"),
        ("1: 2", "1:1", "quotes"),
        ("true: 2", "1:1", "quotes"),
        ("? [a]\n: 1", "1:3", "a key is a word"),
        ("a: \x00", "1:4", "U+0000"),
        ("a: \x1b[2J", "1:4", "U+001B"),
        ("a: x\u202ey", "1:5", "U+202E"),
        ("a: 1\nb: x\u200by", "2:5", "U+200B"),
        ("a: x\u2066y", "1:5", "U+2066"),
        ("a: \u00ad", "1:4", "U+00AD"),
        ("a: \u3164", "1:4", "U+3164"),
        ("a: \u2028b: 1", "1:4", "U+2028"),
        ("a: \U000e0041", "1:4", "U+E0041"),
        ("\ufeffa: 1", "1:1", "U+FEFF"),
    ],
)
def test_what_means_two_things_is_refused_where_it_stands(
    text: str, place: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(text.encode(), "gate.yaml")
    assert message in caught.value.message
    assert str(caught.value.where) == f"gate.yaml:{place}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"a" * (MAX_BYTES + 1), "bytes"),
        ("a: 1".encode("utf-16"), "UTF-16"),
        ("a: 1".encode("utf-16-be"), "UTF-16"),
        ("a: 1".encode("utf-32"), "UTF-16"),
        (b"a: b\nc: \xff\n", "not UTF-8"),
        (b"[" * 40_000, "nest"),
        (b"{" * 40_000, "nest"),
        (b"- " * 30_000, "nested"),
        (b"a: [" * 12_000, "nest"),
    ],
)
def test_a_file_that_is_no_policy_at_all_is_one_clean_error(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(data, "gate.yaml")
    assert message in caught.value.message
    assert caught.value.where is not None
    assert len(caught.value.where.source) <= 200


def test_a_bad_byte_is_located() -> None:
    with pytest.raises(UsageError) as caught:
        read("ä: 1\nbö: ".encode() + b"\xff\n", "gate.yaml")
    assert str(caught.value.where) == "gate.yaml:2:5"


def test_depth_is_limited_exactly() -> None:
    read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "x")
    with pytest.raises(UsageError, match="nested more than"):
        read(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "x")


def test_tabs_and_line_ends_of_windows_are_no_fault_inside_text() -> None:
    assert value_of("a: 'x\ty'\r\nb: c # \t note\r\n") == {"a": "x\ty", "b": "c"}


def test_letters_of_other_alphabets_are_welcome_in_text() -> None:
    assert value_of("owner: Ольга, 王, José") == {"owner": "Ольга, 王, José"}


def test_places_are_kept_for_keys_and_for_items() -> None:
    document = read(b"rules:\n  - {id: A}\n  - {id: B, effect: fail}\n", "gate.yaml")
    assert str(document.where(("rules", 1))) == "gate.yaml:3:5"
    assert str(document.where(("rules", 1, "effect"))) == "gate.yaml:3:13"
    assert document.where(("rules", 1, "absent")).source == "  - {id: B, effect: fail}"
    assert str(document.where(("elsewhere",))) == "gate.yaml:1:1"
