"""The image stage over recorded reports: a clean one is believed only where it is borne out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import BadImage, Image
from pipeline.model.outcome import Canary
from pipeline.stages.image import stage as image
from pipeline.toolchain.command import Report
from tests.support.trivy import Asked, job, replay, verified


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return replay("image", tmp_path)


def changed(asked: Asked, change: Callable[[Any], None], label: str = "image-1") -> Asked:
    report = asked.reports[label]
    assert isinstance(report, Report)
    document = json.loads(report.data)
    change(document)
    data = json.dumps(document).encode()
    reports = {**asked.reports, label: msgspec.structs.replace(report, data=data)}
    return Asked(asked.job, reports)


def with_system(asked: Asked, **fields: Any) -> Asked:
    """Change what Penstock itself read in the layers."""
    inventory = asked.job.inventory
    (one,) = inventory.images
    assert isinstance(one, Image)
    system = msgspec.structs.replace(one.system, **fields)
    images = (msgspec.structs.replace(one, system=system),)
    inventory = msgspec.structs.replace(inventory, images=images)
    return Asked(msgspec.structs.replace(asked.job, inventory=inventory), asked.reports)


def reasons(asked: Asked) -> list[tuple[str | None, GapReason]]:
    return [(gap.target, gap.reason) for gap in asked.answer.gaps]


def only(asked: Asked, reason: GapReason) -> str:
    """Return what the one gap says, which must be about the image and leave it unanswered."""
    done, fate = asked.done
    (gap,) = done.gaps
    assert (gap.target, gap.reason) == ("oci:image1", reason)
    assert fate == {"oci:image1": reason.value}
    return gap.detail


def test_the_good_image_is_answered(asked: Asked) -> None:
    done, fate = asked.done
    assert done.gaps == ()
    assert fate == {"oci:image1": "answered"}
    assert asked.answer.canary is Canary.FOUND


def test_its_findings_name_the_image_and_the_package(asked: Asked) -> None:
    found = {(one.target, one.rule, one.package) for one in asked.answer.findings}
    assert found == {
        ("oci:image1", "CVE-2023-45853", "pkg:deb/debian/zlib1g"),
        ("oci:image1", "CVE-2023-5363", "pkg:deb/debian/libssl3"),
        ("oci:image1", "CVE-2019-10906", "pkg:pypi/jinja2"),
    }
    (jinja,) = [one for one in asked.answer.findings if one.rule == "CVE-2019-10906"]
    assert "site-packages" in jinja.message


def test_no_system_is_unsupported(asked: Asked) -> None:
    def forget(document: Any) -> None:
        document["Metadata"]["OS"] = {"Family": "none", "Name": ""}
        document["Results"] = [r for r in document["Results"] if r["Class"] != "os-pkgs"]

    gone = changed(asked, forget)
    assert {reason for _, reason in reasons(gone)} == {
        GapReason.UNSUPPORTED,
        GapReason.NO_PACKAGES,
    }
    assert gone.answer.answered == frozenset()


def test_nothing_at_all_is_no_answer(asked: Asked) -> None:
    def forget(document: Any) -> None:
        del document["Metadata"]["OS"]
        del document["Results"]

    assert changed(asked, forget).answer.answered == frozenset()


def test_no_packages_of_the_system_are_a_gap(asked: Asked) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            if result["Class"] == "os-pkgs":
                del result["Packages"]

    assert GapReason.NO_PACKAGES in {reason for _, reason in reasons(changed(asked, forget))}


def test_a_package_that_is_installed_and_not_listed_is_a_gap(asked: Asked) -> None:
    def drop(document: Any) -> None:
        for result in document["Results"]:
            result["Packages"] = [p for p in result["Packages"] if p["Name"] != "tzdata"]

    assert "tzdata" in only(changed(asked, drop), GapReason.NOT_LISTED)


def test_a_third_party_s_package_is_a_gap(asked: Asked) -> None:
    def give_away(document: Any) -> None:
        for result in document["Results"]:
            for package in result["Packages"]:
                if package["Name"] == "tzdata":
                    package["Repository"] = {"Class": "third-party"}

    assert "tzdata" in only(changed(asked, give_away), GapReason.THIRD_PARTY)


def test_a_system_whose_packages_somebody_else_made_is_a_gap(asked: Asked) -> None:
    def give_away(document: Any) -> None:
        document["Metadata"]["OS"]["Supplier"] = "rapidfort"

    assert "rapidfort" in only(changed(asked, give_away), GapReason.THIRD_PARTY)


def test_the_end_of_life_is_a_gap(asked: Asked) -> None:
    def end(document: Any) -> None:
        document["Metadata"]["OS"]["EOSL"] = True

    assert "no longer supported" in only(changed(asked, end), GapReason.UNSUPPORTED)


@pytest.mark.parametrize("field", ["DiffIDs", "ImageID"])
def test_a_report_about_another_image_is_a_mismatch(asked: Asked, field: str) -> None:
    def swap(document: Any) -> None:
        other = "sha256:" + "0" * 64
        document["Metadata"][field] = other if field == "ImageID" else [other]

    only(changed(asked, swap), GapReason.DIGEST_MISMATCH)


def test_a_release_of_which_the_database_knows_nothing_is_a_gap(asked: Asked) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            if result["Class"] == "os-pkgs":
                del result["Vulnerabilities"]

    gone = changed(asked, forget, "image-1-canary")
    assert "debian 12" in only(gone, GapReason.UNSUPPORTED)
    assert gone.answer.canary is Canary.FOUND


def test_an_ecosystem_of_which_the_database_knows_nothing_is_a_gap(asked: Asked) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            if result.get("Type") == "python-pkg":
                del result["Vulnerabilities"]

    assert "Python" in only(changed(asked, forget, "image-1-canary"), GapReason.UNSUPPORTED)


def test_an_empty_database_is_a_missed_canary(asked: Asked) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            result.pop("Vulnerabilities", None)

    answer = changed(asked, forget, "image-1-canary").answer
    assert answer.canary is Canary.MISSED


@pytest.mark.parametrize("where", ["/secrets/README.md", "/app/.git/config", "../work/image-sec"])
def test_a_planted_secret_that_is_not_found_is_a_missed_canary(asked: Asked, where: str) -> None:
    def forget(document: Any) -> None:
        kept = [one for one in document["Results"] if not one["Target"].startswith(where)]
        assert len(kept) == len(document["Results"]) - 1
        document["Results"] = kept

    assert changed(asked, forget, "image-secrets").answer.canary is Canary.MISSED


def test_nothing_of_the_planted_image_is_a_finding(asked: Asked) -> None:
    assert not [one for one in asked.answer.findings if one.kind.value == "secret"]


def test_layers_that_disagree_about_the_release_are_a_gap(asked: Asked) -> None:
    claims = ("debian 12", "debian 11")
    assert "disagree" in only(with_system(asked, claims=claims), GapReason.UNSUPPORTED)


def test_a_point_release_is_no_disagreement(asked: Asked) -> None:
    assert reasons(with_system(asked, claims=("debian 12", "debian 12.1"))) == []


def test_trivy_must_see_the_release_that_the_layers_hold(asked: Asked) -> None:
    assert "11" in only(with_system(asked, release="11", claims=()), GapReason.UNSUPPORTED)
    assert "ubuntu" in only(with_system(asked, family="ubuntu"), GapReason.UNSUPPORTED)


def test_an_image_without_report_is_a_gap_beside_those_with_one(
    asked: Asked, tmp_path: Path
) -> None:
    first = asked.job.inventory.images[0]
    assert isinstance(first, Image)
    second = msgspec.structs.replace(first, ref="oci:second")
    (tmp_path / "two").mkdir()
    both = job("image", tmp_path / "two", images=(first, second))
    failed = ToolError(GapReason.TOOL_FAILED, "it crashed")
    reports = {**asked.reports, "image-2": failed, "image-2-canary": failed}
    assert reasons(Asked(both, reports)) == [("oci:second", GapReason.TOOL_FAILED)]
    assert Asked(both, reports).answer.findings == asked.answer.findings
    with pytest.raises(ToolError, match="it crashed"):
        _ = Asked(asked.job, {"image-1": failed, "image-1-canary": failed}).answer


def test_a_bad_image_is_a_gap_and_starts_nothing(tmp_path: Path) -> None:
    bad = BadImage(ref="oci:x", reason=GapReason.AMBIGUOUS_IMAGE, detail="two manifests")
    asked = job("image", tmp_path, images=(bad,))
    assert image.commands(asked) == ()
    done, fate = Asked(asked, {}).done
    assert fate == {"oci:x": "ambiguous_image"}
    assert done.answered == 0


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"null", b"<html>502</html>"])
@pytest.mark.parametrize("label", ["image-1", "image-1-canary", "image-secrets"])
def test_junk_is_no_report(asked: Asked, junk: bytes, label: str) -> None:
    report = Report(label=label, data=junk, exit_code=0, stderr="")
    with pytest.raises(ToolError) as caught:
        _ = Asked(asked.job, {**asked.reports, label: report}).answer
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_the_scan_sees_the_private_layout_and_no_cache(asked: Asked) -> None:
    scan, canary, planted = image.commands(asked.job)
    given = dict(zip(scan.argv, scan.argv[1:], strict=False))
    (one,) = asked.job.inventory.images
    assert isinstance(one, Image)
    assert (scan.cwd / given["--input"]).resolve() == Path(one.layout).resolve()
    assert (given["--cache-backend"], given["--exit-code"]) == ("memory", "0")
    assert given["--pkg-types"] == "os,library"
    assert not scan.network
    assert given["--cache-dir"] in canary.argv
    assert {"--image-config-scanners", "--secret-config"} <= set(planted.argv)


def test_a_secret_in_a_layer_names_the_file_and_not_the_value(asked: Asked) -> None:
    def leak(document: Any) -> None:
        secret = {
            "RuleID": "github-pat",
            "Category": "GitHub",
            "Severity": "CRITICAL",
            "Title": "GitHub token",
            "StartLine": 3,
            "EndLine": 3,
            "Match": "token=****",
        }
        result = {"Target": "/app/.env", "Class": "secret", "Secrets": [secret, secret]}
        document["Results"].append(result)

    secrets = [one for one in changed(asked, leak).answer.findings if one.kind.value == "secret"]
    assert [one.target for one in secrets] == ["oci:image1"] * 2
    assert len({one.id for one in secrets}) == 2
    assert "/app/.env, line 3" in secrets[0].message


def test_what_an_sbom_in_the_image_lists_is_not_the_system_s(asked: Asked) -> None:
    def made(document: Any) -> None:
        for result in document["Results"]:
            for package in result.get("Packages", ()):
                package["AnalyzedBy"] = "sbom"

    assert (
        "oci:image1",
        GapReason.NO_PACKAGES,
    ) in reasons(changed(asked, made))


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("described", GapReason.NOT_LISTED),
        ("linked", GapReason.IGNORED_BY_TOOL),
        ("claimed", GapReason.IGNORED_BY_TOOL),
        ("of_go", GapReason.NOT_LISTED),
        ("elsewhere", GapReason.IGNORED_BY_TOOL),
    ],
)
def test_what_trivy_passes_over_is_a_gap(asked: Asked, field: str, reason: GapReason) -> None:
    assert "opt/x" in only(with_system(asked, **{field: ("opt/x",)}), reason)


@pytest.mark.parametrize("field", ["described", "unlisted", "of_go"])
def test_an_sbom_in_the_image_answers_for_no_place(asked: Asked, field: str) -> None:
    def made(document: Any) -> None:
        package = {"Name": "a", "Version": "1", "FilePath": "opt/x", "AnalyzedBy": "sbom"}
        document["Results"].append(
            {"Target": "opt/x", "Class": "lang-pkgs", "Type": "python-pkg", "Packages": [package]}
        )

    system = with_system(asked, **{field: ("opt/x",)})
    assert "opt/x" in only(changed(system, made), GapReason.NOT_LISTED)


def test_a_program_of_go_in_which_modules_were_found_is_answered(asked: Asked) -> None:
    def found(document: Any) -> None:
        package = {"Name": "stdlib", "Version": "v1.22.0", "AnalyzedBy": "gobinary"}
        document["Results"].append(
            {"Target": "opt/x", "Class": "lang-pkgs", "Type": "gobinary", "Packages": [package]}
        )

    assert reasons(changed(with_system(asked, of_go=("opt/x",)), found)) == []


def test_a_secret_of_the_configuration_names_no_path_of_this_machine(asked: Asked) -> None:
    def leak(document: Any) -> None:
        secret = {"RuleID": "github-pat", "Severity": "CRITICAL", "StartLine": 1, "EndLine": 1}
        document["Results"].append(
            {"Target": "../images/0", "Class": "secret", "Secrets": [secret]}
        )

    told = [one.message for one in changed(asked, leak).answer.findings if one.rule == "github-pat"]
    assert told == ["github-pat in its configuration, line 1"]


def test_an_image_s_environment_stays_out_of_the_bundle(asked: Asked) -> None:
    report = asked.reports["image-1"]
    assert isinstance(report, Report)
    assert b"ImageConfig" in report.data
    assert b"ImageConfig" not in image.redact(report.data)


def test_images_are_numbered_in_the_order_of_the_inventory(tmp_path: Path) -> None:
    good = verified(tmp_path)
    bad = BadImage(ref="oci:a", reason=GapReason.NOT_READ, detail="gone")
    asked = job("image", tmp_path, images=(good, bad))
    labels = [one.label for one in image.commands(asked)]
    assert labels == ["image-2", "image-2-canary", "image-secrets"]
