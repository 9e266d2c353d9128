"""Everything by which a repository or the environment might steer a scanner, or be run by one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

NOWHERE: Final = "http://127.0.0.1:9/"
SETTINGS: Final[Mapping[str, str]] = {
    ".semgrepignore": "*\n",
    "app/.semgrepignore": "*\n",
    ".semgrep/settings.yml": "metrics: on\n",
    ".semgrep.yml": "rules: []\n",
    ".semgrepconfig.yml": "semgrep: {path: ['nothing']}\n",
    ".trivyignore": "CVE-2020-14343\nDS-0002\nAWS-0107\naws-access-key-id\n",
    ".trivyignore.yaml": "vulnerabilities:\n  - id: CVE-2021-23337\n",
    ".trivyignore.rego": "package trivy\ndefault ignore = true\n",
    "trivy.yaml": "severity: [LOW]\nscan:\n  scanners: [license]\n  skip-dirs: ['**']\n",
    "trivy-secret.yaml": "disable-rules: [aws-access-key-id]\n",
    "infra/trivy.yaml": "misconfiguration:\n  scanners: []\n",
    "infra/.tfsec/config.yml": "exclude: [AWS-0107]\n",
    "policy/all.rego": "package user.all\n__rego_metadata__ := {}\n",
    "zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
    ".github/zizmor.yml": "rules:\n  unpinned-uses:\n    disable: true\n",
    ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n",
    ".gitleaksignore": "deploy/shop.env:aws-access-token:4\n",
    ".bandit": "[bandit]\nexclude: /app\nskips: B101,B608\n",
    ".grype.yaml": "ignore: [{package: {name: '*'}}]\n",
    "osv-scanner.toml": "[[PackageOverrides]]\nignore = true\n",
    ".checkov.yml": "skip-path: ['.*']\n",
    ".tfsec.yml": "exclude: [AWS-0107]\n",
    ".tfsec/config.yml": "exclude: [AWS-0107]\n",
    "pyproject.toml": "".join(
        f"[tool.{tool}]\nexclude = ['.']\nignore = ['*']\nskips = ['*']\n"
        for tool in ("bandit", "semgrep", "pip-audit", "ruff", "zizmor", "cyclonedx-py", "penstock")
    ),
    "tox.ini": "[bandit]\nexclude = app\n",
    "pip.ini": f"[global]\nindex-url = {NOWHERE}\nno-index = true\n",
    "Trivy.yaml": "severity: [LOW]\n",
    ".TrivyIgnore": "CVE-2020-14343\n",
    ".SEMGREPIGNORE": "*\n",
    "ZIZMOR.yml": "rules: {unpinned-uses: {disable: true}}\n",
    "app/trivy.yaml": "severity: [LOW]\n",
    "app/.gitignore": "*\n",
    "app/.gitattributes": "* binary export-ignore export-subst -text -diff\n",
    ".penstock.toml": "[stages.semgrep]\nenabled = false\n",
    "pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    ".config/pip/pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    "setup.cfg": "[options]\ninstall_requires =\n",
    ".pip-audit": "ignore-vuln = CVE-2020-14343\n",
    ".netrc": "machine 127.0.0.1 login a password b\n",
    ".gitignore": "*\n",
    ".gitattributes": "* filter=own diff=own merge=own binary export-ignore linguist-generated\n",
    ".ignore": "*\n",
    ".dockerignore": "*\n",
    ".helmignore": "*\n",
    ".env": "TRIVY_SEVERITY=LOW\nSEMGREP_RULES=p/none\n",
}
"""By path: what other tools, or these by default, would take for their settings."""

_SHELL: Final = "#!/bin/sh\ntouch '{marker}'\nexit 0\n"
_PYTHON: Final = "open('{marker}', 'w').close()\nraise SystemExit('shadowed')\n"
_SHELLS: Final = (
    *("bin/semgrep", "bin/pysemgrep", "bin/git", "bin/trivy", "bin/python", "bin/python3"),
    *("bin/zizmor", "bin/pip-audit", "bin/cyclonedx-py", "bin/sh", "bin/env", "bin/osemgrep"),
    *("semgrep", "git", "trivy", ".git-hook"),
)
_PYTHONS: Final = (
    *("sitecustomize.py", "usercustomize.py", "tomllib.py", "json.py", "pip_audit.py"),
    *("semgrep.py", "conftest.py", "pipeline.py", "packaging/__init__.py"),
)


def programs(marker: Path) -> dict[str, str]:
    """Return programs by path, each of which leaves a mark when something starts it."""
    shells = {name: _SHELL.format(marker=f"{marker}.sh") for name in _SHELLS}
    return shells | {name: _PYTHON.format(marker=f"{marker}.py") for name in _PYTHONS}


def environment(folder: Path) -> dict[str, str]:
    """Return an environment that speaks to every scanner, and finds the programs above first."""
    return {
        "PATH": f"{folder / 'bin'}:{folder}:.:/usr/local/bin:/usr/bin:/bin",
        "TRIVY_SEVERITY": "LOW",
        "TRIVY_SKIP_DIRS": "**",
        "TRIVY_SKIP_FILES": "**",
        "TRIVY_IGNOREFILE": str(folder / ".trivyignore"),
        "TRIVY_CONFIG": str(folder / "trivy.yaml"),
        "TRIVY_SECRET_CONFIG": str(folder / "trivy-secret.yaml"),
        "TRIVY_SERVER": NOWHERE,
        "TRIVY_CACHE_DIR": str(folder / "nowhere"),
        "SEMGREP_RULES": "p/none",
        "SEMGREP_BASELINE_COMMIT": "HEAD",
        "SEMGREP_URL": NOWHERE,
        "SEMGREP_SETTINGS_FILE": str(folder / ".semgrep/settings.yml"),
        "SEMGREP_CORE_BIN": str(folder / "bin/semgrep"),
        "PIP_AUDIT_IGNORE_VULN": "CVE-2020-14343",
        "PIP_AUDIT_OSV_URL": NOWHERE,
        "PIP_AUDIT_OUTPUT": str(folder / "nowhere/report"),
        "PIP_INDEX_URL": NOWHERE,
        "PIP_CONFIG_FILE": str(folder / "pip.conf"),
        "PIP_NO_INDEX": "1",
        "ZIZMOR_CONFIG": str(folder / "zizmor.yml"),
        "ZIZMOR_MIN_SEVERITY": "high",
        "ZIZMOR_FORMAT": "plain",
        "GH_TOKEN": "not-a-token",
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "PYTHONSTARTUP": str(folder / "sitecustomize.py"),
        "LD_LIBRARY_PATH": str(folder),
        "GIT_DIR": "/nonexistent",
        "GIT_INDEX_FILE": "/nonexistent",
        "GIT_EXTERNAL_DIFF": str(folder / "git"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(folder / ".git-hook"),
        "HTTPS_PROXY": NOWHERE,
        "BASH_ENV": str(folder / "semgrep"),
        "ENV": str(folder / "semgrep"),
    }


def configuration(folder: Path) -> dict[str, str]:
    """Return settings of the repository's own git, each of which names a program."""
    hook = str(folder / ".git-hook")
    return {
        "core.fsmonitor": hook,
        "core.hooksPath": str(folder / "bin"),
        "core.pager": hook,
        "core.sshCommand": hook,
        "core.excludesFile": str(folder / ".gitignore"),
        "diff.external": hook,
        "diff.own.textconv": hook,
        "filter.own.clean": hook,
        "filter.own.smudge": hook,
        "filter.own.process": hook,
        "filter.own.required": "true",
    }


