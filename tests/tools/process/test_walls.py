"""What a tool can know and reach."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import pipeline
from pipeline.model.walls import Level
from pipeline.programs import landlock, view
from pipeline.toolchain import status
from tests.support import poor
from tests.support.toys import Run, answered, start

pytestmark = pytest.mark.tools


def test_the_environment_is_said_in_full(
    sh: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "PIP_INDEX_URL", "LD_DEBUG"):
        monkeypatch.setenv(name, "leaked")

    said = answered(sh("env -0", env=(("LC_ALL", "C"), ("TRIVY_X", "1")))).data.decode()

    seen = dict(word.split("=", 1) for word in said.split("\0") if word)
    home = tmp_path / "private" / "toy" / "home"
    assert set(seen) - {"PWD", "_", "SHLVL", "OLDPWD"} == {
        "HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TRIVY_X", "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    }  # fmt: skip
    assert seen["HOME"] == str(home)
    assert seen["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert home.is_dir()


def test_no_descriptor_is_inherited(py: Run, *, network: bool) -> None:
    mine, other = os.pipe()
    os.set_inheritable(mine, True)  # noqa: FBT003 -- the standard library's own
    try:
        look = """
            import os
            print(*(n for n in range(256) if os.path.exists(f"/proc/self/fd/{n}")))
            print(os.readlink("/proc/self/fd/0"), os.umask(0))
        """
        report = answered(py(look, network=network))
    finally:
        os.close(mine)
        os.close(other)

    assert report.data == b"0 1 2\n/dev/null 63\n"


def test_limits_and_privileges_are_lowered(sh: Run) -> None:
    look = "ulimit -c; ulimit -n; grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status"

    core, files, *rest = answered(sh(look)).data.decode().split()

    assert core == "0"
    assert int(files) <= 8192
    assert rest == ["CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"]


def test_nothing_of_the_machine_that_is_shown_can_be_written(py: Run) -> None:
    look = f"""
        import os
        shown = [place for place in {["/", *view.SYSTEM, *view.SETTINGS]} if os.path.exists(place)]
        print(*(place for place in shown if not os.statvfs(place).f_flag & os.ST_RDONLY))
    """
    ended = py(look)
    if ended.usage.sandbox != "isolated":
        pytest.skip("this kernel allows no root of its own")

    assert answered(ended).data == b"\n"


@pytest.mark.enable_socket
def test_the_network_is_reached_by_leave_only(py: Run, *, network: bool) -> None:
    import socket

    call = """
        import socket
        with socket.create_server(("127.0.0.1", 0)) as own:
            socket.create_connection(own.getsockname()).close()
        try:
            socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
        except OSError as exc:
            print(type(exc).__name__)
        else:
            print("reached")
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = py(call.format(port=server.getsockname()[1]), network=network)
    if not network and ended.usage.sandbox != "isolated":
        pytest.skip("this kernel allows no network namespace")

    expected = b"reached\n" if network else b"ConnectionRefusedError\n"
    assert answered(ended).data == expected


SUPERVISE = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from pipeline.programs import supervisor; supervisor.main(sys.argv[2:])"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python of everybody")
@pytest.mark.parametrize("without", ["nothing", "isolation"])
def test_a_user_without_privileges_is_held_as_tightly(without: str) -> None:
    if without != "nothing" and not landlock.version():
        pytest.skip("this kernel has no Landlock")
    with tempfile.TemporaryDirectory() as name, tempfile.NamedTemporaryFile() as beside:
        folder = Path(name)
        Path(beside.name).chmod(0o644)
        said = _as_nobody(
            folder,
            without,
            f"""
            id -u; grep CapBnd /proc/self/status; touch {folder}/x
            cat {beside.name} && echo read; setsid sleep 300 & exit 5
        """,
        )

        assert status.exit_code(said) == 5
        seen = ["65534", "CapBnd:", "0" * 16] if without == "nothing" else ["65534"]
        assert (folder / "out").read_text().split() == seen
        assert (folder / "x").stat().st_uid == 65534
        as_root = start(folder, ("/bin/true",), private=folder / "private").usage.sandbox
        assert said.sandbox is (as_root if without == "nothing" else Level.LANDLOCK)
        assert said.clean


def _as_nobody(folder: Path, without: str, look: str) -> status.Status:
    """Start a line of shell as a user who owns nothing, on a machine that may be a poor one."""
    shutil.copytree(Path(pipeline.__file__).parent / "programs", folder / "pipeline/programs")
    shutil.copyfile(poor.__file__, folder / "poor.py")
    (folder / "pipeline" / "__init__.py").touch()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    limits = ("20", "20", "1", "1000", "1000", f"{1 << 33}", f"{1 << 33}")
    words = ("closed", "preferred", *limits, f"{folder}/out", f"{folder}/err", "", "/", "0", "1")
    python = "/usr/bin/python3"
    first = (python, "-I", str(folder / "poor.py"), without) if without != "nothing" else ()
    lifeline = os.pipe()
    ran = subprocess.run(
        (
            *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
            *(*first, python, "-I", "-S", "-c", SUPERVISE, str(folder), *words, str(folder)),
            *("/bin/sh", "-c", look),
        ),
        stdin=lifeline[0],
        capture_output=True,
        check=True,
    )
    os.close(lifeline[0])
    os.close(lifeline[1])
    said = status.decode(ran.stdout)
    assert said is not None, ran.stderr
    return said
