"""Everything by which a repository or the environment might steer a scanner, or be run by one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

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
    "pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    ".config/pip/pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    "setup.cfg": "[options]\ninstall_requires =\n",
    ".pip-audit": "ignore-vuln = CVE-2020-14343\n",
    ".netrc": "machine 127.0.0.1 login a password b\n",
    ".gitignore": "*\n",
    ".gitattributes": "* filter=own diff=own merge=own export-ignore linguist-generated\n",
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


_NOSEM: Final = "LIKE '%{words}%'\")"
_CIDR: Final = '    cidr_blocks = ["0.0.0.0/0"]'
_USES: Final = "uses: actions/checkout@v4"
MARKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "app/db.py": (_NOSEM, f"{_NOSEM}  # nosemgrep", "penstock.python.sql-injection"),
    "infra/main.tf": (_CIDR, f"    #trivy:ignore:AWS-0107\n{_CIDR}", "AWS-0107"),
    "Dockerfile": ("USER root", "#trivy:ignore:DS-0002\nUSER root", "DS-0002"),
    ".github/workflows/ci.yml": (
        _USES,
        f"{_USES} # zizmor: ignore[unpinned-uses]",
        "unpinned-uses",
    ),
}
"""By path: the words before, the same silenced by a comment, and the rule that is meant."""
