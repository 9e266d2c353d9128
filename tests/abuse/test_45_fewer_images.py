"""Abuse 45: an image is asked about no more, so that there is less to find."""

from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from tests.abuse.test_45_less_to_look_at import CI, FEWER, GONE, Place, less
from tests.failopen.images import CLEAN, FEED, database
from tests.failopen.ways import SETTINGS
from tests.support.small import WORKFLOW, gate

pytestmark = pytest.mark.tools

TWO: Final = {"one": '[[image]]\nref = "oci:one"\n', "two": '[[image]]\nref = "oci:two"\n'}


@pytest.fixture
def imaged(tmp_path: Path) -> Place:
    """Two images that are configured, and were looked at on a protected branch."""
    place = Place(tmp_path, "image", files={CI: WORKFLOW})
    for name in TWO:
        oci_image.write_layout(place.path / name, oci_image.Image(layers=(CLEAN,)))
    database(place.path / "db")
    place.made.write("penstock.toml", SETTINGS + FEED + TWO["one"] + TWO["two"])
    place.base = place.made.commit("two images")
    return place


def drop(place: Place, *names: str) -> None:
    left = "".join(text for name, text in TWO.items() if name not in names)
    place.made.write("penstock.toml", SETTINGS + FEED + left)
    place.made.commit("fewer images")


def test_an_image_that_the_last_run_on_record_looked_at_is_a_target_too(
    imaged: Place, tmp_path: Path
) -> None:
    kept = ("--env", "main", "--store", str(tmp_path / "s.sqlite"))
    assert imaged.made.run(*kept, ci=False)[1].verdict["verdict"] == "PASS"
    drop(imaged, "two")
    for _ in "once", "and again":
        _, bundle = imaged.made.run(*kept, ci=False)
        assert less(bundle) == {(FEWER, "oci:two")}
        assert bundle.verdict["verdict"] == "FAIL"


@pytest.mark.slow
def test_what_is_typed_is_held_against_what_the_last_run_was_asked(
    imaged: Place, tmp_path: Path
) -> None:
    kept = ("--env", "main", "--store", str(tmp_path / "s.sqlite"))
    imaged.made.run(*kept, ci=False)
    one, two = (f"oci:{imaged.path / name}" for name in TWO)
    _, bundle = imaged.made.run(*kept, "--image", one, "--image", two, ci=False)
    assert (less(bundle), bundle.verdict["verdict"]) == (set(), "PASS")
    for _ in range(2):
        _, bundle = imaged.made.run(*kept, "--image", two, ci=False)
        assert less(bundle) == {(FEWER, "oci:one")}


@pytest.mark.slow
def test_a_pull_request_may_type_the_image_that_it_built_in_place_of_those_configured(
    imaged: Place,
) -> None:
    _, bundle = imaged.made.run("--base", imaged.base, "--image", f"oci:{imaged.path / 'one'}")
    assert less(bundle) == set()


@pytest.mark.slow
def test_one_environment_has_images_that_others_need_not_have(
    imaged: Place, tmp_path: Path
) -> None:
    policy = gate("image", "workflows").replace(
        "image: {required: always", "image: {required: when_present"
    )
    drop(imaged, *TWO)
    imaged.made.write("policies/gate.yaml", policy)
    commit = imaged.made.commit("where there is one")
    kept = ("--store", str(tmp_path / "s.sqlite"))
    built = ("--image", f"oci:{imaged.path / 'one'}")
    main = (*kept, "--env", "main", *built)
    change = (*kept, "--base", commit, "--base-ref", "main")
    for words in (main, change, (*change, *built), main):
        done, bundle = imaged.made.run(*words, ci=False)
        assert (less(bundle), bundle.verdict["verdict"]) == (set(), "PASS"), done.out


