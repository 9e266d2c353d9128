"""A repository that tries to steer its scanners finds that it cannot."""

import shutil
from pathlib import Path

import pytest

from tests.support.command import Bundle, penstock

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop"
NOISE = '#!/bin/sh\ntouch "$HOME/pwned" /tmp/penstock-pwned-$PPID; exit 0\n'
FILES = {
    ".semgrepignore": "*\n",
    "app/.semgrepignore": "*\n",
    ".semgrep/settings.yml": "metrics: on\n",
    ".trivyignore": "CVE-2020-14343\nDS-0002\nAWS-0107\naws-access-key-id\n",
    ".trivyignore.yaml": "vulnerabilities:\n  - id: CVE-2021-23337\n",
    "trivy.yaml": "severity: [LOW]\nscan:\n  scanners: [license]\n  skip-dirs: ['**']\n",
    "trivy-secret.yaml": "disable-rules: [aws-access-key-id]\n",
    "infra/trivy.yaml": "misconfiguration:\n  scanners: []\n",
    "zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
    ".github/zizmor.yml": "rules:\n  unpinned-uses:\n    disable: true\n",
    ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n",
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/\n",
    ".pip-audit": "ignore-vuln = CVE-2020-14343\n",
    "sitecustomize.py": "open('/tmp/penstock-pwned-py', 'w').close()\n",
    "usercustomize.py": "open('/tmp/penstock-pwned-py', 'w').close()\n",
    "tomllib.py": "raise SystemExit('shadowed')\n",
    "bin/semgrep": NOISE,
    "bin/git": NOISE,
    "bin/trivy": NOISE,
    "bin/python": NOISE,
}
ENVIRONMENT = {
    "TRIVY_SEVERITY": "LOW",
    "TRIVY_SKIP_DIRS": "**",
    "TRIVY_IGNOREFILE": ".trivyignore",
    "TRIVY_SERVER": "http://127.0.0.1:9",
    "SEMGREP_RULES": "p/none",
    "SEMGREP_BASELINE_COMMIT": "HEAD",
    "PIP_AUDIT_IGNORE_VULN": "CVE-2020-14343",
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "ZIZMOR_CONFIG": "zizmor.yml",
    "ZIZMOR_MIN_SEVERITY": "high",
    "PYTHONSTARTUP": "sitecustomize.py",
    "GIT_DIR": "/nonexistent",
}
MARKS = {
    "app/db.py": ("LIKE '%{words}%'\")", "LIKE '%{words}%'\")  # nosemgrep"),
    "infra/main.tf": ('    cidr_blocks = ["0.0.0.0/0"]',
                      '    #trivy:ignore:AWS-0107\n    cidr_blocks = ["0.0.0.0/0"]'),
    "Dockerfile": ("USER root", "#trivy:ignore:DS-0002\nUSER root"),
    ".github/workflows/ci.yml": ("uses: actions/checkout@v4",
                                 "uses: actions/checkout@v4 # zizmor: ignore[unpinned-uses]"),
}  # fmt: skip


def found(bundle: Bundle) -> list[tuple[str, str, str, str | None]]:
    return sorted((f["stage"], f["rule"], f["target"], f["purl"] or "") for f in bundle.findings)


def test_settings_of_the_repository_and_of_the_environment_change_nothing(tmp_path: Path) -> None:
    plain, hostile = tmp_path / "plain", tmp_path / "hostile"
    for folder in (plain, hostile):
        shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns(".penstock"))
    for name, text in FILES.items():
        path = hostile / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    extra = {
        **ENVIRONMENT,
        "PATH": f"{hostile / 'bin'}:.:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": "",
    }
    before = penstock("run", plain, "--out", tmp_path / "out-plain")
    after = penstock("run", ".", "--out", tmp_path / "out-hostile", cwd=hostile, extra=extra)
    assert (before.code, after.code) == (1, 1), after.err
    planted = {"bin/python", "bin/semgrep", *FILES}
    added = [f for f in found(Bundle(tmp_path / "out-hostile")) if f[2] not in planted]
    assert added == found(Bundle(tmp_path / "out-plain"))
    assert not list(Path("/tmp").glob("penstock-pwned-*"))


def test_inline_comments_silence_nothing_and_are_told(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns(".penstock"))
    for name, (before, after) in MARKS.items():
        text = (shop / name).read_text()
        assert before in text
        (shop / name).write_text(text.replace(before, after, 1))
    done = penstock("run", shop, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1
    told = {(f["target"], f["rule"]) for f in bundle.findings if f["suppressed_inline"]}
    assert {
        ("app/db.py", "penstock.python.sql-injection"),
        ("infra/main.tf", "AWS-0107"),
        ("Dockerfile", "DS-0002"),
        (".github/workflows/ci.yml", "unpinned-uses"),
    } <= told
    assert bundle.verdict["unanswered"] == []
