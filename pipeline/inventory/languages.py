"""Which language a file is written in, by its name or how it begins, in semgrep's words.

A language that semgrep does not know has a word too, so that code which nothing can look at is
seen. Files that semgrep itself would pass by (`.pyw`, `Dockerfile.dev`) have their language all
the same: that it did not look is for the report to show.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.model import templates

COMPILED: Final = "compiled"
"""What runs, and is no text: nothing looks into it."""
SCRIPT: Final = "script"
"""What runs by a program that is not known here: code, whatever it is written in."""
TEMPLATE: Final = "template"
"""What becomes code when a program has filled it in: until then no scanner understands it."""
_SUFFIXES: Final[Mapping[str, str]] = {
    suffix: language
    for language, suffixes in {
        "ada": "adb ads",
        "apex": "cls apex",
        "assembly": "asm",
        "bash": "sh bash zsh ksh bats",
        "batch": "bat cmd",
        "c": "c h",
        "cairo": "cairo",
        "circom": "circom",
        "clojure": "clj cljs cljc edn",
        "cobol": "cbl cob",
        "coffeescript": "coffee litcoffee iced",
        "coldfusion": "cfm cfc",
        "astro": "astro",
        COMPILED: (
            "pyc pyo pyd so dylib dll exe whl egg pyz pyzw pex class jar war ear wasm aar apk jmod"
            " nupkg vsix xpi"
        ),
        "cpp": "cc cpp cxx c++ pcc tpp hh hpp hxx inl ipp cu",
        "crystal": "cr",
        "csharp": "cs csx cshtml razor",
        "css": "css scss sass less",
        "cython": "pyx pxd pxi",
        "dart": "dart",
        "dockerfile": "dockerfile containerfile",
        "ejs": "ejs",
        "elixir": "ex exs",
        "elm": "elm",
        "erlang": "erl hrl",
        "fish": "fish",
        "fortran": "f f90 f95",
        "fsharp": "fs fsx",
        "gdscript": "gd",
        "go": "go",
        "groovy": "groovy gradle jenkinsfile",
        "hack": "hack hck",
        "haskell": "hs",
        "haxe": "hx",
        "html": "html htm xhtml",
        "java": "java jsp",
        "javascript": "js jsx mjs cjs es6 jsm njs pac ssjs xsjs",
        "json": "json jsonc json5 geojson webmanifest",
        "jsonnet": "jsonnet libsonnet",
        "julia": "jl",
        "jupyter": "ipynb",
        "kotlin": "kt kts ktm",
        "lisp": "lisp cl el",
        "livescript": "ls",
        "lua": "lua",
        "markdown": "md markdown",
        "mdx": "mdx",
        "move_on_aptos": "move",
        "nim": "nim",
        "nix": "nix",
        "objective-c": "m mm",
        "ocaml": "ml mli",
        "pascal": "pas",
        "perl": "pl pm",
        "php": "php phtml php3 php4 php5 php7 php8 phar ctp",
        "powershell": "ps1 psm1 psd1",
        "promql": "promql",
        "protobuf": "proto",
        "puppet": "pp",
        "purescript": "purs",
        "python": "py pyi pyw wsgi py3 pyde pyt tac",
        "r": "r rmd",
        "raku": "raku rakumod p6 pl6 pm6",
        "reason": "re rei res resi",
        "rego": "rego",
        "ruby": "rb rake gemspec erb ru rbw jbuilder podspec thor",
        "rust": "rs",
        "sage": "sage",
        "scala": "scala sc sbt",
        "scheme": "scm ss rkt",
        "snakemake": "smk",
        "solidity": "sol",
        "sql": "sql plsql pgsql",
        "starlark": "bazel bzl star",
        "svelte": "svelte",
        "swift": "swift",
        "tcl": "tcl",
        "terraform": "tf tofu hcl tfvars",
        "toml": "toml",
        "typescript": "ts tsx mts cts",
        "vala": "vala",
        "vb": "vb vbs bas asp aspx ascx",
        "verilog": "v sv",
        "vhdl": "vhd vhdl",
        "vue": "vue",
        "vyper": "vy",
        "wat": "wat",
        "xml": "xml plist xsd xsl xslt svg",
        "yaml": "yaml yml",
        "zig": "zig",
    }.items()
    for suffix in suffixes.split()
}
_NAMES: Final[Mapping[str, str]] = {
    "BUILD": "starlark",
    "Berksfile": "ruby",
    "Brewfile": "ruby",
    "Capfile": "ruby",
    "Dangerfile": "ruby",
    "Fastfile": "ruby",
    "Gemfile": "ruby",
    "Guardfile": "ruby",
    "Jenkinsfile": "groovy",
    "Podfile": "ruby",
    "Puppetfile": "ruby",
    "Rakefile": "ruby",
    "SConscript": "python",
    "SConstruct": "python",
    "Snakefile": "snakemake",
    "Tiltfile": "starlark",
    "Vagrantfile": "ruby",
    "WORKSPACE": "starlark",
    "wscript": "python",
}
_DOCKER: Final = re.compile(r"(?:dockerfile|containerfile)(?:[.\-_].*)?", re.IGNORECASE)
_DOCKER_FIRST: Final = ("Dockerfile.", "Containerfile.")
"""Whatever follows these: Trivy reads `Dockerfile.go` as a Dockerfile, and so do people."""
_FROM: Final = rb"(?:FROM|from)(?:[ \t]++--\S++)*+[ \t]++[^-\s]\S*+(?:[ \t]++(?i:AS)[ \t]++\S++)?+"
_BUILDS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:[ \t]*+(?:\#[^\n]*+)?+\r?\n)*+[ \t]*+"
    rb"(?:" + _FROM + rb"|(?:ARG|arg)[ \t]++\w++(?:=[^\n]*+)?+)[ \t]*+(?:\r?\n|\Z)"
)
"""A first instruction as a Dockerfile has it, below comments and blank lines."""
_BUILT: Final = re.compile(r"(?:docker|container)file[^/]*\Z", re.IGNORECASE)
_STEP: Final = re.compile(
    rb"^[ \t]*+(?:ADD|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|RUN|USER|VOLUME"
    rb"|WORKDIR|add|cmd|copy|entrypoint|env|expose|label|run|user|volume|workdir)[ \t]++[^\s=]",
    re.MULTILINE,
)
"""One that may follow. Whoever writes `From` or `Run` writes a sentence."""
_UNTOLD: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?+"
    rb"(?:[ \t]*+(?:(?:\#|FROM[ \t]|from[ \t]|ARG[ \t]|arg[ \t])[^\n]*+|\r?+)(?:\n|\Z))*+"
)
_COMPILED: Final = re.compile(
    rb"\x7fELF|\0asm|\xca\xfe\xba[\xbe\xbf]|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]"
    rb"|MZ.{62,1024}?PE\0\0|!<arch>\n|dex\n0|BC\xc0\xde|\x1bLua|FOR1....BEAM"
    rb"|.[\x0c-\x0e]\r\n[\0-\3]\0\0\0",
    re.DOTALL,
)
"""How programs begin whose letters nobody reads: Linux, WebAssembly, Java and Apple's, Windows',
archives of objects, Android's, LLVM's, Lua's, Erlang's and Python's."""
_DATA: Final = frozenset(
    {"css", "html", "json", "jsonnet", "markdown", "sql", "toml", "xml", "yaml"}
)
_CODELESS: Final = _DATA | {COMPILED, "dockerfile", "terraform"}
_RUNS: Final = re.compile(rb"#![ \t]*(?:/[^\s/]|python)")
"""Installers of Python put the interpreter's own path for `python`."""
_SPLIT: Final = re.compile(r"-\w*S|--split-string=")
"""How `env` is told to cut a line into words, with the first of them at its heels."""
_INTERPRETERS: Final[Mapping[str, str]] = {
    "ash": "bash",
    "bash": "bash",
    "dash": "bash",
    "deno": "typescript",
    "hhvm": "hack",
    "js": "javascript",
    "ksh": "bash",
    "lua": "lua",
    "node": "javascript",
    "nodejs": "javascript",
    "ocaml": "ocaml",
    "perl": "perl",
    "php": "php",
    "pwsh": "powershell",
    "pypy": "python",
    "python": "python",
    "rscript": "r",
    "ruby": "ruby",
    "run-cargo-script": "rust",
    "scala": "scala",
    "sh": "bash",
    "ts-node": "typescript",
    "tsx": "typescript",
    "uv": "python",
    "zsh": "bash",
}


