"""One bundle gives the same bytes whatever the hash seed, the locale and the time zone are."""

from pathlib import Path

import pytest

from pipeline.model.severity import Severity
from tests.support import bundles
from tests.support.command import Ran, penstock
from tests.support.judging import case, code, exception, gate, package, policy

pytestmark = pytest.mark.tools

SURROUNDINGS = (
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "4294967295", "LC_ALL": "C.UTF-8", "LANG": "de_DE", "TZ": "Etc/GMT+12"},
)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle with many findings under aliases, exceptions of each kind, and warnings."""
    ghsa = "GHSA-aaaa-bbbb-cccc"
    files = {
        "gate.yaml": gate(),
        "exceptions/EX-1.yaml": exception("EX-1"),
        "exceptions/EX-2.yaml": exception("EX-2", expires="2026-11-24"),
        "exceptions/EX-3.yaml": exception("EX-3", reason="short"),
    }
    found = [
        package(target=f"service-{n}/requirements.txt", aliases=("CVE-2026-11111", ghsa))
        for n in range(9)
    ]
    found += [code(target=f"app/{n}.py", severity=level) for n, level in enumerate(Severity)]
    return bundles.write(tmp_path / "bundle", case(policy(files), *found), files)


@pytest.mark.parametrize(
    "words",
    [
        ("gate", "--format", "json"),
        ("gate", "--format", "markdown"),
        ("gate", "--format", "sarif"),
        ("explain", "--verdict", "--format", "json"),
    ],
    ids=" ".join,
)
def test_the_answer_is_the_same_everywhere(words: tuple[str, ...], bundle: Path) -> None:
    command, *flags = words

    def said(surroundings: dict[str, str]) -> Ran:
        return penstock(command, bundle, *flags, extra=surroundings)

    first, *others = map(said, SURROUNDINGS)
    assert first.out
    assert others == [first, first]