LATER: Final = "* working-tree-encoding=UTF-16 text eol=crlf ident filter=own\n"
"""Attributes under which git itself would change or refuse what it is given."""


class Mark(NamedTuple):
    """A comment that is to silence a rule."""

    path: str
    before: str
    after: str
    rule: str


_SQL: Final = "LIKE '%{words}%'\")"
_CIDR: Final = '    cidr_blocks = ["0.0.0.0/0"]'
_DEBUG: Final = 'app = FastAPI(title="Shop", debug=True)'
_SORT: Final = '    done = subprocess.run(f"sort'
_KEY: Final = 'SIGNING_KEY = "f3b0c44298fc1c149afbf4c8996fb924"'
_PASSWORD: Final = '    password = "warehouse-2019"'
_ACL: Final = '  acl    = "public-read"'
_BLOCK: Final = "  block_public_acls       = false"
_CHECKOUT: Final = "uses: actions/checkout@v4"
_PYTHON_USED: Final = "uses: actions/setup-python@v5"
_TITLE: Final = '"Testing ${{ github.event.pull_request.title }}"'
_CI: Final = ".github/workflows/ci.yml"
MARKS: Final = (
    Mark("app/db.py", _SQL, f"{_SQL}  # nosemgrep", "penstock.python.sql-injection"),
    Mark("app/main.py", _DEBUG, f"{_DEBUG}  # NOSEM", "penstock.python.debug-mode"),
    Mark(
        "app/reports.py",
        _SORT,
        f"    # nosemgrep: penstock.python.command-injection\n{_SORT}",
        "penstock.python.command-injection",
    ),
    Mark(
        "app/settings.py",
        _KEY,
        f"{_KEY}  # noqa: S105 # nosec B105 # nosem: penstock.python.hardcoded-key",
        "penstock.python.hardcoded-key",
    ),
    Mark(
        "app/orders.py",
        _PASSWORD,
        f"{_PASSWORD}  # NoSemGrep : all",
        "penstock.python.hardcoded-credentials",
    ),
    Mark("infra/main.tf", _CIDR, f"    #trivy:ignore:AWS-0107\n{_CIDR}", "AWS-0107"),
    Mark("infra/main.tf", _ACL, f"{_ACL} //tfsec:ignore:*", "AWS-0092"),
    Mark(
        "infra/main.tf",
        _BLOCK,
        f"  # trivy:exp:2099-01-01:ignore:AWS-0086\n{_BLOCK} # checkov:skip=CKV_AWS_53",
        "AWS-0086",
    ),
    Mark("Dockerfile", "USER root", "#trivy:ignore:DS-0002\nUSER root", "DS-0002"),
    Mark(_CI, _CHECKOUT, f"{_CHECKOUT} # zizmor: ignore[unpinned-uses]", "unpinned-uses"),
    Mark(_CI, _PYTHON_USED, f"{_PYTHON_USED} #zizmor:ignore[unpinned-uses]", "unpinned-uses"),
    Mark(_CI, _TITLE, f"{_TITLE} # zizmor: ignore[template-injection]", "template-injection"),
)
SECRET: Final = (
    "deploy/shop.env",
    "AWS_ACCESS_KEY_ID=",
    "# gitleaks:allow trivy:ignore:aws-access-key-id pragma: allowlist secret\nAWS_ACCESS_KEY_ID=",
)
"""A secret keeps its name, and is never silenced."""
ROOT: Final = "FROM scratch\nUSER root\n"
ODD: Final = (
    "odd/line\nfeed/Dockerfile",
    "odd/\u202egnp.txt/Dockerfile",
    "odd/e\u0301/Dockerfile",
    "odd/\u00e9/Dockerfile",
    "odd/\u200bDockerfile/Dockerfile",
    "odd/ leading and trailing /Dockerfile",
    "odd/-rf/Dockerfile",
    "odd/--config=x/Dockerfile",
    "odd/%2e%2e/Dockerfile",
    "odd/back\\slash/Dockerfile",
    "odd/::error::x/Dockerfile",
    "odd/$(touch x)/Dockerfile",
    "odd/'\";/Dockerfile",
    "odd/*/Dockerfile",
    "odd/tests/Dockerfile",
    "odd/node_modules/a/vendor/Dockerfile",
    "odd/.hidden/.terraform/Dockerfile",
    "odd/" + "deep/" * 80 + "Dockerfile",
    "odd/" + "n" * 200 + "/Dockerfile",
)
"""Names in which a reader may lose its way; each file has the same fault."""