@pytest.mark.slow
def test_a_run_in_another_environment_makes_none_of_them_forgotten(
    imaged: Place, tmp_path: Path
) -> None:
    policy = gate("image", "workflows").replace(
        "image: {required: always", "image: {required: when_present"
    )
    policy = policy.replace("  excerpts: accept\n", "")  # weekly refuses them
    drop(imaged, *TWO)
    imaged.made.write("policies/gate.yaml", policy)
    imaged.made.commit("where there is one")
    kept = ("--store", str(tmp_path / "s.sqlite"))
    built = tuple(word for name in TWO for word in ("--image", f"oci:{imaged.path / name}"))
    imaged.made.run(*kept, "--env", "main", *built, ci=False)
    _, bundle = imaged.made.run(*kept, "--env", "weekly", ci=False)
    assert less(bundle) == set()
    _, bundle = imaged.made.run(*kept, "--env", "main", *built[:2], ci=False)
    assert less(bundle) == {(FEWER, "oci:two")}


@pytest.mark.slow
def test_where_no_configuration_could_be_read_no_image_is_said_to_be_lost(
    imaged: Place, tmp_path: Path
) -> None:
    kept = ("--store", str(tmp_path / "s.sqlite"))
    imaged.made.run(*kept, "--env", "main", ci=False)
    _, bundle = imaged.made.run(*kept, "--base", "f" * 40, "--base-ref", "main", ci=False)
    assert less(bundle) == set()
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["verdict"] == "INCONCLUSIVE"


@pytest.mark.slow
def test_without_any_image_left_the_stage_is_gone(imaged: Place, tmp_path: Path) -> None:
    policy = gate("image", "workflows").replace(
        "image: {required: always", "image: {required: when_present"
    )
    imaged.made.write("policies/gate.yaml", policy)
    imaged.made.commit("where there is one")
    kept = ("--env", "main", "--store", str(tmp_path / "s.sqlite"))
    assert imaged.made.run(*kept, ci=False)[1].verdict["verdict"] == "PASS"
    drop(imaged, *TWO)
    _, bundle = imaged.made.run(*kept, ci=False)
    assert less(bundle) == {(FEWER, "oci:one"), (FEWER, "oci:two"), (GONE, "image")}
    assert ("image", "(all)", "no_targets") in bundle.unanswered()


@pytest.mark.slow
def test_a_base_that_cannot_be_read_makes_no_image_forgotten(imaged: Place, tmp_path: Path) -> None:
    kept = ("--store", str(tmp_path / "s.sqlite"), "--env", "main")
    imaged.made.run(*kept, ci=False)
    drop(imaged, "two")
    _, bundle = imaged.made.run(*kept, "--base", "f" * 40, ci=False)
    assert (None, None, "base_missing") in bundle.unanswered()
    _, bundle = imaged.made.run(*kept, ci=False)
    assert less(bundle) == {(FEWER, "oci:two")}
    assert bundle.verdict["verdict"] == "FAIL"


@pytest.mark.slow
def test_a_release_of_no_branch_is_held_against_the_one_before_it(
    imaged: Place, tmp_path: Path
) -> None:
    """What CI builds of a tag is checked out without a branch."""
    policy = gate("image").replace("  excerpts: accept\n", "")  # release refuses them
    imaged.made.write("policies/gate.yaml", policy)
    drop(imaged, *TWO)
    kept = ("--store", str(tmp_path / "s.sqlite"), "--record", "--env")
    built = tuple(word for name in TWO for word in ("--image", f"oci:{imaged.path / name}"))
    imaged.made.run(*kept, "main", *built[:2], ci=False)
    imaged.made.git("checkout", "-q", "--detach")
    imaged.made.run(*kept, "release", *built, ci=False)
    imaged.made.git("checkout", "-q", "main")
    imaged.made.run(*kept, "main", *built[:2], ci=False)
    imaged.made.git("checkout", "-q", "--detach")
    _, bundle = imaged.made.run(*kept, "release", *built[:2], ci=False)
    assert less(bundle) == {(FEWER, "oci:two")}
