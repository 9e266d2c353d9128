"""Secrets in an image: where Trivy is to look, and what it found there."""

from collections.abc import Iterator
from typing import Final

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import severity_of
from pipeline.stages.trivy_report import Document

SETTINGS: Final = rb"""disable-allow-rules:
  [dist-info, tests, examples, vendor, locale-dir, markdown, python]
skip-patterns: []
allow-rules:
  - id: penstock-interpreter
    description: the interpreter's own modules and their tests
    path: ^/?usr/local/lib/python[\d.]+/(?:[^s/]|s[^i/])
  - id: penstock-packages
    description: examples and tests of packages that were installed
    path: /(?:site|dist)-packages/.*(?:test|example)
"""
"""Trivy looks everywhere but where a distribution and an interpreter keep their own: of its own
allow rules those for such folders stay on."""


def findings(stage: str, target: str, document: Document) -> Iterator[Finding]:
    """Report secrets. The masked line tells them apart: the file is in a layer."""
    for result in document.of_class("secret"):
        # Of the configuration Trivy says only where the image lay.
        where = result.target if result.target.startswith("/") else "its configuration"
        seen: dict[tuple[str, str], int] = {}
        for one in result.secrets:
            key = (one.rule_id, identity.normalised(one.match))
            ordinal = seen[key] = seen.get(key, -1) + 1
            title = one.title or one.rule_id
            yield identity.new(
                kind=Kind.SECRET,
                stage=stage,
                rule=one.rule_id,
                target=target,
                fingerprint=identity.digest(where, key[1], ordinal),
                title=title,
                message=f"{title} in {where}, line {one.start_line}",
                severity=severity_of(one.severity),
            )
