"""What an imported report quotes: no credential of it is kept, in whatever member it stands."""

import json
import random
import string
from base64 import b64encode, urlsafe_b64encode
from typing import Any, Final

import msgspec
import pytest

from pipeline.imports.quiet import is_about_secrets, quiet
from pipeline.model.finding import Kind
from pipeline.model.hiding import HIDDEN
from pipeline.model.quiet import sentence
from tests.support.importing import read, result, sarif

TOKEN: Final = "ghp_" + "".join(random.Random(6).choices(string.ascii_letters, k=36))
NAMED: Final = "correct-horse-7"


@pytest.mark.parametrize("before", ["", "u:", "us:", "user:"])
def test_a_token_is_hidden_where_it_is_packed(before: str) -> None:
    whole = f"{before}{TOKEN}:x".encode()
    for packed in (b64encode(whole), urlsafe_b64encode(whole), whole.hex().encode()):
        assert packed.decode()[:-4] not in sentence(f"sent as {packed.decode()}, twice")
        assert HIDDEN in sentence(f"sent as {packed.decode()}, twice")


@pytest.mark.parametrize(
    ("name", "title", "cwes", "wanted"),
    [
        ("B105", "hardcoded_password_string", (), True),
        ("x", "A key in code", ("CWE-798",), True),
        ("generic.secrets.aws", "x", (), True),
        ("csrf-token-missing", "No CSRF token", ("CWE-352",), False),
        ("sql-injection", "SQL", ("CWE-89",), False),
    ],
)
def test_rules_about_secrets_are_told_from_others(
    name: str, title: str, cwes: tuple[str, ...], *, wanted: bool
) -> None:
    assert is_about_secrets(name, title, cwes) is wanted


def test_a_result_of_a_rule_about_secrets_says_its_title_alone() -> None:
    rules = [{"id": "B105", "name": "hardcoded_password_string"}]
    driver = {"name": "Bandit", "version": "1", "rules": rules}
    told = result("B105", message={"text": f"Possible hardcoded words, such as {NAMED}"})
    _, (found,) = read(sarif({"tool": {"driver": driver}, "results": [told]}))
    assert found.message == "hardcoded_password_string"
    assert NAMED not in repr(found)


PLACES: Final[dict[str, dict[str, Any]]] = {
    "message": {"message": {"text": f"curl -H {TOKEN}"}},
    "argument": {"message": {"text": "curl {0}", "arguments": [TOKEN]}},
    "rule": {"ruleId": f"rule-{TOKEN}"},
    "path": {
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"app/{TOKEN}/a.py"}}}]
    },
    "a path in hexadecimal": {
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": f"app/{TOKEN.encode().hex()}/a.py"}}}
        ]
    },
    "address": {
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": f"https://u:{NAMED}@h/a.py"}}}
        ]
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_a_token_is_hidden_in_every_member_of_a_result(place: str) -> None:
    _, (found,) = read(sarif({"results": [{**result(), **PLACES[place]}]}))
    said = msgspec.json.encode(quiet(found)).decode()
    assert TOKEN not in said
    assert TOKEN.encode().hex() not in said
    assert NAMED not in said
    assert HIDDEN in said


REPORTS: Final[dict[str, tuple[Kind, Any]]] = {
    "pip-audit": (
        Kind.SCA,
        {
            "dependencies": [
                {
                    "name": f"x{TOKEN}",
                    "version": "1",
                    "vulns": [{"id": "CVE-2026-1", "fix_versions": [TOKEN], "aliases": [TOKEN],
                               "description": f"see {TOKEN}"}],
                }
            ],
            "fixes": [],
        },
    ),
    "osv": (
        Kind.SCA,
        {
            "results": [
                {
                    "source": {"path": f"a/{TOKEN}/requirements.txt"},
                    "packages": [
                        {
                            "package": {"name": "x", "version": TOKEN, "ecosystem": "PyPI"},
                            "vulnerabilities": [{"id": "CVE-2026-1", "modified": "x",
                                                 "summary": TOKEN, "details": TOKEN}],
                        }
                    ],
                }
            ]
        },
    ),
    "cyclonedx": (
        Kind.SCA,
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"component": {"name": TOKEN}},
            "components": [{"name": "x", "bom-ref": "x", "purl": f"pkg:generic/{TOKEN}"}],
            "vulnerabilities": [
                {"id": "CVE-2026-1", "description": TOKEN, "affects": [{"ref": "x"}],
                 "ratings": [{"severity": "high", "source": {"name": TOKEN}}]}
            ],
        },
    ),
    "trivy": (
        Kind.IAC,
        {
            "SchemaVersion": 2,
            "ArtifactType": "filesystem",
            "ArtifactName": TOKEN,
            "CreatedAt": "2026-11-25T08:00:00Z",
            "Results": [
                {
                    "Target": f"{TOKEN}/Dockerfile",
                    "Class": "config",
                    "Misconfigurations": [
                        {"ID": "DS031", "Title": TOKEN, "Message": f"ENV A={TOKEN}",
                         "Severity": "HIGH", "Status": "FAIL", "CauseMetadata": {}}
                    ],
                }
            ],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_a_token_is_hidden_in_every_text_of_every_format(name: str) -> None:
    kind, document = REPORTS[name]
    _, found = read(json.dumps(document).encode(), kind=kind)
    assert found
    assert any(TOKEN in msgspec.json.encode(one).decode() for one in found)
    for one in found:
        assert TOKEN not in msgspec.json.encode(quiet(one)).decode()


def test_what_has_nothing_to_hide_is_left_alone() -> None:
    _, (found,) = read(sarif({"results": [result()]}))
    assert quiet(found) is found
