"""A client against servers of the tests' own."""

from collections.abc import Iterator

import pytest

from pipeline.toolchain.http import Http


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a proxy that nobody serves: loopback must never be asked through one."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def http(waits: list[float]) -> Iterator[Http]:
    with Http(timeout=2.0, tries=3, sleep=waits.append) as client:
        yield client
