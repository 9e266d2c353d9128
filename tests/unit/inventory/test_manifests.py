import pytest

from pipeline.inventory.manifests import asks, by_content, kind_of


@pytest.mark.parametrize(
    ("path", "ecosystem", "form"),
    [
        ("requirements.txt", "PyPI", "requirements"),
        ("requirements-dev.txt", "PyPI", "requirements"),
        ("dev-requirements.in", "PyPI", "requirements"),
        ("requirements.lock", "PyPI", "requirements"),
        ("requirements/base.txt", "PyPI", "requirements"),
        ("services/api/requirements/prod.in", "PyPI", "requirements"),
        ("requirements/a/b/c/prod.txt", "PyPI", "requirements"),
        ("constraints.txt", "PyPI", "constraints"),
        ("uv.lock", "PyPI", "uv.lock"),
        ("worker/poetry.lock", "PyPI", "poetry.lock"),
        ("Pipfile.lock", "PyPI", "Pipfile.lock"),
        ("pylock.toml", "PyPI", "pylock.toml"),
        ("pylock.dev.toml", "PyPI", "pylock.toml"),
        ("pyproject.toml", "PyPI", "pyproject.toml"),
        ("package-lock.json", "npm", "package-lock.json"),
        ("web/yarn.lock", "npm", "yarn.lock"),
        ("pnpm-lock.yaml", "npm", "pnpm-lock.yaml"),
        ("package.json", "npm", "package.json"),
        ("go.mod", "Go", "go.mod"),
        ("go.sum", "Go", "go.sum"),
        ("Cargo.lock", "crates.io", "Cargo.lock"),
        ("pom.xml", "Maven", "pom.xml"),
        ("gradle.lockfile", "Maven", "gradle.lockfile"),
        ("Gemfile.lock", "RubyGems", "Gemfile.lock"),
        ("composer.lock", "Packagist", "composer.lock"),
        ("packages.lock.json", "NuGet", "packages.lock.json"),
        ("Directory.Packages.props", "NuGet", "Packages.props"),
        ("conan.lock", "ConanCenter", "conan.lock"),
        ("mix.lock", "Hex", "mix.lock"),
        ("pubspec.lock", "Pub", "pubspec.lock"),
        ("Package.resolved", "SwiftURL", "Package.resolved"),
        ("pixi.lock", "conda", "pixi.lock"),
        ("pixi.toml", "conda", "pixi.toml"),
        ("tox.ini", "PyPI", "tox.ini"),
        ("tox.toml", "PyPI", "tox.toml"),
        ("noxfile.py", "PyPI", "noxfile.py"),
        ("ivy.xml", "Maven", "ivy.xml"),
        ("gradle/libraries.gradle", "Maven", "gradle"),
        ("build.gradle", "Maven", "build.gradle"),
        ("x.gemspec", "RubyGems", "gemspec"),
        ("conda-lock.yml", "conda", "conda-lock.yml"),
        ("paket.lock", "NuGet", "paket.lock"),
        ("maven_install.json", "Maven", "maven_install.json"),
        ("vcpkg.json", "vcpkg", "vcpkg.json"),
        ("hatch.toml", "PyPI", "hatch.toml"),
        ("Cartfile", "Carthage", "Cartfile"),
        ("Cartfile.resolved", "Carthage", "Cartfile.resolved"),
        ("bower.json", "Bower", "bower.json"),
        ("elm.json", "Elm", "elm.json"),
        ("x.cabal", "Hackage", "cabal"),
        ("paket.dependencies", "NuGet", "paket.dependencies"),
        ("Directory.Build.props", "NuGet", "project"),
        ("build/more.targets", "NuGet", "project"),
    ],
)
def test_a_manifest_is_known_by_its_name(path: str, ecosystem: str, form: str) -> None:
    kind = kind_of(path)
    assert kind is not None
    assert (kind.ecosystem, kind.form) == (ecosystem, form)


@pytest.mark.parametrize(
    "path", ["MANIFEST.in", "notes.txt", "requirements.md", "requirements.py", "lock.toml"]
)
def test_other_names_are_none(path: str) -> None:
    assert kind_of(path) is None


@pytest.mark.parametrize(
    "text",
    [
        b"idna==3.20\n",
        b"# pins\n\nidna==3.20 # c\nh11 == 0.16 ; python_version > '3'\n",
        b"\xef\xbb\xbfidna==3.20\n",
        b"a[x,y]==1 \\\n    --hash=sha256:0\n-r more.txt\n",
        b"--index-url https://x\r\na==1\r\n",
    ],
)
def test_a_list_of_pins_is_a_manifest_under_any_name(text: bytes) -> None:
    kind = by_content("deploy/Wanted.TXT", text)
    assert kind is not None
    assert (kind.ecosystem, kind.form) == ("PyPI", "requirements")


