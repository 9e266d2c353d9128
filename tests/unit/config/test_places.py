"""Where the words of flags, environment and file lead to."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import outside, trust
from pipeline.config.settings import Settings
from pipeline.errors import UsageError
from pipeline.model.gap import GapReason
from tests.unit.config.test_load import HEAD, origin, policy, settings


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a service, and a user who stands beside it."""
    (tmp_path / "beside").mkdir()
    monkeypatch.chdir(tmp_path / "beside")
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "api").mkdir()
    return root


def written(folder: Path, text: str) -> None:
    (folder / "penstock.toml").write_text(HEAD + text)


def test_what_is_typed_starts_where_the_user_stands(repository: Path, tmp_path: Path) -> None:
    here = tmp_path / "beside"
    assert settings(repository, out="o").out == here / "o"
    assert settings(repository, environment={"PENSTOCK_OUT": "o"}).out == here / "o"
    assert settings(repository, out="../o").out == tmp_path / "o"
    policy(here)
    typed = trust.policy_files(settings(repository, policy="policies"), None, None)
    assert typed.files["gate.yaml"] == b"a: b\n"


def test_what_is_written_starts_where_the_file_is(repository: Path) -> None:
    written(repository, 'out = "o"\npolicy = "rules/policies"\n[tools.trivy]\npath = "bin/t"\n')
    (repository / "rules").mkdir()
    policy(repository / "rules")
    found = settings(repository / "api")
    assert found.out == repository / "o"
    assert found.tools == {"trivy": repository / "bin/t"}
    assert found.home == repository
    read = trust.policy_files(found, None, None)
    assert (read.source, read.files) == ("working-tree:rules/policies", {"gate.yaml": b"a: b\n"})


def test_without_a_word_the_evidence_lies_in_the_target(repository: Path) -> None:
    assert settings(repository / "api").out == repository / "api/.penstock"


def test_a_place_that_is_a_link_stays_one_so_that_it_can_be_refused(repository: Path) -> None:
    (repository / "link").symlink_to("api")
    assert settings(repository, out=str(repository / "link")).out == repository / "link"


@pytest.mark.parametrize("root", [".", "./", "", "./."])
def test_the_root_is_the_target_unless_it_is_narrowed(root: str, repository: Path) -> None:
    written(repository, f'[source]\nroot = "{root}"\n')
    assert settings(repository / "api").root == repository / "api"


@pytest.mark.parametrize("root", ["..", "/", "nowhere", "penstock.toml", "../beside"])
def test_a_root_that_is_no_folder_below_is_refused_with_its_line(
    root: str, repository: Path
) -> None:
    written(repository, f'[source]\nroot = "{root}"\n')
    with pytest.raises(UsageError, match="is no folder below") as told:
        settings(repository)
    assert str(told.value.where).endswith("penstock.toml:3")
    assert told.value.hint


def test_a_root_that_is_a_link_out_is_refused(repository: Path, tmp_path: Path) -> None:
    (repository / "out").symlink_to(tmp_path / "beside")
    written(repository, '[source]\nroot = "out"\n')
    with pytest.raises(UsageError, match="is no folder below"):
        settings(repository)


def test_what_is_judged_is_not_chosen_by_a_link_of_the_repository(
    repository: Path, tmp_path: Path
) -> None:
    """A change could turn it to a folder in which there is nothing to find."""
    (repository / "services").symlink_to("api")
    with pytest.raises(UsageError, match="a link of the repository"):
        settings(repository / "services")
    with pytest.raises(UsageError, match="a link of the repository"):
        settings(repository / "services/../api")
    (tmp_path / "here").symlink_to(repository)
    assert settings(tmp_path / "here/api").target == repository / "api"
    written(repository, '[source]\nroot = "services"\n')
    with pytest.raises(UsageError, match="a link of the repository"):
        settings(repository)


def test_a_root_that_is_a_link_to_itself_is_refused(repository: Path) -> None:
    (repository / "turn").symlink_to("turn")
    (repository / "penstock.toml").write_text(f'{HEAD}[source]\nroot = "turn"\n')
    with pytest.raises(UsageError, match="is no folder below"):
        settings(repository)


