"""What looks like a credential stays behind, and nothing else does."""

import json
import random
import re
import string
import time

import pytest

from pipeline.model import hiding

_WORDS = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + "234567"
_HEX = "0123456789abcdef"


def _some(many: int, of: str = _WORDS) -> str:
    return "".join(random.Random(f"{many} {of}").choices(of, k=many))


TOKENS = {
    "aws": "AKIA" + _some(16, _UPPER),
    "github": "ghp_" + _some(36),
    "github-fine": "github_pat_" + _some(22) + "_" + _some(59),
    "gitlab": "glpat-" + _some(20),
    "slack": f"xoxb-{_some(12, string.digits)}-{_some(24)}",
    "stripe": "sk_live_" + _some(24),
    "google": "AIza" + _some(35),
    "npm": "npm_" + _some(36),
    "sendgrid": f"SG.{_some(22)}.{_some(43)}",
    "twilio": "SK" + _some(32, _HEX),
    "mailgun": "key-" + _some(32, _HEX),
    "docker": "dckr_pat_" + _some(27),
    "jwt": f"eyJ{_some(20)}.{_some(40)}.{_some(43)}",
    "huggingface": "hf_" + _some(34),
    "telegram": f"{_some(9, string.digits)}:AA{_some(33)}",
    "vault": "hvs." + _some(24),
    "age": "AGE-SECRET-KEY-1" + _some(58, _UPPER),
    "shopify": "shpat_" + _some(32, _HEX),
    "digitalocean": "dop_v1_" + _some(64, _HEX),
    "slack-hook": f"T0{_some(8, _UPPER)}/B{_some(9, _UPPER)}/{_some(24)}",
    "slack-hook-2": f"TABCDEFGH/BABCDEFGH/{_some(24)}",
    "slack-hook-3": f"TABCDEFGH/B2BCDEFGH/{_some(24, string.ascii_letters)}",
}
PLACES = ("{}", "x = {}\n", '"{}"', "a/{}/b.txt", "https://x/?t={}&b=1", "said: {}.",
          "密钥{}", "é{}", "ключ{}é")  # fmt: skip
INNOCENT = (
    "pkg:pypi/jinja2@2.10",
    "pkg:npm/%40scope/name@1.0.0",
    "git+ssh://git@example.com/acme/app.git",
    "https://example.com/a@b/c",
    "sha256:" + "0" * 64,
    "aws-access-key-id",
    "someone@example.com",
    "/usr/share/keys: task-skipping, risk-assessment-of-everything",
    "actions/checkout@0123456789012345678901234567890123456789",
    "src/TEMPLATES/BACKGROUNDS/homepage_hero_background_image.py",
    "src/TEMPLATES/BACKGROUNDS/homepage_hero_background_image_2.py",
    "src/TEMPLATES/BACKGROUNDS/HomepageHeroBackgroundImage.py",
    "k8s/TASK0123456789abcdef0123456789abcdef",
    "://" + ":" * 20,
)


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_hidden_wherever_it_stands(kind: str, place: str) -> None:
    said = place.format(TOKENS[kind])
    assert TOKENS[kind] not in hiding.text(said)
    assert TOKENS[kind].encode() not in hiding.data(
        json.dumps({"a": said}, ensure_ascii=False).encode()
    )
    assert hiding.HIDDEN in hiding.text(said)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("https://user:hunter2@example.com/x", "https://REDACTED@example.com/x"),
        ("redis://:hunter2@h:1", "redis://REDACTED@h:1"),
        ("redis://u:hunter2:and:more@h:1", "redis://REDACTED@h:1"),
        ("redis://u:@h:1", "redis://u:@h:1"),
        ("https://0123456789abcdef0123@h/x", "https://REDACTED@h/x"),
        ("vcs_url=git%2Bhttps%3A%2F%2Fu%3Ahunter2%40h", "vcs_url=git%2Bhttps%3A%2F%2FREDACTED%40h"),
        ("Authorization: Bearer abc.def", "Authorization: REDACTED"),
    ],
)
def test_the_user_of_an_address_is_hidden_and_its_host_is_not(said: str, left: str) -> None:
    assert hiding.text(said) == left


def test_a_key_is_hidden_to_its_end_or_to_that_of_the_text() -> None:
    head = f"-----BEGIN RSA {'PRIVATE'} KEY-----"
    assert hiding.text(f"a {head}\nMIIB\nabc\n-----END") == "a REDACTED-----END"
    assert "MIIB" not in hiding.text(f"{head}\nMIIB")
    said = hiding.data(json.dumps({"a": f"{head}\nMIIB", "b": 1}).encode())
    assert json.loads(said) == {"a": "REDACTED", "b": 1}


def test_the_last_line_of_a_key_is_hidden_where_its_beginning_was_cut_off() -> None:
    foot = f"-----END RSA {'PRIVATE'} KEY-----"
    assert hiding.text(f"x aBc1==\n{foot}") == f"x REDACTED\n{foot}"
    assert hiding.short_words(f"aBc1==\r\n{foot}") == f"REDACTED\r\n{foot}"
    assert hiding.data(f'"aBc1==\\n{foot}"'.encode()) == f'"REDACTED\\n{foot}"'.encode()


@pytest.mark.parametrize("kind", TOKENS)
def test_the_short_way_leads_past_no_token(kind: str) -> None:
    """What it does not look for has a long word in it, and is looked for in the long way."""
    longest = max(re.findall(r"[\w+/-]+", TOKENS[kind]), key=len)
    assert len(longest) >= 15 or TOKENS[kind] not in hiding.short_words(TOKENS[kind])


@pytest.mark.parametrize(
    "said",
    [
        "https://u:p@h/x",
        "Authorization: Bearer a.b",
        "eyJabcdefgh.abcdefgh.",
        "a%3A%2F%2Fu%3Ap%40h",
    ],
)
def test_what_needs_no_long_word_is_hidden_in_the_short_way(said: str) -> None:
    assert hiding.HIDDEN in hiding.short_words(said)
    assert hiding.short_words(said) == hiding.text(said)


@pytest.mark.parametrize("said", INNOCENT)
def test_other_words_stay(said: str) -> None:
    assert hiding.text(said) == said
    assert hiding.data(said.encode()) == said.encode()


_LONG = 1 << 20


@pytest.mark.parametrize(
    "said",
    ["://" + ":" * _LONG, "://" + "a" * _LONG, "eyJaaaaaaaa-" * (_LONG // 12), "eyJ" + "-" * _LONG,
     "SG." * (_LONG // 3), "%3A%2F%2F" * (_LONG // 9), "T0" * (_LONG // 2) + "/B",
     "-----BEGIN " * (_LONG // 11) + "PRIVATE KEY", "a" * _LONG + "-----END"],
    ids=lambda said: said[:8],
)  # fmt: skip
def test_a_text_of_any_length_is_read_in_its_time(said: str) -> None:
    begun = time.process_time()
    assert hiding.text(said) == said
    assert hiding.data(said.encode()) == said.encode()
    assert time.process_time() - begun < 5


def test_a_token_behind_the_head_of_another_is_hidden() -> None:
    assert hiding.text(f"x-eyJabcdefgh-{TOKENS['jwt']}") == "x-eyJabcdefgh-REDACTED"
