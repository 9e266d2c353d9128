"""What a tool can know and reach."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import pipeline
from pipeline.toolchain import status
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
def test_a_user_without_privileges_is_held_as_tightly() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(Path(pipeline.__file__).parent / "programs", folder / "pipeline/programs")
        (folder / "pipeline" / "__init__.py").touch()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
        look = f"id -u; grep CapBnd /proc/self/status; touch {folder}/x; setsid sleep 300 & exit 5"
        limits = ("20", "20", "1", "1000", "1000", f"{1 << 33}", f"{1 << 33}")
        words = (
            "closed",
            "preferred",
            *limits,
            f"{folder}/out",
            f"{folder}/err",
            "",
            "/",
            "0",
            "1",
            name,
        )
        ran = subprocess.run(
            (
                *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
                *("/usr/bin/python3", "-I", "-S", "-c", SUPERVISE, name, *words),
                *("/bin/sh", "-c", look),
            ),
            stdin=(lifeline := os.pipe())[0],
            capture_output=True,
            check=True,
        )
        os.close(lifeline[0])
        os.close(lifeline[1])

        said = status.decode(ran.stdout)
        assert said is not None, ran.stderr
        assert status.exit_code(said) == 5
        assert (folder / "out").read_text().split() == ["65534", "CapBnd:", "0" * 16]
        assert (folder / "x").stat().st_uid == 65534
        as_root = start(folder, ("/bin/true",), private=folder / "private")
        assert said.sandbox == as_root.usage.sandbox
