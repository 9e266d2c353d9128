"""What is packed, and what looks like dice, goes; names that are odd enough stay."""

import base64
import json
import random
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.hiding import HIDDEN
from pipeline.model.opaque import is_short, opaque, packed, packed_in, packed_json

_WORDS = string.ascii_letters + string.digits
TOKEN = "ghp_" + "".join(random.Random(7).choices(_WORDS, k=36))
KEY = "".join(random.Random(8).choices(_WORDS + "+/", k=40))
INNOCENT = (
    "sha256:" + "0123456789abcdef" * 4,
    "2222222222222222222222222222222222222222222222222222222222222222",
    "sha512-" + base64.b64encode(bytes(range(64))).decode(),
    "SHA256:" + base64.b64encode(bytes(range(100, 132))).decode().rstrip("="),
    "h1:" + base64.b64encode(bytes(range(50, 82))).decode(),
    "pkg:golang/github.com/Azure/azure-sdk-for-go@v0.0.0-20190308221718-c2843e01d9a2",
    "pkg:maven/org.springframework.boot/spring-boot-starter-web@3.2.0?type=jar",
    "pkg:npm/%40angular/platform-browser-dynamic@17.0.0-rc.1",
    "python.lang.security.audit.subprocess-shell-true.subprocess-shell-true",
    "services/api/src/main/java/com/example/AbstractHttp2StreamFactoryBean.java",
    "/usr/share/cmake-3.25/Modules/Squish4RunTestCase.sh",
    "CVE-2026-12345, GHSA-abcd-1234-efgh and PYSEC-2026-1234567890",
    "_ZN4core3fmt9Formatter15debug_lower_hex17h0123456789abcdefE",
    "https://lists.example.org/message/2DLJ5SNTJJ5FWWSXL4VAGJYG2WYR5MF5/",
    "use AES256GCM2KeyWrapperV3Impl instead",
    "PBKDF2WithHmacSHA256And128BitAES",
    "123e4567-e89b-12d3-a456-426614174000",
    "actions/checkout@0123456789012345678901234567890123456789",
)
PACKED = {
    "base64": base64.b64encode(f"user:{TOKEN}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"u:{TOKEN}".encode()).decode(),
    "hexadecimal": TOKEN.encode().hex(),
    "URL": quote(f"https://user:{TOKEN}@h/x", safe=""),
    "behind a path": "deploy/keys/" + base64.b64encode(TOKEN.encode()).decode(),
    "capitals": base64.b64encode(b"AKIA" + b"Q2RTUWXY" * 2).decode(),
}


@pytest.mark.parametrize("said", INNOCENT)
def test_names_paths_versions_and_digests_stay(said: str) -> None:
    assert opaque(said) == said
    assert packed(said) == said


@pytest.mark.parametrize("kind", PACKED)
def test_a_token_is_hidden_however_it_is_packed(kind: str) -> None:
    assert HIDDEN in packed(f"x {PACKED[kind]} y")
    assert PACKED[kind] not in packed(f"x {PACKED[kind]} y")


def test_what_has_no_form_is_hidden_in_sentences_alone() -> None:
    assert KEY not in opaque(f"found {KEY} here")
    assert KEY.encode().hex() not in opaque(f"found {KEY.encode().hex()} here")
    assert packed(f"found {KEY} here") == f"found {KEY} here"


def test_only_the_odd_part_of_a_path_is_hidden() -> None:
    said = "see https://docs.example.com/d/1A2bC3dE4fG5hI6jK7lM8nO9pQ/edit"
    assert opaque(said) == f"see https://docs.example.com/d/{HIDDEN}/edit"


def test_most_of_what_is_diced_is_told_from_names() -> None:
    dice = random.Random(9)
    diced = ["".join(dice.choices(_WORDS, k=40)) for _ in range(1000)]
    assert sum(one in opaque(f"a {one} b") for one in diced) < 20


@given(st.from_regex(r"(?:[a-z]{2,12}[._/-]){1,8}[a-z]{1,9}(?:@v?\d{1,3}(?:\.\d{1,4}){0,3})?"))
def test_plain_names_and_versions_always_stay(said: str) -> None:
    assert opaque(said) == said


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["", "sha256:", "sha256=", "@"]))
def test_a_digest_always_stays(digest: bytes, before: str) -> None:
    said = f"x {before}{digest.hex()} y"
    assert packed(said) == said
    assert opaque(said) == said or digest.decode().isprintable()


@given(st.text(max_size=300))
def test_whatever_is_said_it_is_read_to_its_end(said: str) -> None:
    assert isinstance(packed(opaque(said)), str)
    assert not is_short(said) or opaque(said) == said


def test_much_of_the_same_is_read_in_no_time() -> None:
    for said in ("aA0" * 200_000, "%41" * 200_000, "a/" * 300_000, "41" * 300_000):
        packed(opaque(said))


ESCAPED = (
    "x\n" + PACKED["base64"],
    "é/" + PACKED["base64"],
    "d/x\nAKIA" + "Q2RTUWXY" * 2 + ".py",
    json.dumps({"a": "x\n" + PACKED["base64"]}),
    "\\" + PACKED["capitals"],
)


@pytest.mark.parametrize("said", ESCAPED)
@pytest.mark.parametrize("ascii_alone", [True, False])
def test_what_stands_behind_an_escape_is_hidden_and_json_stays_json(
    said: str,
    ascii_alone: bool,  # noqa: FBT001 -- the spelling
) -> None:
    written = json.dumps({"a": said, "b": [1, {said: "é"}]}, ensure_ascii=ascii_alone)
    left = json.loads(packed_in(written.encode()))
    assert HIDDEN in left["a"]
    assert left == {"a": left["a"], "b": [1, {left["a"]: "é"}]}
    if said.startswith("{"):
        assert json.loads(left["a"])["a"] == f"x\n{HIDDEN}"


_TEXTS = st.lists(
    st.sampled_from(["\n", "\\", '"', "é", "a/", "{", "\ud800", TOKEN, *PACKED.values(), *INNOCENT])
).map("".join)
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(_DOCUMENTS, st.booleans())
def test_json_stays_json_and_loses_credentials_alone(
    document: object,
    spread: bool,  # noqa: FBT001 -- hypothesis gives it
) -> None:
    said = json.dumps(document, indent=1 if spread else None)
    left = packed_json(said)
    assert TOKEN not in left
    if HIDDEN not in left:
        assert left == said
    assert type(json.loads(left)) is type(document)


@given(st.text(alphabet='aé"\\{[:,1 \n', max_size=40) | st.text(max_size=40))
def test_what_is_no_json_is_left_as_it_is_by_those_who_expect_some(said: str) -> None:
    assert packed_json(said) == said
    assert packed_in(b"\xff" + said.encode("utf-8", "replace"))[:1] == b"\xff"


def test_much_json_is_read_in_no_time() -> None:
    for said in ('"' * 500_001, '\\"' * 300_000, '"' + '\\"' * 300_000, '"\\' * 200_000):
        assert packed_json(said) == said
