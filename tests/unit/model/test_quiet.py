"""What tools say to people is kept without secrets, and their reports stay what they were."""

import json
import random
import string
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import quiet
from pipeline.model.gap import Gap, GapReason
from pipeline.model.hiding import HIDDEN
from pipeline.model.opaque import packed_in
from tests.support import records

_WORDS: Final = string.ascii_letters + string.digits
TOKEN: Final = "ghp_" + "".join(random.Random(6).choices(_WORDS, k=36))
NAMED: Final = "correct-horse-7"


@pytest.mark.parametrize(
    "said",
    [
        f"Possible hardcoded password: '{NAMED}'",
        f'the secret "{NAMED}" is used in a call',
        f"API key `{NAMED}` stands in the code",
        f"password={NAMED} in a connection string",
        f"SECRET_KEY = '{NAMED}'",
        f'DB_PASSWORD: Final[str] = "{NAMED}"',
        f"token: {NAMED}",
        f"api_key => {NAMED}",
        f"aws_secret_access_key={NAMED}",
        json.dumps({"password": NAMED, "x": 1}),
        json.dumps({"said": json.dumps({"password": NAMED + '"é\\'})}),
        f"https://h/?a=1&token={NAMED}",
        f"hardcoded password {NAMED} in settings",
        f"GET%20%2F%3Fpassword%3D{NAMED}",
        f"Hardcoded password found, value '{NAMED}'",
        f"Possible hardcoded password (line 3): '{NAMED}'",
        f"Detected a hardcoded password. Value: '{NAMED}'",
        f"Hardcoded password in foo.py: '{NAMED}'",
        f"Hardcoded credential assigned to variable x = '{NAMED}'",
        f"Possible hardcoded password, '{NAMED}'",
        f"a token is set, its value is '{NAMED}'",
        f"the credential in a.py = b'{NAMED}'",
    ],
)
def test_a_value_that_a_sentence_calls_secret_is_hidden(said: str) -> None:
    assert NAMED not in quiet.sentence(said)
    assert HIDDEN in quiet.sentence(said)


@pytest.mark.parametrize("value", ["hunter", "$ecret123", "foo.bar", "abc/def123", "swordfish"])
@pytest.mark.parametrize(
    "said",
    ["hardcoded password {}", "Hard-coded secret found, {}", "the secret is hard coded: {}",
     "a password {} is weak", "Hardcoded token in foo.py: {}", "a hardcoded token, value {}"],
)  # fmt: skip
def test_a_value_is_hidden_whatever_it_looks_like(said: str, value: str) -> None:
    for quoted in ("'{}'", '"{}"', "`{}`"):
        shown = said.format(quoted.format(value))
        assert quiet.sentence(shown) == shown.replace(value, HIDDEN)


@pytest.mark.parametrize(
    "said",
    [
        "A password: should be read from the environment",
        "The CSRF token is not checked",
        "flows from 'request.args' into execute()",
        "Use secrets.token_bytes() instead of random()",
        "a secret lies in `app/settings.py`, found by `github-pat`",
        "the token of `jwt.decode()` is not verified",
        "a credential of pkg 'pkg:pypi/requests@2.1' or 'CVE-2026-1'",
        "it needs the report 'secrets': trivy ended with exit code 1",
        'key "tokens" is unknown, at "x"',
        "Hard-coded credentials in app/x1.py, found by 7 rules",
        "hardcoded-password-1 is a rule about a hardcoded password",
        "does not set persist-credentials: false",
        "Secrets passed via `build-args` or envs",
        'Possible exposure of secret env "DB_PASSWORD" in ENV',
        'Possible exposure of secret env "DB_PASSWORD_2" in ENV',
        'secret file "x" in COPY',
        "manage secrets in namespace 'prod'",
        "Token 'exp' claim is not checked",
        "secret `DB_PASSWORD` is declared",
        "Secret 'my-secret' in namespace",
        "Hardcoded password in function 'connect'",
        "Hardcoded password in `app/x1.py`",
        "a secret is read here (line 3), and 'x1' is not",
        "Private key: RSA2048 should be RSA4096",
        "the token isn't valid, and the user can't know",
        "sha256 " + "0123456789abcdef" * 4 + " of a/long/path/of/some/thirty/letters.py",
    ],
)
def test_other_sentences_stay_as_they_are(said: str) -> None:
    assert quiet.sentence(said) == said