@pytest.mark.parametrize(
    "text",
    [
        b"a==1\nb>=2\n",
        b"a==1\nhttps://example.com/b.whl\n",
        b"a==1\nb @ https://example.com/b.whl\n-e ./c\n",
        b"a (==1)\n",
        b"a==1,!=2\n",
        b"a\\\n==1\n",
        "a==1\nb\n".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("path", ["deps.txt", "deps.text", "reqs/base.in", "wanted"])
def test_a_list_that_pip_takes_whole_is_one_where_a_pin_is_in_it(text: bytes, path: str) -> None:
    kind = by_content(path, text)
    assert kind is not None
    assert kind.form == "requirements"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("LICENSE", b"words\n==\nwords\n"),
        ("names.txt", b"alice\nbob>=1\n# ==\n"),
        ("notes.txt", b"if a==1 it is one\n"),
        ("notes.txt", b"a==1\nwords about it\n"),
        ("notes.txt", b"# a==1\n"),
        ("notes.txt", b"-r a==1\n"),
        ("notes.txt", b"===\n"),
        ("notes.md", b"a==1\n"),
    ],
)
def test_other_texts_are_none(path: str, text: bytes) -> None:
    assert by_content(path, text) is None


@pytest.mark.parametrize(
    ("path", "text", "asked"),
    [
        ("package.json", '{"dependencies": {"a": "1"}}', True),
        ("package.json", '{"devDependencies": {"a": "1"}}', True),
        ("package.json", '{"dependencies": { }}', True),
        ("package.json", '{"type": "module", "dependencies": {}}', False),
        ("package.json", "{", True),
        ("package.json", f'{{"x": {"[" * 3000}{"]" * 3000}}}', True),
        ("web/node_modules/a/package.json", '{"dependencies": {"a": "1"}}', False),
        ("x.csproj", '<PackageReference Include="a"/>', True),
        ("x.csproj", '<packagereference Include="a"/>', True),
        ("x.csproj", "<Project/>", False),
        ("go.mod", "module x", True),
        ("x.gemspec", "s.add_runtime_dependency 'rack'", True),
        ("x.gemspec", "s.name = 'x'", False),
        ("more.gradle", "dependencies { }", True),
        ("more.gradle.kts", 'val x = "org.example:a:1.0"', True),
        ("settings.gradle", "include 'a:b'\n", False),
        ("Package.swift", ".package(url: x)", True),
        ("Package.swift", "let package = Package(name: x)", False),
        ("Directory.Build.props", '<PackageReference Include="a"/>', True),
        ("Directory.Build.props", "<Project/>", False),
        ("deno.json", '{"imports": {"a": "npm:a@1"}}', True),
        ("deno.jsonc", '{"importMap": "./map.json"}', True),
        ("deno.json", '{"tasks": {"dev": "deno run main.ts"}}', False),
        ("Project.toml", 'name = "X"\n[deps]\nJSON = "68"\n', True),
        ("Project.toml", 'name = "deps"\n', False),
        ("MODULE.bazel", 'bazel_dep(name = "a", version = "1")', True),
        ("MODULE.bazel", 'maven.install(artifacts = ["a:b:1"])', True),
        ("MODULE.bazel", 'module(name = "x")', False),
        ("x.cabal", "library\n  Build-Depends: base\n", True),
        ("x.cabal", "name: x\n", False),
        ("package.yaml", "dependencies:\n- base\n", True),
        ("package.yaml", "name: x\n", False),
        ("rebar.config", '{deps, [{jsx, "3.1.0"}]}.', True),
        ("rebar.config", "{erl_opts, [debug_info]}.", False),
        ("stack.yaml", "extra-deps:\n- acme-missiles-0.3\n", True),
        ("stack.yaml", "resolver: lts-22.0\n", False),
    ],
)
def test_a_manifest_that_wants_nothing_is_none(path: str, text: str, *, asked: bool) -> None:
    kind = kind_of(path)
    assert kind is not None
    assert asks(kind, path, text.encode()) == asked


def test_a_manifest_that_is_no_utf_8_is_asked_for() -> None:
    kind = kind_of("package.json")
    assert kind is not None
    assert asks(kind, "package.json", b'{"\xff": 1}')


@pytest.mark.parametrize("path", ["environment-dev.yml", "conda.yaml", "envs/gpu.YML"])
@pytest.mark.parametrize(
    "text",
    [
        "name: a\ndependencies:\n  - python=3.11\n",
        "channels: [x]\r\ndependencies: # words\r\n\r\n# more\r\n- numpy\r\n",
        "dependencies:\n  - pip\n  - pip:\n    - flask==1.0\n",
        "dependencies:\n  - conda-forge::python\n",
    ],
)
def test_an_environment_is_known_by_what_stands_in_it(path: str, text: str) -> None:
    kind = by_content(path, text.encode())
    assert kind is not None
    assert (kind.ecosystem, kind.form) == ("conda", "environment")


@pytest.mark.parametrize(
    "text",
    [
        "dependencies:\n  - name: postgresql\n    repository: x\n",
        "dependencies:\n  - role: pythonic\n",
        "dependencies:\n  a: 1\nitems:\n  - python\n",
        "x:\n  dependencies:\n    - python\n",
        "channels: [a]\n",
        "requirements:\n  run:\n    - python\n",
    ],
)
def test_other_lists_of_dependencies_are_no_environment(text: str) -> None:
    assert by_content("x.yaml", text.encode()) is None
