"""Images that are asked about no more, told by what their names keep from build to build."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from pipeline.config.load import load
from pipeline.config.settings import Flags, Settings
from pipeline.runner.images import asked, lost

DIGEST: Final = f"sha256:{'1' * 64}"
HEAD: Final = 'schema = "penstock/config@1"\n'


def settings(target: Path, *images: str) -> Settings:
    return load(
        Flags(target=target, images=images),
        environment={},
        base=None,
        now=datetime(2026, 11, 22, tzinfo=UTC),
        ci=False,
        tools_root=Path("/tools"),
        cache=Path("/cache"),
    )


def names(were: list[str], are: list[str]) -> list[str]:
    return [one.path for one in lost(were, are)]


@pytest.mark.parametrize(
    "ref",
    ["example.com/team/api:1.2", f"example.com/team/api@{DIGEST}", "example.com/team/api"],
)
def test_an_image_in_a_registry_keeps_its_name_whatever_was_built(ref: str, tmp_path: Path) -> None:
    assert asked(settings(tmp_path, ref)) == ("example.com/team/api",)


def test_one_name_of_docker_hub_is_the_same_however_short_it_is_written(tmp_path: Path) -> None:
    named = {asked(settings(tmp_path, ref)) for ref in ("nginx:1", "docker.io/library/nginx:2")}
    assert named == {("docker.io/library/nginx",)}


def test_a_reference_that_nobody_can_read_is_still_somebody_s_image(tmp_path: Path) -> None:
    assert asked(settings(tmp_path, "Not/A/Name:1")) == ("Not/A/Name",)


def test_an_image_on_disk_is_one_whether_it_is_typed_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "service").mkdir()
    text = f'{HEAD}[[image]]\nref = "oci:out/image@{DIGEST}"\n[[image]]\nref = "archive:a.tar"\n'
    (tmp_path / "service/penstock.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    written = asked(settings(tmp_path / "service"))
    assert written == ("archive:service/a.tar", "oci:service/out/image")
    typed = ("oci:service/out/../out/image", f"archive:{tmp_path}/service/a.tar")
    assert asked(settings(tmp_path / "service", *typed)) == written


def test_an_image_that_lies_elsewhere_keeps_its_whole_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert asked(settings(tmp_path / "a", f"oci:{tmp_path}/b")) == (f"oci:{tmp_path}/b",)


def test_two_images_of_one_name_are_two(tmp_path: Path) -> None:
    both = asked(settings(tmp_path, "example.com/api:1", "example.com/api:2"))
    (one,) = lost(both, asked(settings(tmp_path, "example.com/api:3")))
    assert one.path == "example.com/api"
    assert one.why == "2 images of this name were asked about, and 1 now"


def test_what_is_asked_about_no_more_is_lost_by_name() -> None:
    assert names(["a.io/x", "oci:one", "oci:two"], ["a.io/x", "oci:one"]) == ["oci:two"]
    assert names(["a.io/x", "a.io/y"], ["a.io/z", "a.io/y"]) == ["a.io/x"]
    assert names(["oci:one", "a.io/x"], []) == ["a.io/x", "oci:one"]


def test_what_comes_on_top_loses_nothing() -> None:
    assert names([], ["a.io/x"]) == []
    assert names(["a.io/x"], ["a.io/x", "oci:one"]) == []


def test_a_build_that_puts_its_images_elsewhere_loses_none_and_with_fewer_of_them_does() -> None:
    assert names(["oci:/tmp/1/a", "archive:/tmp/1/b"], ["oci:/tmp/2/a", "oci:/tmp/2/b"]) == []
    gone = names(["oci:/tmp/1/a", "oci:/tmp/1/b"], ["oci:/tmp/2/a"])
    assert gone == ["oci:/tmp/1/a", "oci:/tmp/1/b"]
    assert names(["a.io/x"], ["oci:one"]) == ["a.io/x"], "a registry's name is no place on disk"


def test_an_image_on_disk_did_not_move_to_a_registry() -> None:
    """Nor is one of a registry replaced by one that nobody asked about before."""
    assert names(["oci:out/a"], ["example.com/team/new"]) == ["oci:out/a"]
    assert names(["example.com/team/a"], ["oci:out/new"]) == ["example.com/team/a"]
    assert names(["oci:out/a", "example.com/team/a"], ["oci:out/b"]) == ["example.com/team/a"]
