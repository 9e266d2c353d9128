"""Lines are followed to where they stand now, whatever a file is called there."""

from pipeline.runner.moved import Moved

CODE = b"one\ntwo\nthree\nfour\n"


def moved(before: bytes, **now: bytes) -> tuple[str, ...]:
    return Moved({"a.py": before}, now, now.__getitem__).to("a.py")


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


def test_lines_that_stand_only_where_nobody_asks_are_left_out() -> None:
    now = {"whole": CODE, "decoy": b"one\ntwo\n"}
    one = Moved({"a.py": CODE}, now, now.__getitem__)
    assert one.left_out("a.py", {"decoy"})
    assert not one.left_out("a.py", {"decoy", "whole"})
    assert not one.left_out("a.py", {"whole"})


def test_what_is_gone_altogether_is_not_left_out() -> None:
    now = {"decoy": b"one\ntwo\n"}
    assert not Moved({"a.py": CODE}, now, now.__getitem__).left_out("a.py", {"decoy"})