@pytest.mark.parametrize(
    ("name", "flag", "variable", "line", "values"),
    [
        ("out", "out", "PENSTOCK_OUT", 'out = "FILE"', ("FLAG", "VARIABLE", "FILE")),
        ("policy", "policy", "PENSTOCK_POLICY", 'policy = "FILE"', ("FLAG", "VARIABLE", "FILE")),
        ("site", "site", "PENSTOCK_SITE", 'site = {url = "FILE"}', ("FLAG", "VARIABLE", "FILE")),
        ("env", "env", "PENSTOCK_ENV", None, ("main", "release", "pr")),
        ("jobs", "jobs", "PENSTOCK_JOBS", None, (3, "4", None)),
    ],
)
def test_every_setting_knows_who_decided_it(  # noqa: PLR0917 -- a row of the table
    name: str,
    flag: str,
    variable: str,
    line: str | None,
    values: tuple[Any, Any, Any],
    repository: Path,
) -> None:
    def told(environment: Mapping[str, str], **flags: Any) -> tuple[str, str]:
        found = settings(repository, environment=environment, **flags)
        return next((one.value, one.origin) for one in found.origins if one.name == name)

    assert told({})[1] == "default"
    if line is not None:
        written(repository, f"{line}\n")
        value, place = told({})
        assert (value, place.rpartition("/")[2]) == (values[2], "penstock.toml:2")
    assert told({variable: values[1]}) == (values[1], f"environment {variable}")
    both = told({variable: values[1]}, **{flag: values[0]})
    assert both == (str(values[0]), f"flag --{name}")
    assert told({variable: ""})[1] != f"environment {variable}"


def test_images_of_the_command_line_replace_those_of_the_file(repository: Path) -> None:
    written(repository, '[[image]]\nref = "oci:a"\n[[image]]\nref = "oci:b"\n')
    assert settings(repository).images == ("oci:a", "oci:b")
    typed = settings(repository, images=("oci:c",))
    assert (typed.images, origin(typed, "image")) == (("oci:c",), "flag --image")


@pytest.mark.parametrize("count", ["0", "-1", "two", "²", "٣", "1.5", "9" * 5000, " 2"])
def test_a_number_of_jobs_that_is_none_is_the_user_s_mistake(count: str, repository: Path) -> None:
    with pytest.raises(UsageError, match="PENSTOCK_JOBS"):
        settings(repository, environment={"PENSTOCK_JOBS": count})


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        ({"env": "staging"}, "known: pr, main, release, weekly"),
        ({"env": "relase"}, "did you mean 'release'?"),
        ({"only": ("semgrp",)}, "did you mean 'semgrep'?"),
        ({"skip": ("nmap",)}, "known: semgrep"),
    ],
)
def test_a_word_that_is_none_gets_those_that_are(
    flags: dict[str, Any], hint: str, repository: Path
) -> None:
    with pytest.raises(UsageError) as told:
        settings(repository, **flags)
    assert hint in told.value.hint


def test_a_name_that_is_no_utf_8_is_told_and_never_breaks_a_file(repository: Path) -> None:
    odd = os.fsdecode(b"o\xff")
    found = settings(repository, out=odd)
    assert os.fsencode(found.out).endswith(b"o\xff")
    assert next(one.value for one in found.origins if one.name == "out") == "o\\xff"
    with pytest.raises(UsageError, match=r"oci:o\\xff is not named in UTF-8"):
        settings(repository, images=(f"oci:{odd}",))
    (policy(repository) / "policies" / odd).write_text("x")
    with pytest.raises(UsageError, match=r"o\\xff is not UTF-8"):
        trust.policy_files(settings(repository), None, None)


def gaps(found: Settings) -> str:
    told = outside.look(found, None).gaps
    assert {gap.reason for gap in told} <= {GapReason.POLICY_UNTRUSTED}
    return " ".join(gap.detail for gap in told)


def test_in_ci_a_cache_inside_the_repository_is_the_change_s_own(repository: Path) -> None:
    import msgspec

    inside = msgspec.structs.replace(settings(repository, ci=True), cache=repository / ".cache")
    assert "the feed osv" in gaps(inside)
    assert "the feed trivy_db" in gaps(inside)
    tools = msgspec.structs.replace(inside, cache=Path("/cache"), tools_root=repository / "t")
    assert gaps(tools).startswith("the tools folder")
    assert gaps(settings(repository, ci=True)) == ""


def test_a_link_from_outside_into_the_repository_is_inside(
    repository: Path, tmp_path: Path
) -> None:
    import msgspec

    (tmp_path / "cache").symlink_to(repository)
    found = msgspec.structs.replace(settings(repository, ci=True), cache=tmp_path / "cache")
    assert "the feed osv" in gaps(found)


def test_a_live_feed_lies_nowhere(repository: Path, tmp_path: Path) -> None:
    written(tmp_path, '[feeds]\nosv = "live"\n')
    import msgspec

    found = msgspec.structs.replace(
        settings(repository, ci=True), feeds={"osv": "live"}, cache=repository
    )
    assert "the feed osv" not in gaps(found)


def test_a_typed_policy_is_untrusted_in_ci_wherever_it_lies(
    repository: Path, tmp_path: Path
) -> None:
    policy(tmp_path)
    for found in (
        settings(repository, policy=str(tmp_path / "policies"), ci=True),
        settings(repository, environment={"PENSTOCK_POLICY": str(tmp_path / "policies")}, ci=True),
    ):
        read = trust.policy_files(found, None, None)
        assert not read.trusted
        assert [gap.reason for gap in read.gaps] == [GapReason.POLICY_UNTRUSTED]