def test_wide_letters_are_read_too() -> None:
    said = TOKEN.encode("utf-16-le").decode()
    assert quiet.log(f"error: {said}") == f"error: {HIDDEN}"


def test_a_finding_keeps_who_it_is() -> None:
    said = f"hardcoded password '{NAMED}'"
    found = msgspec.structs.replace(records.sast(), message=said)
    told = quiet.finding(found)
    assert told == msgspec.structs.replace(found, message=f"hardcoded password '{HIDDEN}'")
    assert quiet.finding(told) is told


def test_a_record_is_gone_through_whole() -> None:
    gap = Gap(stage="x", target=f"{TOKEN}.txt", reason=GapReason.NOT_READ, detail=f"a {TOKEN}")
    nested: Any = {"a": (gap,), "b": frozenset({TOKEN})}
    for hidden in (quiet.record(nested), quiet.told(nested)):
        assert TOKEN not in msgspec.json.encode(hidden).decode()
        assert hidden["a"][0].reason is GapReason.NOT_READ
    clean = (Gap(stage="x", target="a.txt", reason=GapReason.NOT_READ, detail=""),)
    assert quiet.record(clean) is clean


def test_the_sentences_of_a_record_lose_more_than_its_names() -> None:
    said = f"password={NAMED}"
    gap = Gap(stage="x", target=said, reason=GapReason.NOT_READ, detail=said)
    told = quiet.told((gap,))[0]
    assert (told.target, told.detail) == (said, f"password={HIDDEN}")


REPORTS: Final[dict[str, Any]] = {
    "a text": {"message": f"password={NAMED}"},
    "a member": {"x": [{"client_secret": NAMED}]},
    "a name": {TOKEN: 1},
    "a report in it": {"stdout": json.dumps({"api_key": NAMED, "dependencies": [1, 2]})},
    "packed": [TOKEN.encode().hex()],
}


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_has_no_secret_and_can_still_be_read(kind: str) -> None:
    left = quiet.report(json.dumps(REPORTS[kind]).encode())
    assert NAMED.encode() not in left
    assert TOKEN.encode() not in left
    assert TOKEN.encode().hex().encode() not in left
    assert HIDDEN in json.dumps(json.loads(left))
    if kind == "a report in it":
        assert json.loads(json.loads(left)["stdout"])["dependencies"] == [1, 2]


def test_a_report_that_is_no_json_is_read_as_a_text() -> None:
    assert quiet.report(f"error {TOKEN}\xff".encode("latin-1")) == b"error REDACTED\\xff"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="aZ0 é.-\n\"'\\{[", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcé", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON, st.booleans())
def test_a_report_without_secrets_stays_as_it_is(document: object, spread: bool) -> None:  # noqa: FBT001 -- hypothesis gives it
    data = json.dumps(document, indent=2 if spread else None).encode()
    assert quiet.report(data) is data


def test_a_document_that_others_rely_on_loses_credentials_alone() -> None:
    document = {"name": f"x-{TOKEN}", "note": f"password={NAMED}", "é": "0123456789abcdef" * 4}
    left = packed_in(json.dumps(document, ensure_ascii=False).encode())
    assert json.loads(left) == {**document, "name": f"x-{HIDDEN}"}


@pytest.mark.parametrize("before", ["\n", "\t", "\\", '"', "\x00", "é"])
def test_a_name_is_looked_at_as_it_is_and_not_as_it_is_written(before: str) -> None:
    key = "AKIA" + "Q2RTUWXY" * 2
    assert quiet.record((f"d/x{before}{key}.py",)) == (f"d/x{before}{HIDDEN}.py",)
