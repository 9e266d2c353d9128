"""What a registry says that no reader of JSON can read: told of, and no crash."""

from pathlib import Path

import pytest

from pipeline.oci.registry.challenge import Challenge, authorization
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.login import stored
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.referrers import INDEX, listed
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from tests.support.saying import Says, unreadable

SUBJECT = f"sha256:{'a' * 64}"


def document(odd: bytes) -> bytes:
    """An object that has something odd wherever a text is due."""
    return (
        b'{"mediaType": %s, "manifests": [{"mediaType": %s}], "token": %s,'
        b' "auths": {"x": {"auth": %s}}}' % (odd, odd, odd, odd)
    )


def repository_that(says: bytes) -> Repository:
    place = RegistryReference.parse("registry.example/acme/app")
    return Repository(Session(place, http=Says(says, INDEX), login=None))


@unreadable
def test_a_manifest_is_left_to_those_who_read_it(odd: bytes) -> None:
    assert repository_that(document(odd)).fetched("1.0")[1] == document(odd)


@unreadable
def test_a_list_of_referrers(odd: bytes) -> None:
    with pytest.raises(RegistryError, match="is no list of referrers"):
        listed(repository_that(document(odd)), SUBJECT)


@unreadable
def test_a_token(odd: bytes) -> None:
    challenge = Challenge.parse('Bearer realm="https://auth.example/token"')
    with pytest.raises(RegistryError, match="sends no token"):
        authorization(
            challenge, None, repository="acme/app", scope="pull", http=Says(document(odd))
        )


@unreadable
def test_the_logins_of_docker(odd: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(document(odd))
    with pytest.raises(RegistryError, match="no logins that can be read"):
        stored("registry.example", {"DOCKER_CONFIG": str(tmp_path)})
