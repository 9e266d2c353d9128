"""Tokens that are not taken, and jobs that get none: told what to change, and nothing pushed."""

import math
import time
from typing import Any

import pytest

from tests.support.ceremony import Ceremony
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SOON = 30.0
"""Seconds in which it ends where no wait can mend it: half of the patience that it has."""


def late(fake: FakeSigstore, **claims: Any) -> str:
    return fake.issuer.github_token(**claims)


def foreign(_: FakeSigstore) -> str:
    with FakeSigstore() as other:
        return other.issuer.github_token()


NOW = int(time.time())
TOKENS: dict[str, tuple[Any, str]] = {
    "expired": (lambda f: late(f, exp=NOW - 600, iat=NOW - 1200), "valid for minutes"),
    "of the future": (
        lambda f: late(f, iat=NOW + 3600, nbf=NOW + 3600, exp=NOW + 7200),
        "compare this machine's clock",
    ),
    "for somebody else": (lambda f: late(f, aud="sts.example"), "audience `sigstore`"),
    "of an unknown issuer": (foreign, "an issuer that it does not know"),
    "without an issuer": (lambda f: late(f, iss=""), "an issuer that it does not know"),
    "no token": (lambda _: "hello", "no identity token"),
    "three words": (lambda _: "a.b.c", "fetch a new one"),
    "nothing": (lambda _: "", "no identity token"),
    "not ASCII": (lambda _: "ä.ö.ü", "no identity token"),
}


@pytest.mark.parametrize("what", TOKENS)
def test_a_token_that_no_wait_can_mend_ends_at_once(
    fake: FakeSigstore, one: Ceremony, what: str
) -> None:
    make, said = TOKENS[what]
    (one.folder / "bad").write_text(make(fake))
    words = ("--trust", one.folder / "trust.json", "--identity-token-file", one.folder / "bad")
    start = time.monotonic()
    ran = one.sign(words=words)
    assert time.monotonic() - start < SOON
    assert (ran.code, ran.out) == (3, ""), ran.err
    assert said in ran.err
    assert " help: " in ran.err
    one.nothing_pushed()
    assert one.sign().code == 0
    one.whole()


def test_a_token_file_that_is_not_there(one: Ceremony) -> None:
    ran = one.sign(words=("--trust", one.folder / "trust.json", "--identity-token-file", "nope"))
    assert (ran.code, ran.out) == (3, "")
    assert "nope holds no identity token" in ran.err
    one.nothing_pushed()


GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
WORKFLOWS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "GitHub, without the permission": (GITHUB, ("id-token: write", "fork")),
    "GitHub, half of it": (
        {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"},
        ("id-token: write", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    ),
    "GitLab, without id_tokens": ({"GITLAB_CI": "true"}, ("SIGSTORE_ID_TOKEN: {aud: sigstore}",)),
    "Buildkite, without its agent": ({"BUILDKITE": "true"}, ("agent",)),
    "CircleCI, without its program": ({"CIRCLECI": "true"}, ("circleci",)),
    "nowhere": ({}, ("--identity-token-file", "--key")),
}


@pytest.mark.parametrize("what", WORKFLOWS)
def test_a_job_that_gets_no_identity_is_told_what_to_change(one: Ceremony, what: str) -> None:
    extra, said = WORKFLOWS[what]
    start = time.monotonic()
    ran = one.sign(words=("--trust", one.folder / "trust.json"), **extra, PATH="/nowhere")
    assert time.monotonic() - start < SOON
    assert (ran.code, ran.out) == (3, ""), ran.err
    assert "not signed" in ran.err
    assert [word for word in said if word not in ran.err] == []
    one.nothing_pushed()


@pytest.mark.parametrize("status", [401, 403])
def test_a_job_whose_permission_is_refused_is_told_what_to_change(
    fake: FakeSigstore, one: Ceremony, status: int
) -> None:
    fake.web.fail(SERVICES["oidc"], status, times=math.inf)
    start = time.monotonic()
    words = ("--trust", one.folder / "trust.json")
    ran = one.sign(words=words, **fake.github_environment())
    assert time.monotonic() - start < SOON
    assert ran.code == 3
    assert "id-token: write" in ran.err
    one.nothing_pushed()


def test_an_issuer_that_stumbles_is_asked_again(fake: FakeSigstore, one: Ceremony) -> None:
    fake.web.fail(SERVICES["oidc"], 503, times=2)
    words = ("--trust", one.folder / "trust.json")
    ran = one.sign(words=words, **fake.github_environment())
    assert ran.code == 0, ran.err
    one.whole()


AGENTS = {"BUILDKITE": "buildkite-agent", "CIRCLECI": "circleci"}


@pytest.mark.parametrize("variable", AGENTS)
def test_the_program_of_a_ci_system_is_asked_for_a_token(
    fake: FakeSigstore, one: Ceremony, variable: str
) -> None:
    program = one.folder / "bin" / AGENTS[variable]
    program.parent.mkdir()
    (one.folder / "given").write_text(fake.issuer.github_token())
    program.write_text(f'#!/bin/sh\ncase "$*" in *sigstore*) exec cat {one.folder}/given;; esac\n')
    program.chmod(0o700)
    words = ("--trust", one.folder / "trust.json")
    ran = one.sign(words=words, PATH=f"{program.parent}:/usr/bin:/bin", **{variable: "true"})
    assert ran.code == 0, ran.err
    one.whole()
