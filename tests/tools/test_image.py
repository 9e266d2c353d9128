"""The image stage with the real Trivy: each way of being silently clean, made and caught."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry, Layer
from examples.support.oci_image import Image as Built
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Image
from pipeline.model.outcome import Canary
from pipeline.oci.image import open_image
from tests.support.trivy import (
    DEBIAN,
    LIBRARIES,
    SOURCES,
    TOKEN,
    Asked,
    ask,
    database,
    good_image,
    job,
    real,
    replay,
    rootfs,
    verified,
)

pytestmark = pytest.mark.tools


def scanned(folder: Path, *layers: Layer, sources: tuple[object, ...] = SOURCES) -> Asked:
    """Build an image of these layers and scan it as a run does."""
    folder.mkdir(exist_ok=True)
    image = verified(folder, Built(layers=layers or good_image().layers))
    chosen = [source for source in SOURCES if source in sources]
    feed = database(folder / "feed", chosen)
    asked = job("image", folder, images=(image,), tool=real(), feed=feed)
    return ask(asked, folder / "private")


def reasons(asked: Asked) -> set[GapReason]:
    assert asked.answer.answered == frozenset()
    return {gap.reason for gap in asked.answer.gaps}


def test_a_good_image_gives_what_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    now, then = scanned(tmp_path / "now"), replay("image", tmp_path / "again")
    assert {one.rule for one in now.answer.findings} == {one.rule for one in then.answer.findings}
    assert now.done[0].gaps == ()
    assert now.answer.canary is Canary.FOUND


def test_a_clean_image_has_no_findings_and_no_gaps(tmp_path: Path) -> None:
    asked = scanned(tmp_path, rootfs(Deb("tzdata", "2024a-0+deb12u1")))
    assert (asked.answer.findings, asked.answer.gaps) == ((), ())
    assert asked.done[0].answered == 1


def test_an_archive_of_docker_is_scanned(tmp_path: Path) -> None:
    oci_image.write_docker_archive(tmp_path / "saved.tar", good_image())
    (tmp_path / "images").mkdir()
    image = open_image("archive:saved.tar", home=tmp_path, private=tmp_path / "images")
    assert isinstance(image, Image)
    feed = database(tmp_path / "feed")
    asked = job("image", tmp_path, images=(image,), tool=real(), feed=feed)
    done = ask(asked, tmp_path / "private")
    assert done.done[0].gaps == ()
    assert len(done.answer.findings) == 3


def test_no_os_release_is_a_gap(tmp_path: Path) -> None:
    layer = {path: entry for path, entry in rootfs().items() if "release" not in path}
    layer.pop("etc/debian_version")
    assert GapReason.UNSUPPORTED in reasons(scanned(tmp_path, layer))


def test_an_image_of_one_file_is_a_gap(tmp_path: Path) -> None:
    assert GapReason.UNSUPPORTED in reasons(scanned(tmp_path, {"app": Entry(b"hello\n")}))


def test_a_package_database_that_an_upper_layer_deletes_is_a_gap(tmp_path: Path) -> None:
    gone = {"var/lib/.wh.dpkg": Entry(b"")}
    assert reasons(scanned(tmp_path, rootfs(), gone)) == {GapReason.NO_PACKAGES}


def test_a_release_that_the_database_does_not_know_is_a_gap(tmp_path: Path) -> None:
    assert reasons(scanned(tmp_path, rootfs(release="99"))) == {GapReason.UNSUPPORTED}


def test_an_upper_layer_that_calls_the_system_another_is_a_gap(tmp_path: Path) -> None:
    asked = scanned(tmp_path, rootfs(), oci_image.os_release("debian", "13"))
    assert any("disagree" in gap.detail for gap in asked.answer.gaps)


def test_a_release_at_its_end_of_life_is_a_gap(tmp_path: Path) -> None:
    bullseye = dataclasses.replace(DEBIAN, bucket="debian 9")
    image = verified(tmp_path, Built(layers=(rootfs(release="9"),)))
    feed = database(tmp_path / "feed", (*SOURCES, bullseye))
    asked = ask(job("image", tmp_path, images=(image,), tool=real(), feed=feed), tmp_path / "p")
    (gap,) = asked.answer.gaps
    assert "no longer supported" in gap.detail


def test_a_package_whose_version_trivy_cannot_read_is_a_gap(tmp_path: Path) -> None:
    asked = scanned(tmp_path, rootfs(*LIBRARIES, Deb("odd", "not a version!")))
    assert reasons(asked) == {GapReason.NOT_LISTED}
    assert "odd" in asked.answer.gaps[0].detail


def test_a_maintainer_for_whom_trivy_says_nothing_is_a_gap(tmp_path: Path) -> None:
    theirs = Deb("zlib1g", "1:1.2.13.dfsg-1", source="zlib", maintainer="D <support@docker.com>")
    asked = scanned(tmp_path, rootfs(theirs, Deb("tzdata", "1")))
    assert GapReason.THIRD_PARTY in reasons(asked)


def test_an_empty_database_is_a_missed_canary(tmp_path: Path) -> None:
    asked = scanned(tmp_path, sources=())
    assert asked.answer.canary is Canary.MISSED
    assert GapReason.CANARY_MISSED in {gap.reason for gap in asked.done[0].gaps}


def test_a_database_without_python_is_a_gap_for_an_image_with_python(tmp_path: Path) -> None:
    asked = scanned(tmp_path, sources=(DEBIAN,))
    assert reasons(asked) == {GapReason.UNSUPPORTED}
    assert "Python" in asked.answer.gaps[0].detail


@pytest.mark.parametrize("damage", ["truncated", "garbage", "gone", "other schema"])
def test_a_broken_database_fails_the_stage(tmp_path: Path, damage: str) -> None:
    image = verified(tmp_path)
    feed = database(tmp_path / "feed")
    path = tmp_path / "feed" / "db" / "trivy.db"
    match damage:
        case "truncated":
            path.write_bytes(path.read_bytes()[:5000])
        case "garbage":
            path.write_bytes(b"\xff" * path.stat().st_size)
        case "gone":
            path.unlink()
        case _:
            metadata = tmp_path / "feed" / "db" / "metadata.json"
            metadata.write_text(metadata.read_text().replace('"Version":2', '"Version":3'))
    asked = ask(job("image", tmp_path, images=(image,), tool=real(), feed=feed), tmp_path / "p")
    with pytest.raises(ToolError) as caught:
        _ = asked.answer
    assert caught.value.reason in {GapReason.TOOL_FAILED, GapReason.TOOL_OUTPUT}


def test_what_was_verified_is_what_is_scanned(tmp_path: Path) -> None:
    """Trivy itself checks no digest: changed after verification, the report is another image's."""
    image = verified(tmp_path)
    clean = verified(tmp_path, Built(layers=(rootfs(Deb("tzdata", "1")),)))
    mixed = msgspec.structs.replace(image, layout=clean.layout)
    feed = database(tmp_path / "feed")
    asked = ask(job("image", tmp_path, images=(mixed,), tool=real(), feed=feed), tmp_path / "p")
    assert GapReason.DIGEST_MISMATCH in reasons(asked)


