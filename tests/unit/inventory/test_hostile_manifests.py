"""No manifest, however broken, stops an inventory or passes for an empty one."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.inventory import locks, pins, projects
from pipeline.inventory.texts import Texts
from pipeline.model.inventory import Manifest, SourceFile

_WHOLE = {
    "uv.lock": b'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "x" }\n'
    b'[[package]]\nname = "b"\nsource = { editable = "." }\n',
    "poetry.lock": b'[[package]]\nname = "a"\nversion = "1"\nmarkers = "x"\n[package.source]\n'
    b'type = "git"\nurl = "u"\n[metadata]\nlock-version = "2"\n',
    "pdm.lock": b'[metadata]\ngroups = []\n[[package]]\nname = "a"\nversion = "1"\nmarker = "m"\n',
    "pylock.toml": b'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n',
    "Pipfile.lock": b'{"_meta": {}, "default": {"a": {"version": "==1", "markers": "m"}}}',
    "pyproject.toml": b'[project]\nname = "p"\ndependencies = ["a==1"]\n[dependency-groups]\n'
    b'x = ["b>1"]\n[tool.poetry.dependencies]\nc = {version = "^1"}\n',
    "hatch.toml": b'[envs.x]\ndependencies = ["a==1"]\nextra-dependencies = ["b>1"]\n',
    "Pipfile": b'[packages]\na = "==1"\nb = {git = "x"}\n',
    "setup.cfg": b"[metadata]\nname = p\n[options]\ninstall_requires =\n  a==1\n",
    "setup.py": b"setup(install_requires=['a==1'], extras_require={'x': y()})\n",
    "tox.ini": b"[tox]\nrequires = a==1\n[testenv]\ndeps =\n  py3: b>1\n  -r x.txt\n  {posargs}\n",
    "tox.toml": b'requires = ["a==1"]\n[env.x]\ndeps = ["b>1", "-r x.txt", {replace = "ref"}]\n',
    "noxfile.py": b"X = ['a==1']\ndef t(s):\n  s.install(*X, 'b', '-r', 'x.txt', f'{y}')\n",
    "script": b"# /// script\n# dependencies = [\n#   'a==1',\n# ]\n# ///\nimport a\n",
    "requirements": b"-r x.txt\n-c y.txt\na==1 ; python_version < '3' --hash=sha256:0\n-e .\n",
}


@st.composite
def damaged(draw: st.DrawFn, form: str) -> bytes:
    """Cut, repeat and replace pieces of a good file."""
    data = bytearray(_WHOLE[form])
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 12))
        piece = draw(
            st.binary(max_size=6)
            | st.sampled_from([b'"', b"[", b"]", b"{", b"\n", b"= ", b"\0", b"\xff", b"1", b"'"])
        )
        data[place : place + length] = piece
    return bytes(data)


@pytest.mark.parametrize("form", sorted(_WHOLE))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_damaged_manifest_is_read_or_is_a_question_without_an_answer(
    tmp_path: Path, form: str, data: st.DataObject
) -> None:
    content = data.draw(damaged(form))
    (tmp_path / "manifest").write_bytes(content)
    file = SourceFile(path="manifest", size=len(content), language=None, binary=False, sha256="")
    texts = Texts(
        root=tmp_path,
        files={"manifest": file},
        sources={"manifest": "manifest"},
        aliases={},
        unread={},
        excluded={},
    )
    found = pins.take([Manifest(path="manifest", ecosystem="PyPI", form=form)], texts)
    for pin in found.pins:
        assert pin.version or pin.problem is not None
        assert pin.target.isprintable()
        assert pin.detail.isprintable()
    assert msgspec.json.decode(msgspec.json.encode(found.pins), type=tuple[object, ...]) is not None


def test_every_form_is_tried() -> None:
    assert {*locks.FORMS, *projects.FORMS, "requirements"} == _WHOLE.keys()
