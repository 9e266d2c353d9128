"""Lines are followed to where they stand now, whatever a file is called there."""

import pytest

from pipeline.runner.moved import Moved

CODE = b"one\ntwo\nthree\nfour\n"
LONG = b"".join(b"statement number %d\n" % n for n in range(100))


def of(before: bytes, **now: bytes) -> Moved:
    return Moved({"a.py": before}, now, now.__getitem__)


def moved(before: bytes, **now: bytes) -> tuple[str, ...]:
    return of(before, **now).to("a.py")


def lines(data: bytes, begin: int, end: int) -> bytes:
    return b"".join(data.splitlines(keepends=True)[begin:end])


def test_a_file_is_where_at_least_half_of_its_lines_are() -> None:
    assert moved(CODE, whole=CODE, half=b"four\nother\none\n", less=b"one\nother\n") == (
        "whole",
        "half",
    )


def test_order_white_space_and_line_ends_do_not_count() -> None:
    assert moved(CODE, other=b"  four\r\n\r\n three\r\ntwo\t \r\n") == ("other",)


def test_a_file_without_a_line_is_nowhere() -> None:
    assert moved(b"\n\n", empty=b"", blank=b"\n") == ()
    assert moved(CODE) == ()


def test_a_line_that_is_there_often_counts_once() -> None:
    assert moved(CODE, often=b"one\n" * 9) == ()


def test_lines_that_stand_only_where_nobody_asks_are_hidden() -> None:
    one = of(CODE, whole=CODE, decoy=b"one\ntwo\n")
    assert one.hidden("a.py", {"decoy"}, gone=True) == ("whole",)
    assert one.hidden("a.py", {"decoy", "whole"}, gone=True) == ()
    assert one.hidden("a.py", {"whole"}, gone=True) == ()


def test_of_a_file_that_is_gone_no_decoy_is_large_enough() -> None:
    one = of(CODE, whole=CODE, decoy=b"one\ntwo\nthree\n")
    assert one.hidden("a.py", {"decoy"}, gone=True) == ("whole",)
    assert one.hidden("a.py", {"decoy"}, gone=False) == ()


def test_what_is_gone_altogether_is_not_hidden() -> None:
    assert of(CODE, decoy=b"one\ntwo\n").hidden("a.py", {"decoy"}, gone=True) == ()


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_is_cut_in_three_is_hidden(gone: bool) -> None:  # noqa: FBT001 -- a parameter
    one = of(LONG, a=lines(LONG, 0, 34), b=lines(LONG, 34, 67), c=lines(LONG, 67, 100))
    assert one.to("a.py") == ()
    assert one.hidden("a.py", set(), gone=gone) == ("a", "b", "c")
    assert one.hidden("a.py", {"a", "b", "c"}, gone=gone) == ()


def test_half_of_what_stays_is_hidden_and_so_are_many_lines_of_it() -> None:
    short = of(CODE, **{"a.py": b"one\ntwo\n", "a.txt": b"three\nfour\n"})
    assert short.hidden("a.py", {"a.py"}, gone=False) == ("a.txt",)
    many = of(LONG, **{"a.py": lines(LONG, 20, 100), "a.txt": lines(LONG, 0, 20)})
    assert many.hidden("a.py", {"a.py"}, gone=False) == ("a.txt",)
    few = of(LONG, **{"a.py": lines(LONG, 19, 100), "a.txt": lines(LONG, 0, 19)})
    assert few.hidden("a.py", {"a.py"}, gone=False) == ()


def test_a_copy_of_what_stays_hides_nothing() -> None:
    assert of(LONG, **{"a.py": LONG, "a.txt": LONG}).hidden("a.py", {"a.py"}, gone=False) == ()


def test_a_file_is_kept_where_half_of_it_is_seen_in_however_many_pieces() -> None:
    one = of(LONG, a=lines(LONG, 0, 30), b=lines(LONG, 30, 50))
    assert one.kept("a.py", {"a", "b"})
    assert not one.kept("a.py", {"a"})
    assert not of(LONG).kept("a.py", {"a"})


def test_lines_are_lost_that_stand_where_nobody_looks() -> None:
    one = of(CODE, seen=b"one\ntwo\n", other=b"two\nthree\n")
    assert one.lost("a.py", {"seen"}) == {b"three"}
    assert one.places([b"three", b"two"]) == ("other", "seen")
