"""What a lock takes from elsewhere than an index, though it gives it a version."""

import json

import pytest

from pipeline.stages.packages.locks import NotReadError
from pipeline.stages.packages.origins import elsewhere


def _npm(resolved: str) -> str:
    packages = {"": {"version": resolved}, "node_modules/a": {"version": "1", "resolved": resolved}}
    return json.dumps({"packages": packages})


@pytest.mark.parametrize(
    ("base", "text", "names"),
    [
        ("package-lock.json", _npm("git+ssh://git@example.com/a.git#1"), {"a"}),
        ("package-lock.json", _npm("github:a/a#1"), {"a"}),
        ("package-lock.json", _npm("https://example.com/a.tgz"), {"a"}),
        ("package-lock.json", _npm("file:vendor/a.tgz"), {"a"}),
        ("package-lock.json", _npm("file:lib/a"), set()),
        ("package-lock.json", _npm("https://index.example/a/-/a-1.tgz"), set()),
        ("package-lock.json", _npm("https://index.example/download/a/1/0"), set()),
        (
            "package-lock.json",
            (
                '{"dependencies": {"a": {"version": "1", "dependencies": {'
                '"b": {"version": "git+https://example.com/b.git#1"}}}}}'
            ),
            {"b"},
        ),
        (
            "package-lock.json",
            '{"packages": {"node_modules/a": {"name": "b", "resolved": "git://example.com/b"}}}',
            {"b"},
        ),
        ("package-lock.json", '{"packages": {"node_modules/a": {"link": true}}}', set()),
        ("Cargo.lock", '[[package]]\nname = "a"\nsource = "git+https://example.com/a#1"\n', {"a"}),
        ("Cargo.lock", '[[package]]\nname = "a"\nsource = "registry+https://example.com"\n', set()),
        ("Cargo.lock", '[[package]]\nname = "a"\n', set()),
        (
            "Gemfile.lock",
            (
                "GIT\n  remote: https://example.com/a\n  specs:\n    a (1.0)\n      b (>= 1)\n\n"
                "GEM\n  remote: https://index.example\n  specs:\n    b (2.0)\n"
            ),
            {"a"},
        ),
        (
            "pnpm-lock.yaml",
            (
                "packages:\n\n  a@https://example.com/a.tgz:\n    version: 1.0.0\n  b@1.0.0:\n"
                "  '@c/d@git+https://example.com/d#1':\n"
            ),
            {"a", "@c/d"},
        ),
        ("go.mod", "git+https://example.com", set()),
    ],
)
def test_what_comes_from_a_repository_or_an_address(base: str, text: str, names: set[str]) -> None:
    assert elsewhere(base, text) == names


def test_a_lock_that_cannot_be_read_is_said_to_be_so() -> None:
    with pytest.raises(NotReadError):
        elsewhere("package-lock.json", "[]")