def by_name(path: str) -> str | None:
    """Return the language that a file's name says, or None."""
    base = path.rpartition("/")[2]
    lowered = base.lower()
    suffix = lowered.rpartition(".")[2] if "." in lowered[1:] else ""
    if suffix in _SUFFIXES and not base.startswith(_DOCKER_FIRST):
        # semgrep and compilers read .C as C++.
        return "cpp" if base.endswith(".C") else _SUFFIXES[suffix]
    if _DOCKER.fullmatch(base):
        return "dockerfile"
    return _NAMES.get(base) or _of_template(path)


def _of_template(path: str) -> str | None:
    filled = templates.filled(path)
    language = by_name(filled) if filled != path else None
    return None if language is None or language in _CODELESS else TEMPLATE


def of(path: str, head: bytes) -> str | None:
    """Return the language of a file, by its name, else by how it begins."""
    language = by_name(path)
    return of_script(language, head) or language or by_instructions(path, head)


def of_script(language: str | None, head: bytes) -> str | None:
    """Return the language that a first line says where the name says none, or one of data.

    Whoever runs a file is led by that line alone, be it called `run.json`.
    """
    said = by_first_line(head)
    if language in _DATA and said in (SCRIPT, COMPILED):
        return None
    return said if language in (None, COMPILED, TEMPLATE) or language in _DATA else None


def by_instructions(path: str, head: bytes) -> str | None:
    """Tell a Dockerfile under a name that says no language: docker builds by whatever it is given.

    One instruction will do where the name sounds like it.
    """
    begun = _BUILDS.match(head)
    if begun and (_BUILT.search(path) or _STEP.search(head, begun.end())):
        return "dockerfile"
    return None


def is_untold(piece: bytes) -> bool:
    """Say whether what a file is may come later: here are comments and first instructions only."""
    return _UNTOLD.fullmatch(piece) is not None


def by_first_line(head: bytes) -> str | None:
    """Return the language of the program that a `#!` line names, or None where there is none."""
    if _COMPILED.match(head):
        return COMPILED
    if not _RUNS.match(head):
        return None
    line = head[2:256].partition(b"\n")[0].decode("ascii", "replace")
    for word in _programs(line):
        language = _INTERPRETERS.get(word) or _INTERPRETERS.get(word.rstrip("0123456789.-"))
        if language:
            return language
    return SCRIPT


def _programs(line: str) -> Iterator[str]:
    """Yield the words that may be the interpreter: of `env`, `busybox` or `nice` a later one is."""
    for word in line.split():
        name = _SPLIT.sub("", word, count=1)
        if not name.startswith("-") and "=" not in name:
            yield name.rpartition("/")[2].lower()
