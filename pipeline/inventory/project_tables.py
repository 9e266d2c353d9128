"""The tables of project files that say what a project wishes for, by whose they are."""

import msgspec


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    dependencies: tuple[str, ...] = ()
    optional: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="optional-dependencies")
    dynamic: tuple[str, ...] = ()


class _Files(msgspec.Struct, frozen=True, kw_only=True):
    file: str | tuple[str, ...] = ()


class _Dynamic(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: _Files = _Files()
    optional: dict[str, _Files] = msgspec.field(default={}, name="optional-dependencies")


class _Setuptools(msgspec.Struct, frozen=True, kw_only=True):
    dynamic: _Dynamic = _Dynamic()


class _PoetryGroup(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: dict[str, object] = {}


class Poetry(msgspec.Struct, frozen=True, kw_only=True):
    """Poetry's lists of packages."""

    name: str = ""
    dependencies: dict[str, object] = {}
    dev: dict[str, object] = msgspec.field(default={}, name="dev-dependencies")
    group: dict[str, _PoetryGroup] = {}


class _Uv(msgspec.Struct, frozen=True, kw_only=True):
    dev: tuple[str, ...] = msgspec.field(default=(), name="dev-dependencies")
    override: tuple[str, ...] = msgspec.field(default=(), name="override-dependencies")
    sources: dict[str, object] = {}
    """By package: where it comes from in place of an index."""


class _FlitMetadata(msgspec.Struct, frozen=True, kw_only=True):
    requires: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="requires-extra")


class _Flit(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _FlitMetadata = _FlitMetadata()


class _Pdm(msgspec.Struct, frozen=True, kw_only=True):
    dev: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="dev-dependencies")


class _HatchEnv(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: tuple[str, ...] = ()
    extra: tuple[str, ...] = msgspec.field(default=(), name="extra-dependencies")


class _HatchLists(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[str, ...] = ()
    optional: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="optional-dependencies")


class _HatchHooks(msgspec.Struct, frozen=True, kw_only=True):
    requirements_txt: _HatchLists = _HatchLists()


class _HatchMetadata(msgspec.Struct, frozen=True, kw_only=True):
    hooks: _HatchHooks = _HatchHooks()


class _Hatch(msgspec.Struct, frozen=True, kw_only=True):
    envs: dict[str, _HatchEnv] = {}
    metadata: _HatchMetadata = _HatchMetadata()


class _Rye(msgspec.Struct, frozen=True, kw_only=True):
    dev: tuple[str, ...] = msgspec.field(default=(), name="dev-dependencies")


class _PixiTable(msgspec.Struct, frozen=True, kw_only=True):
    pypi: dict[str, object] = msgspec.field(default={}, name="pypi-dependencies")


class Pixi(_PixiTable, frozen=True, kw_only=True):
    """Pixi's lists of Python's packages, for all and by feature or platform."""

    feature: dict[str, _PixiTable] = {}
    target: dict[str, _PixiTable] = {}


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of tools."""

    poetry: Poetry = Poetry()
    uv: _Uv = _Uv()
    pdm: _Pdm = _Pdm()
    rye: _Rye = _Rye()
    pixi: Pixi = Pixi()
    hatch: _Hatch = _Hatch()
    flit: _Flit = _Flit()
    setuptools: _Setuptools = _Setuptools()
    tox: dict[str, object] = {}


class _OfScript(msgspec.Struct, frozen=True, kw_only=True):
    uv: _Uv = _Uv()


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a script says of itself (PEP 723)."""

    dependencies: tuple[str, ...] = ()
    tool: _OfScript = _OfScript()


class Pyproject(msgspec.Struct, frozen=True, kw_only=True):
    """All of a pyproject.toml that counts here."""

    project: _Table = _Table()
    groups: dict[str, tuple[str | dict[str, object], ...]] = msgspec.field(
        default={}, name="dependency-groups"
    )
    tool: Tools = Tools()
