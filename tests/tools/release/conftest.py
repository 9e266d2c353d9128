"""A Sigstore for each file of tests, and a registry and a ceremony for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ceremony import Ceremony
from tests.support.inside import hurried
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one, hurried():
        yield one


@pytest.fixture
def one(fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path) -> Iterator[Ceremony]:
    yield Ceremony(fake, registry, tmp_path)
    fake.heal()
