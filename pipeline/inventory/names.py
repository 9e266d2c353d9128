r"""Names of files as people and tools may see them.

A name that is no printable text could forge a line of a report, and would not survive a tool's
JSON. Here every such byte stands as `\xNN`, and so does the backslash itself, so that two files
never get one name and every name can be read back.
"""

import os
from typing import Final

STEERING: Final = frozenset(
    {
        ".bandit",
        ".checkov.yaml",
        ".checkov.yml",
        ".gitignore",
        ".gitleaks.toml",
        ".gitleaksignore",
        ".ignore",
        ".rgignore",
        ".semgrepignore",
        ".trivyignore",
        ".trivyignore.yaml",
        ".trivyignore.yml",
        "gitleaks.toml",
        "osv-scanner.toml",
        "trivy-secret.yaml",
        "trivy-secret.yml",
        "trivy.yaml",
        "trivy.yml",
        "zizmor.yaml",
        "zizmor.yml",
    }
)
"""Files by which a repository could steer a scanner, in lower case."""
_MODULES: Final = "/.terraform/modules/modules.json"
"""Says where modules lie: Trivy looks there, whatever source stands in the code."""


def shown(real: str) -> str:
    """Return the printable name of a path as the operating system gave it."""
    if real.isprintable() and "\\" not in real:
        return real
    return "".join(
        letter if letter.isprintable() and letter != "\\" else _escaped(letter) for letter in real
    )


def copied(real: str) -> str:
    r"""Return the name of the copy: `shown`, and a name that no scanner reads as its settings.

    The first letter of such a file stands as `\xNN` too: `\x2esemgrepignore`. Its content is
    looked at like any other file's.
    """
    name = shown(real)
    folder, slash, base = name.rpartition("/")
    if base.lower() not in STEERING and not f"/{name}".endswith(_MODULES):
        return name
    return f"{folder}{slash}{_escaped(base[0])}{base[1:]}"


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
