"""Whom a job asks for its identity, and that nobody keeps it waiting without end."""

import threading
import time

import pytest

from pipeline.signing.ambient import ambient, within
from pipeline.signing.errors import NoTokenError, SigningError
from pipeline.signing.identity import MAX_TOKEN


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"GITHUB_ACTIONS": "true"}, "id-token: write"),
        ({"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""}, "from a fork"),
        ({"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}, "id-token: write"),
        ({"GITLAB_CI": "true"}, "SIGSTORE_ID_TOKEN"),
    ],
)
def test_a_job_without_the_right_is_told_before_anything_is_asked(
    environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SigningError, match="gives this job no identity token") as caught:
        ambient(environment)
    assert said in caught.value.hint


@pytest.mark.parametrize(
    "environment",
    [{}, {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
          "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example"},
     {"GITLAB_CI": "true", "SIGSTORE_ID_TOKEN": "x"}, {"GITHUB_ACTIONS": "false"}],
)  # fmt: skip
def test_elsewhere_it_is_found_out_when_it_is_needed(environment: dict[str, str]) -> None:
    assert callable(ambient(environment))


def test_the_token_of_a_gitlab_job_is_its_own_and_no_machine_is_asked() -> None:
    """A runner on a cloud machine has that machine's identity too: it is nobody's release."""
    environment = {"GITLAB_CI": "true", "SIGSTORE_ID_TOKEN": "a.b.c\n"}
    assert ambient({**environment, "GOOGLE_SERVICE_ACCOUNT_NAME": "robot@example.com"})() == "a.b.c"


def test_whoever_never_answers_is_left_after_a_while() -> None:
    never = threading.Event()
    start = time.monotonic()
    with pytest.raises(NoTokenError, match=r"nothing is answered within 0\.05 seconds") as caught:
        within(0.05, lambda: str(never.wait(30)))
    assert time.monotonic() - start < 10
    assert "--identity-token-file" in caught.value.hint
    never.set()


def test_what_went_wrong_with_an_answer_is_told_as_it_is() -> None:
    def broken() -> str:
        raise SigningError("the metadata service says no")

    with pytest.raises(SigningError, match="says no"):
        within(30, broken)
    with pytest.raises(NoTokenError, match="too long"):
        within(30, lambda: "x" * (MAX_TOKEN + 1))
    assert within(30, lambda: "a.b.c") == "a.b.c"
