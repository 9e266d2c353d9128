import os
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.inventory import listing
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Origin
from tests.unit.inventory.conftest import Lay

_ID = b"0" * 40


def test_tracked_files_and_submodules_are_told_apart() -> None:
    listed = b"".join(
        [
            b"100644 " + _ID + b" 0\tapp/a.py\0",
            b"100755 " + _ID + b" 0\trun me\n.sh\0",
            b"120000 " + _ID + b" 0\tlink\0",
            b"160000 " + _ID + b" 0\tvendor/lib\0",
            b"100644 " + _ID + b" 0\tlatin-\xe9.py\0",
        ]
    )
    tracked = listing.parse_tracked(listed)
    assert tracked.submodules == ("vendor/lib",)
    assert set(tracked.files) == {
        "app/a.py",
        "run me\n.sh",
        "link",
        os.fsdecode(b"latin-\xe9.py"),
    }


def test_a_file_in_three_merge_stages_counts_once() -> None:
    stages = b"".join(b"100644 " + _ID + b" %d\ta.py\0" % stage for stage in (1, 2, 3))
    assert listing.parse_tracked(stages).files == ("a.py",)


def test_a_name_with_a_tab_stays_whole() -> None:
    assert listing.parse_tracked(b"100644 " + _ID + b" 0\ta\tb.py\0").files == ("a\tb.py",)


def test_an_untracked_repository_is_told_from_untracked_files() -> None:
    assert listing.parse_untracked(b"new.py\0other/repo/\0") == (("new.py",), ("other/repo",))


def test_nothing_listed_is_nothing() -> None:
    assert listing.parse_tracked(b"") == listing.Tracked(files=(), submodules=())
    assert listing.parse_untracked(b"") == ((), ())


def test_every_filter_program_is_switched_off() -> None:
    configuration = b"core.bare\nfalse\0filter.lfs.clean\ngit-lfs clean\0filter.lfs.process\nx\0"
    options = listing.filters(configuration)
    assert options is not None
    settings = options[1::2]
    assert set(settings) == {
        "filter.lfs.clean=",
        "filter.lfs.smudge=",
        "filter.lfs.process=",
        "filter.lfs.required=false",
    }
    assert set(options[::2]) == {"-c"}


def test_a_filter_whose_name_no_option_can_carry_is_said() -> None:
    assert listing.filters(b"filter.a=b.clean\nrm -rf /\0") is None


def test_without_filters_no_option_is_needed() -> None:
    assert listing.filters(b"core.bare\nfalse\0") == ()


def test_the_file_system_is_listed_without_git_and_our_own_output(lay: Lay) -> None:
    root = lay(
        {
            "a.py": "",
            "sub/.git/config": "",
            "sub/b.py": "",
            ".penstock/run.json": "{}",
            "out/run.json": "{}",
            "deep/.penstock.py": "",
        }
    )
    listed = listing.take(root, (root / ".penstock", root / "out"))
    assert listed.origin is Origin.FILES
    assert listed.files == ("a.py", "deep/.penstock.py", "sub/b.py")
    assert (listed.commit, listed.tree, listed.dirty) == (None, None, None)


def test_without_git_a_folder_of_our_name_that_stays_hides_nothing(lay: Lay) -> None:
    root = lay({"a.py": "", ".penstock/run.json": "{}", ".penstock/b.py": ""})
    assert listing.take(root, (root / "out",)).files == (
        ".penstock/b.py",
        ".penstock/run.json",
        "a.py",
    )


def test_an_output_folder_that_holds_the_tree_hides_nothing(lay: Lay) -> None:
    root = lay({"a.py": ""})
    assert listing.take(root, (root, root.parent)).files == ("a.py",)


def test_links_are_listed_and_not_followed(lay: Lay) -> None:
    root = lay({"real/a.py": ""})
    (root / "loop").symlink_to(".")
    (root / "folder").symlink_to("real")
    assert listing.take(root).files == ("folder", "loop", "real/a.py")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match="cannot be listed"):
        listing.take(tmp_path / "missing")


def test_a_broken_repository_is_listed_from_the_file_system(
    lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise PenstockError("fatal: not a git repository")

    monkeypatch.setattr(listing, "git", refuse)
    root = lay({".git/HEAD": "", "a.py": ""})
    listed = listing.take(root)
    assert (listed.origin, listed.files) == (Origin.FILES, ("a.py",))


def test_what_git_says_becomes_the_listing(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "ls-files -s": b"100644 " + _ID + b" 0\ta.py\0"
        b"160000 " + _ID + b" 0\tlib\0"
        b"100644 " + _ID + b" 0\t.penstock/x.py\0",
        "ls-files -o": b"out/run.json\0nested/\0",
        "rev-parse HEAD": b"%s\n%s\n" % (b"a" * 40, b"b" * 40),
        "config -z": b"",
        "ls-files -v": b"H a.py\0H lib\0",
        "status --porcelain": b"",
    }

    def git(_: Path, *arguments: str, **__: object) -> bytes:
        return answers[" ".join(arguments[:2])]

    monkeypatch.setattr(listing, "git", git)
    root = lay({".git/HEAD": ""})
    listed = listing.take(root, (root / "out",))
    assert listed.origin is Origin.GIT
    assert listed.files == ("a.py",)
    assert (listed.commit, listed.tree, listed.dirty) == ("a" * 40, "b" * 40, False)
    assert [(one.path, one.reason) for one in listed.unread] == [
        (".penstock/x.py", GapReason.EXCLUDED),
        ("lib", GapReason.SUBMODULE),
        ("nested", GapReason.SUBMODULE),
    ]
