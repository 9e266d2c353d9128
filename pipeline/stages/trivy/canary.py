"""Known-bad files that are scanned beside the source: proof that the scanner still bites.

The secrets are made up, and put together here so that no scanner takes this file for a leak.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

_AWS_ID: Final = "AKIA" + "Q4ZT7XW3MN5PDR2K"
_EXAMPLE: Final = "AKIA" + "IOSFODNN7EXAMPLE"
_GITHUB: Final = "ghp" + "_" + "x8Kd2mQv9LtR4wYs7BnC1zHf6JpG3aEu5TiO"
_DASHES: Final = "-" * 5
_PEM: Final = (
    f"{_DASHES}BEGIN RSA {'PRIVATE'} KEY{_DASHES}\n"
    "MIIEpAIBAAKCAQEA7bq98qDk2Qm1vGZ0o4Yw5J6nV3sKcT8rXhLpUeNf\n"
    f"{_DASHES}END RSA {'PRIVATE'} KEY{_DASHES}\n"
)

_DOCKERFILE: Final = "FROM scratch\nUSER root\n"
_TERRAFORM: Final = """resource "aws_security_group" "canary" {
  description = "canary"
  ingress {
    description = "canary"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
_POD: Final = """apiVersion: v1
kind: Pod
metadata: {name: canary, namespace: canary}
spec:
  containers:
    - name: canary
      image: canary
      securityContext: {privileged: true}
"""
_STACK: Final = """Resources:
  Canary:
    Type: AWS::S3::Bucket
    Properties: {AccessControl: PublicReadWrite}
"""

CONFIG: Final = (
    ("config/docker/Dockerfile", _DOCKERFILE, "DS-0002"),
    ("config/docker/Dockerfile-dev", _DOCKERFILE, "DS-0002"),
    ("config/terraform/main.tf", _TERRAFORM, "AWS-0107"),
    ("config/kubernetes/pod.yaml", _POD, "KSV-0017"),
    ("config/cloudformation/stack.yaml", _STACK, "AWS-0092"),
)
"""(file, content, the rule that must fire)."""

SECRETS: Final = (
    ("secrets/app.env", f"KEY = '{_AWS_ID}'\n", "aws-access-key-id"),
    ("secrets/tests/test_app.py", f"KEY = '{_AWS_ID}'\n", "aws-access-key-id"),
    ("secrets/example/example.cfg", f"key='{_EXAMPLE}'\n", "aws-access-key-id"),
    ("secrets/README.md", f"token: {_GITHUB}\n", "github-pat"),
    ("secrets/vendor/lib/settings.yaml", f"token: {_GITHUB}\n", "github-pat"),
    ("secrets/locales/en.json", f'{{"token": "{_GITHUB}"}}\n', "github-pat"),
    ("secrets/a.dist-info/METADATA", f"token: {_GITHUB}\n", "github-pat"),
    ("secrets/node_modules/a/index.js", f"const t = '{_GITHUB}'\n", "github-pat"),
    ("secrets/yarn.lock", f"# {_GITHUB}\n", "github-pat"),
    ("secrets/key.svg", f"<!-- {_GITHUB} -->\n", "github-pat"),
    ("secrets/id_rsa", _PEM, "private-key"),
)
"""One for each kind of place that Trivy leaves out unless told otherwise."""

_NPM: Final = {"lodash": "4.17.4", "minimist": "0.0.8", "axios": "0.18.0"}
_GEMS: Final = {"rack": "2.0.1", "nokogiri": "1.8.0", "loofah": "2.2.0"}
_CRATES: Final = {"time": "0.1.42", "smallvec": "0.6.3", "regex": "1.5.4"}
_COMPOSER: Final = {"guzzlehttp/guzzle": "6.5.0", "symfony/http-kernel": "v4.4.0"}
_NUGET: Final = {"Newtonsoft.Json": "12.0.1", "System.Text.Encodings.Web": "4.5.0"}
_PIP: Final = {"jinja2": "2.10", "requests": "2.19.0", "pyyaml": "5.1", "urllib3": "1.24.1"}
_GO: Final = {"golang.org/x/net": "v0.1.0", "golang.org/x/text": "v0.3.0"}
_BITNAMI: Final = {"apache": "2.4.49", "nginx": "1.16.0", "wordpress": "4.7.0"}
_MAVEN: Final = {
    "org.apache.logging.log4j:log4j-core": "2.14.1",
    "org.yaml:snakeyaml": "1.26",
}
_HEX: Final = {"plug": "1.3.1", "phoenix": "1.0.3"}
_PUB: Final = {"http": "0.13.2", "dio": "4.0.0"}
_SWIFT: Final = {"apple/swift-nio-http2": "1.19.1", "vapor/vapor": "4.53.0"}


def _npm() -> str:
    packages = {f"node_modules/{name}": {"version": version} for name, version in _NPM.items()}
    root = {"": {"name": "canary", "version": "1.0.0", "dependencies": _NPM}}
    return json.dumps({"name": "canary", "lockfileVersion": 3, "packages": root | packages})


def _gems() -> str:
    specs = "".join(f"    {name} ({version})\n" for name, version in _GEMS.items())
    names = "".join(f"  {name}\n" for name in _GEMS)
    return f"GEM\n  specs:\n{specs}\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n{names}"


def _crates() -> str:
    source = "registry+https://github.com/rust-lang/crates.io-index"
    return "version = 3\n" + "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{source}"\n'
        for name, version in _CRATES.items()
    )


def _composer() -> str:
    packages = [{"name": name, "version": version} for name, version in _COMPOSER.items()]
    return json.dumps({"packages": packages, "packages-dev": []})


def _nuget() -> str:
    found = {n: {"type": "Direct", "resolved": v} for n, v in _NUGET.items()}
    return json.dumps({"version": 1, "dependencies": {"net6.0": found}})


def _gradle() -> str:
    return "".join(f"{name}:{version}=runtimeClasspath\n" for name, version in _MAVEN.items())


def _go() -> str:
    lines = "".join(f"\t{name} {version}\n" for name, version in _GO.items())
    return f"module canary\n\ngo 1.20\n\nrequire (\n{lines})\n"


def _hex() -> str:
    lines = (
        f'  "{n}": {{:hex, :{n}, "{v}", "{n}", [:mix], [], "hexpm", "{n}"}},\n'
        for n, v in _HEX.items()
    )
    return f"%{{\n{''.join(lines)}}}\n"


def _pub() -> str:
    return "packages:\n" + "".join(
        f'  {name}:\n    dependency: "direct main"\n    version: "{version}"\n'
        for name, version in _PUB.items()
    )


def _swift() -> str:
    pins = [
        {
            "identity": name.rpartition("/")[2],
            "kind": "remoteSourceControl",
            "location": f"https://github.com/{name}.git",
            "state": {"version": version},
        }
        for name, version in _SWIFT.items()
    ]
    return json.dumps({"pins": pins, "version": 2})


PACKAGES: Final = (
    ("packages/package-lock.json", _npm(), "npm"),
    ("packages/Gemfile.lock", _gems(), "RubyGems"),
    ("packages/Cargo.lock", _crates(), "crates.io"),
    ("packages/composer.lock", _composer(), "Packagist"),
    ("packages/packages.lock.json", _nuget(), "NuGet"),
    ("packages/gradle.lockfile", _gradle(), "Maven"),
    ("packages/go.mod", _go(), "Go"),
    ("packages/mix.lock", _hex(), "Hex"),
    ("packages/pubspec.lock", _pub(), "Pub"),
    ("packages/Package.resolved", _swift(), "SwiftURL"),
    ("packages/requirements.txt", "".join(f"{n}=={v}\n" for n, v in _PIP.items()), "PyPI"),
)
"""(file, content, the ecosystem in OSV's words)."""

KNOWN_BAD: Final = tuple(
    f"pkg:{kind}/{name}@{version}"
    for kind, packages in (
        ("pypi", _PIP),
        ("npm", _NPM),
        ("gem", _GEMS),
        ("cargo", _CRATES),
        ("composer", _COMPOSER),
        ("nuget", _NUGET),
        ("golang", _GO),
        ("maven", {name.replace(":", "/"): version for name, version in _MAVEN.items()}),
        ("bitnami", _BITNAMI),
    )
    for name, version in packages.items()
)
"""Packages whose advisories every whole database has had for years, for `trivy sbom`."""


def files(folder: Path) -> tuple[tuple[Path, bytes], ...]:
    """Return all canaries of the source as files below `folder`."""
    return tuple(
        (folder / name, content.encode()) for name, content, _ in (*CONFIG, *SECRETS, *PACKAGES)
    )


def all_bitten(
    planted: Collection[tuple[str, str, str]], bitten: Collection[tuple[str, str]]
) -> bool:
    """Say whether each planted file was reported with its rule, as (`canary/…`, rule)."""
    return all((f"canary/{name}", rule) in bitten for name, _, rule in planted)
