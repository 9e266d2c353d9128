"""Whoever names a private authority by one variable has named it for every client."""

from pathlib import Path

import pytest

from pipeline.cli.authority import share


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({}, {}),
        ({"SSL_CERT_FILE": "a"}, {"REQUESTS_CA_BUNDLE": "a"}),
        ({"SSL_CERT_DIR": "a"}, {"REQUESTS_CA_BUNDLE": "a"}),
        ({"REQUESTS_CA_BUNDLE": "a"}, {"SSL_CERT_FILE": "a"}),
        ({"CURL_CA_BUNDLE": "a"}, {"SSL_CERT_FILE": "a"}),
        ({"REQUESTS_CA_BUNDLE": "a", "SSL_CERT_FILE": "b"}, {}),
        ({"REQUESTS_CA_BUNDLE": "a", "SSL_CERT_DIR": "b"}, {}),
        ({"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": "b"}, {"REQUESTS_CA_BUNDLE": "b"}),
    ],
)
def test_what_is_missing_is_set_and_what_is_there_is_left(
    told: dict[str, str], known: dict[str, str]
) -> None:
    environment = dict(told)
    share(environment)
    assert environment == {**told, **known}


def test_a_folder_of_authorities_is_one(tmp_path: Path) -> None:
    environment = {"REQUESTS_CA_BUNDLE": str(tmp_path)}
    share(environment)
    assert environment["SSL_CERT_DIR"] == str(tmp_path)