def test_a_secret_in_an_image_is_found_and_not_told(tmp_path: Path) -> None:
    layer = rootfs() | oci_image.text("app/settings.ini", f"token = {TOKEN}\n")
    asked = scanned(tmp_path, layer)
    secrets = [one for one in asked.answer.findings if one.kind.value == "secret"]
    assert [one.rule for one in secrets] == ["github-pat"]
    assert TOKEN.encode() not in msgspec.json.encode(asked.answer)


def test_no_name_in_an_image_hides_a_secret_from_its_scanner(tmp_path: Path) -> None:
    """Trivy passes over a file that is called like the file of its own settings."""
    secret = Entry(f"token: {TOKEN}\n".encode())
    names = ("trivy-image-secrets.yaml", "trivy-secrets.yaml", "trivy-empty.yaml", "trivy.yaml")
    asked = scanned(tmp_path, rootfs() | dict.fromkeys(names, secret))
    found = [one.message for one in asked.answer.findings if one.rule == "github-pat"]
    assert [sum(f"/{name}," in told for told in found) for name in names] == [1, 1, 1, 1]


def test_neither_the_image_nor_the_environment_steers_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVY_SEVERITY", "LOW")
    monkeypatch.setenv("TRIVY_SCANNERS", "secret")
    monkeypatch.setenv("TRIVY_SERVER", "http://127.0.0.1:9")
    quiet = oci_image.text(".trivyignore", "CVE-2023-45853\n") | oci_image.text(
        "trivy.yaml", "severity: [LOW]\n"
    )
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "trivy.yaml").write_text("severity: [LOW]\n")
    (tmp_path / "work" / ".trivyignore").write_text("CVE-2023-45853\n")
    (tmp_path / "work" / "trivy-secret.yaml").write_text("disable-rules: [github-pat]\n")
    asked = scanned(tmp_path, good_image().layers[0] | quiet)
    assert {one.rule for one in asked.answer.findings} == {
        "CVE-2023-45853",
        "CVE-2023-5363",
        "CVE-2019-10906",
    }


def test_the_database_is_read_and_never_written(tmp_path: Path) -> None:
    asked = scanned(tmp_path)
    assert asked.done[0].gaps == ()
    found = {path.name for path in (tmp_path / "feed").rglob("*")}
    assert found == {"db", "trivy.db", "metadata.json"}
