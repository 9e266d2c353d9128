"""Run pip-audit beside an OSV server of our own, and write down all that was asked and answered.

Started as `python -I -S osv_audit.py SPEC.json`, with the standard library and what SPEC's
`packages` name: `packaging`, for PEP 440, and this package. The server listens on a free loopback
port of the namespace in which this process was started, so that nothing else needs to be reachable.
Where there is no such namespace, pip-audit is left that one port by Landlock.

The report is one JSON object on standard output. The exit code is 0 whenever there is one: what
pip-audit said, and with which code it ended, is for the parser to judge.
"""

import importlib.util
import json
import os
import selectors
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final, TypeAlias

Json: TypeAlias = dict[str, object]

SCHEMA: Final = "penstock/osv-audit@1"
TAIL: Final = 4096
_BEAT: Final = 0.02
"""Seconds after which the server notices that it is not needed any more; half one otherwise."""


class NotStartedError(Exception):
    """pip-audit could not be started."""


def audit(tool: str, flat: str, url: str, limit: int) -> Json:
    """Run pip-audit once over a flat file of pins, and return its words untouched."""
    cache = tempfile.mkdtemp(prefix="pip-audit-cache-")
    how = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--cache-dir", cache]
    where = ["-s", "osv", "--osv-url", url, "-f", "json"]
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    child = _spawn([tool, "-r", flat, *how, *where], out_end, err_end)
    os.close(out_end)
    os.close(err_end)
    stdout, stderr, whole = _drain(child, out, err, limit)
    _, status = os.waitpid(child, 0)
    return {
        "file": Path(flat).name,
        "exit_code": os.waitstatus_to_exitcode(status),
        "whole": whole,
        "stdout": stdout.decode("utf-8", "backslashreplace"),
        "stderr": stderr[-TAIL:].decode("utf-8", "backslashreplace"),
    }


def _spawn(argv: list[str], stdout: int, stderr: int) -> int:
    pipes: list[tuple[int, int, int]] = [(os.POSIX_SPAWN_DUP2, stdout, 1)]
    pipes.append((os.POSIX_SPAWN_DUP2, stderr, 2))
    silence = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    try:
        return os.posix_spawn(argv[0], argv, os.environ, file_actions=[silence, *pipes])
    except OSError as error:
        raise NotStartedError(str(error)) from error


def _drain(child: int, out: int, err: int, limit: int) -> tuple[bytes, bytes, bool]:
    """Read both pipes until the child ends; one that says more than the limit is ended.

    Its own children may hold the pipes and go on: what they say when it has ended is no report.
    """
    said = {out: bytearray(), err: bytearray()}
    ended = os.pidfd_open(child)
    whole = True
    for pipe in said:
        os.set_blocking(pipe, False)
    with selectors.DefaultSelector() as selector:
        for source in (*said, ended):
            selector.register(source, selectors.EVENT_READ)
        while whole and ended in selector.get_map():
            for ready in {key.fd for key, _ in selector.select()}:
                if ready == ended:
                    selector.unregister(ended)
                elif not _take(ready, said[ready]):
                    selector.unregister(ready)
            whole = max(map(len, said.values())) <= limit
    while whole and any(_take(pipe, held) for pipe, held in said.items()):
        whole = max(map(len, said.values())) <= limit
    if not whole:
        os.kill(child, signal.SIGKILL)
    for descriptor in (out, err, ended):
        os.close(descriptor)
    return bytes(said[out][:limit]), bytes(said[err][:limit]), whole


def _take(pipe: int, held: bytearray) -> bool:
    """Add what a pipe holds; say whether there may be more."""
    try:
        data = os.read(pipe, 1 << 16)
    except BlockingIOError:
        return False
    held += data
    return bool(data)


def report(spec: Json) -> Json:
    """Serve the snapshot, ask pip-audit about every flat file, and tell all of it."""
    # Only now are they to be had.
    from pipeline.programs.landlock import only_port
    from pipeline.programs.osv_match import ids_of, objects, texts
    from pipeline.programs.osv_server import OsvServer, Service
    from pipeline.programs.osv_snapshot import Snapshot

    extra = objects([spec["canary"]])[0]
    with Snapshot(Path(str(spec["snapshot"])), extra) as snapshot:
        service = Service(snapshot)
        server = OsvServer(service)
        threading.Thread(target=server.serve_forever, args=(_BEAT,), daemon=True).start()
        url, limit = f"{server.url}/v1/query", int(str(spec["limit"]))
        # Of this thread and what it starts; the server's were started before.
        only_port(server.server_address[1])
        rounds = [audit(str(spec["tool"]), flat, url, limit) for flat in texts(spec["flats"])]
        server.shutdown()
        server.server_close()
        listed = {
            name: sorted({i for record in snapshot.held(name) for i in ids_of(record)})
            for name in texts(spec["known"])
        }
    asked: Json = {"queries": service.queries, "records": service.records}
    return asked | {"rounds": rounds, "listed": listed}


def adopt(name: str, folder: str) -> None:
    """Import a package from its folder. What lies beside it may be neither read nor listed."""
    found = importlib.util.spec_from_file_location(
        name, f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    assert found is not None  # noqa: S101 -- for a name that ends in .py there always is one
    assert found.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)


def main(spec_file: str) -> int:
    """Read the order, carry it out, and print the report or why there is none."""
    spec = json.loads(Path(spec_file).read_bytes())
    for name, folder in spec["packages"].items():
        adopt(name, folder)
    told: Json = {"rounds": [], "queries": [], "records": {}, "listed": {}}
    try:
        told |= report(spec) | {"failure": None}
    except NotStartedError as error:
        told["failure"] = {"of": "tool", "message": str(error)}
    except (OSError, ValueError, KeyError) as error:
        told["failure"] = {"of": "feed", "message": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps({"schema": SCHEMA, **told}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
