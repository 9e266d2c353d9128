"""A lock above a manifest answers for it only where it names it."""

import json
from pathlib import Path

import pytest

from pipeline.stages.packages import stage as packages
from tests.support import staging

NPM = json.dumps({"lockfileVersion": 3, "packages": {"": {}, "apps/a": {}, "node_modules/x": {}}})
PNPM = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  apps/a:\n    dependencies: {}\n"
YARN = '"a@workspace:apps/a":\n  version: 0.0.0-use.local\n'
YARN_1 = "# yarn lockfile v1\n\nlodash@^4:\n  version 4.17.21\n"
CARGO = '[[package]]\nname = "a"\nversion = "0.1.0"\n'
CRATE = '[package]\nname = "a"\n\n[dependencies]\ntime = "0.1"\n'
DEBUG = json.dumps({"packages": {"": {"dependencies": {"debug": "1"}}, "node_modules/debug": {}}})
NODE = json.dumps({"dependencies": {"x": "^1"}})


@pytest.mark.parametrize(
    ("lock", "text", "manifest", "content", "member"),
    [
        ("package-lock.json", NPM, "apps/a/package.json", NODE, True),
        ("package-lock.json", NPM, "apps/b/package.json", NODE, False),
        ("package-lock.json", NPM, "apps/a/deep/package.json", NODE, False),
        ("pnpm-lock.yaml", PNPM, "apps/a/package.json", NODE, True),
        ("pnpm-lock.yaml", PNPM, "apps/b/package.json", NODE, False),
        ("yarn.lock", YARN, "apps/a/package.json", NODE, True),
        ("yarn.lock", YARN_1, "apps/a/package.json", NODE, False),
        ("Cargo.lock", CARGO, "crates/a/Cargo.toml", CRATE, True),
        ("Cargo.lock", CARGO, "crates/b/Cargo.toml", CRATE.replace('"a"', '"b"'), False),
        ("package-lock.json", DEBUG, "debug/package.json", NODE, False),
        (
            "pnpm-lock.yaml",
            "dependencies:\n  debug:\n    a: 1\n",
            "debug/package.json",
            NODE,
            False,
        ),
        ("Cargo.lock", CARGO + 'source = "registry+x"\n', "crates/a/Cargo.toml", CRATE, False),
        ("Cargo.lock", CARGO, "crates/b/Cargo.toml", '[lib]\nname = "a"\n' + CRATE[18:], False),
        ("other/package-lock.json", NPM, "apps/a/package.json", NODE, False),
    ],
)
def test_it_is_asked_and_answered_only_where_a_lock_above_names_it(
    lock: str, text: str, manifest: str, content: str, member: object, *, tmp_path: Path
) -> None:
    root = staging.plant(tmp_path / "root", {lock: text, manifest: content})
    inventory = staging.listed(root, tree=tmp_path / "tree")
    job = staging.job(
        "packages", packages, inventory, place=tmp_path, tools=staging.fake_tools("trivy")
    )
    assert manifest in job.scope.asked
    assert packages.is_member(job, manifest) is member
