"""What an identity token says of whoever signs, and what to do when there is none."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.signing.errors import SigningError
from pipeline.signing.identity import MAX_TOKEN, STRANGER, advice, expected, from_file

ISSUER = "https://token.actions.githubusercontent.com"


def token(claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{part}.c2ln"


def names(**claims: Any) -> frozenset[str]:
    issuer, found = expected(token({"iss": ISSUER, **claims}))
    assert issuer == ISSUER
    return found


def test_a_workflow_is_named_as_fulcio_names_it() -> None:
    workflow = "acme/app/.github/workflows/release.yml@refs/heads/main"
    assert f"https://github.com/{workflow}" in names(job_workflow_ref=workflow, sub="repo:acme/app")


def test_a_reusable_workflow_is_its_own_and_not_its_callers() -> None:
    theirs = "acme/shared/.github/workflows/sign.yml@refs/tags/v1"
    found = names(job_workflow_ref=theirs, workflow_ref="acme/app/.github/workflows/x.yml@main")
    assert found == {f"https://github.com/{theirs}"}


def test_a_pipeline_of_gitlab_is_named_by_its_configuration() -> None:
    where = "gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main"
    assert names(ci_config_ref_uri=where) == {f"https://{where}"}


def test_a_person_is_named_by_address_and_subject() -> None:
    assert names(email="dave@example.com", sub="7") == {"dave@example.com", "7"}


def test_a_token_that_names_nobody_expects_nobody() -> None:
    assert names() == frozenset()
    assert names(email="", sub=None) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "a", "a.b", "a.!.c", "e30.e30.c", token([]), token("x"), token(None),
        token({"sub": "no issuer"}), "e30." + "W1tb" * 40_000 + ".c", "a.\u00e4.c",
    ],
)  # fmt: skip
def test_what_is_no_token_is_no_identity(text: str) -> None:
    with pytest.raises(SigningError, match="no JWT that names its issuer") as caught:
        expected(text)
    assert caught.value.hint


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    source = from_file(file)
    file.write_text(f"{token({})}\n")
    assert source() == token({})
    file.write_text(token({"iss": ISSUER}))
    assert source() == token({"iss": ISSUER})


@pytest.mark.parametrize(
    "data", [b"", b"a.b", b"a.b.c.d", b"\xc3\xa4.b.c", b"a.b." + b"c" * MAX_TOKEN]
)
def test_a_file_that_holds_no_token(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(data)
    with pytest.raises(UsageError, match="holds no identity token") as caught:
        from_file(file)()
    assert "sigstore" in caught.value.hint
    with pytest.raises(UsageError, match="holds no identity token"):
        from_file(tmp_path / "nowhere")()


def test_what_to_do_is_known_by_the_cause_first() -> None:
    from jwt import ExpiredSignatureError, ImmatureSignatureError, InvalidAudienceError
    from sigstore.errors import VerificationError
    from sigstore.oidc import ExpiredIdentity, IdentityError

    def because(cause: Exception) -> str:
        error = IdentityError("malformed")
        error.__cause__ = cause
        return advice(error)

    assert "valid for minutes" in because(ExpiredSignatureError())
    assert "valid for minutes" in advice(ExpiredIdentity())
    assert "clock" in because(ImmatureSignatureError())
    assert "audience" in because(InvalidAudienceError())
    assert "iss, sub, aud" in because(ValueError())
    assert advice(VerificationError("SCT")) == STRANGER
    assert advice(RuntimeError("something else")) == ""
