from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Usage
from pipeline.toolchain import golang, pip, process, steps
from pipeline.toolchain import lock as locks
from pipeline.toolchain.command import Command, Report
from tests.support.watching import Heard

USAGE = Usage(seconds=0, cpu_seconds=0, max_rss_mb=0, exit_code=0, command=("x",), stderr_tail="")
REFUSED = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError("
    "<pip._vendor.urllib3.connection.HTTPConnection object>: Failed to establish a new "
    "connection: [Errno 111] Connection refused')': /simple/zizmor/\n"
    "ERROR: Could not find a version that satisfies the requirement zizmor==1.32.0"
)
ALTERED = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def site(tmp_path: Path, heard: Heard) -> steps.Site:
    return steps.Site(
        environment={"PATH": "/bin"},
        watcher=heard,
        work=tmp_path,
        home=locks.shipped(),
        pause=0,
    )


def answer(result: Report | ToolError, into: list[Command]) -> Callable[..., process.Ended]:
    def run(command: Command, **_: object) -> process.Ended:
        into.append(command)
        return process.Ended(result=result, usage=USAGE)

    return run


def report(code: int, *, data: bytes = b"", stderr: str = "") -> Report:
    return Report(label="x", data=data, exit_code=code, stderr=stderr)


def test_a_step_returns_what_it_printed(
    site: steps.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "run", answer(report(0, data=b"go1.26"), []))
    assert steps.call(("/bin/go",), name="go", cwd=tmp_path, env={}, site=site) == b"go1.26"


def test_a_step_that_failed_raises_with_its_last_words(
    site: steps.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "run", answer(report(2, stderr="first\n\nlast words\n"), []))
    with pytest.raises(PenstockError, match=r"semgrep: python ended with 2\n(.|\n)*last words"):
        steps.call(("/bin/python",), name="semgrep", cwd=tmp_path, env={}, site=site)


def test_a_step_that_could_not_be_run_raises(
    site: steps.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ToolError(GapReason.TIMEOUT, "was stopped", hint="wait")
    monkeypatch.setattr(process, "run", answer(error, []))
    with pytest.raises(PenstockError, match="was stopped") as caught:
        steps.call(("/bin/python",), name="semgrep", cwd=tmp_path, env={}, site=site)
    assert caught.value.hint == "wait"


def test_a_step_knows_the_users_settings_and_nothing_that_steers_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    asked: list[Command] = []
    monkeypatch.setattr(process, "run", answer(report(0), asked))
    surroundings = {
        "HOME": "/home/ann",
        "HTTPS_PROXY": "http://proxy:3128",
        "XDG_CONFIG_HOME": "/settings",
        "PYTHONPATH": "/evil",
        "PYTHONSTARTUP": "/evil.py",
        "LD_PRELOAD": "/evil.so",
        "GITHUB_TOKEN": "secret",
    }
    site = steps.Site(environment=surroundings, watcher=heard, work=tmp_path, home=locks.shipped())
    steps.call(("/bin/x",), name="x", cwd=tmp_path, env={"EXTRA": "1"}, site=site)
    assert dict(asked[0].env) == {
        "EXTRA": "1",
        "HOME": "/home/ann",
        "HTTPS_PROXY": "http://proxy:3128",
        "PYTHONNOUSERSITE": "1",
        "XDG_CACHE_HOME": "/home/ann/.cache",
        "XDG_CONFIG_HOME": "/settings",
    }
    assert asked[0].network


def test_pip_keeps_how_to_reach_an_index_and_loses_what_would_change_the_installation() -> None:
    assert pip.environment(
        {
            "PIP_INDEX_URL": "http://127.0.0.1/simple",
            "PIP_CERT": "/ca.pem",
            "PIP_FIND_LINKS": "/wheels",
            "PIP_REQUIRE_HASHES": "0",
            "PIP_TARGET": "/elsewhere",
            "PIP_CONSTRAINT": "evil.txt",
            "PIP_NO_BINARY": ":all:",
            "PIP_PYTHON": "/evil",
        }
    ) == {
        "PIP_INDEX_URL": "http://127.0.0.1/simple",
        "PIP_CERT": "/ca.pem",
        "PIP_FIND_LINKS": "/wheels",
    }


def test_a_network_failure_is_told_from_another() -> None:
    assert pip.is_network(PenstockError(REFUSED))
    assert not pip.is_network(PenstockError(ALTERED))
    assert golang.is_network(PenstockError("x: dial tcp: lookup host: no such host"))
    assert not golang.is_network(PenstockError("verifying module: checksum mismatch"))


def failing(*messages: str) -> tuple[Callable[[], bytes], list[str]]:
    left = list(messages)
    tried: list[str] = []

    def step() -> bytes:
        tried.append("again")
        if left:
            raise PenstockError(left.pop(0))
        return b""

    return step, tried


def test_a_passing_network_failure_is_retried_and_said(site: steps.Site, heard: Heard) -> None:
    step, tried = failing(REFUSED, REFUSED)
    steps.retried(step, name="zizmor", transient=pip.is_network, site=site)
    assert len(tried) == 3
    assert [text for _, text in heard.notes] == [
        "the network failed; trying again (2 left)",
        "the network failed; trying again (1 left)",
    ]


def test_a_lasting_network_failure_is_explained(site: steps.Site) -> None:
    step, tried = failing(*[REFUSED] * 9)
    with pytest.raises(PenstockError, match="try 3 of 3") as caught:
        steps.retried(step, name="zizmor", transient=pip.is_network, site=site)
    assert len(tried) == 3
    assert "Connection refused" in caught.value.message
    assert "HTTPS_PROXY" in caught.value.hint


def test_a_failure_that_is_not_the_networks_is_not_retried(site: steps.Site) -> None:
    step, tried = failing(ALTERED)
    with pytest.raises(PenstockError, match="DO NOT MATCH"):
        steps.retried(step, name="zizmor", transient=pip.is_network, site=site)
    assert len(tried) == 1
