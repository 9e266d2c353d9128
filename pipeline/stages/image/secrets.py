"""Secrets in an image: where Trivy is to look, and what it found there."""

from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind
from pipeline.model.severity import severity_of
from pipeline.stages.trivy.report import Document, Secret

SETTINGS: Final = rb"""disable-allow-rules:
  [dist-info, tests, examples, vendor, locale-dir, markdown, python, golang, wordpress]
skip-patterns: []
allow-rules:
  - id: penstock-interpreter
    description: tests of the interpreter's own modules
    path: ^/?usr/local/lib/python[\d.]+/(?:[^/]+/)?(?:test|tests|idle_test)/
  - id: penstock-go
    description: the sources and tests of Go itself
    path: ^/?usr/local/go/(?:src|test|misc)/
  - id: penstock-wordpress
    description: WordPress itself
    path: ^/?usr/src/wordpress/wp-(?:admin|includes|content/(?:themes/twenty\w+|plugins/akismet))/
  - id: penstock-packages
    description: examples and tests of packages that were installed
    path: /(?:site|dist)-packages/(?:.*[/_-])?(?:tests?|testing|examples?)(?:[_-][^/]*)?(?:/|\.py$)
"""
"""Trivy looks everywhere but where a distribution and an interpreter keep their own: of its own
allow rules those for such folders stay on. What of a distribution's no package brought is looked
at besides."""


def findings(stage: str, target: str, document: Document) -> Iterator[Finding]:
    """Report secrets in the image's files and in its configuration."""
    for result in document.of_class("secret"):
        # Of the configuration Trivy says only where the image lay.
        where = result.target if result.target.startswith("/") else "its configuration"
        yield from in_file(stage, target, where, result.secrets)


def in_file(stage: str, target: str, where: str, secrets: Iterable[Secret]) -> Iterator[Finding]:
    """Report a file's secrets. The masked line tells them apart: the file is in a layer."""
    seen: dict[tuple[str, str], int] = {}
    for one in secrets:
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
