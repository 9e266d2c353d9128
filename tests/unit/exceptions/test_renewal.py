"""A successor keeps every comment and every word that is not meant to change."""

from datetime import date

import pytest

from pipeline.errors import PenstockError
from pipeline.exceptions.renewal import Changes, successor
from pipeline.policy.loading.yaml import read

OLD = b"""# top
apiVersion: penstock/v1   # one
kind: Exception
id: EX-2026-0001          # its name
rules: [R-1, "R-2"]       # both
target:
  # exact
  vulnerability: CVE-2026-1
  purl: pkg:pypi/x@1
  paths: ['a/**']
max_matches: 2
owner: dave@example.com
requester: 'erin@example.com'
ticket: SEC-1
# why it is so
reason: >-
  A first line of it
  and a second.
# the dates
created: 2026-11-01
not_before: 2026-11-02    # goes
expires: 2026-11-30       # midnight

# the end
"""
CHANGES = Changes(
    id="EX-2026-0002",
    supersedes="EX-2026-0001",
    created=date(2026, 11, 25),
    expires=date(2026, 12, 25),
    reason="Another reason, " * 20,
)


@pytest.mark.parametrize("old", [OLD, OLD.replace(b"\n", b"\r\n")], ids=["lf", "crlf"])
def test_only_what_was_meant_changes(old: bytes) -> None:
    old = old.replace(b"    # goes", b"")
    made = successor(old, "f", CHANGES)
    before, after = read(old, "f").value, read(made, "f").value
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    assert changed == {"id", "supersedes", "created", "expires", "reason", "not_before"}
    for word in (b"# top", b"# one", b"# its name", b"# both", b"# exact", b"# why it is so"):
        assert word in made
    for word in (b"# the dates", b"# midnight", b"# the end", b'"R-2"', b"'erin@example.com'"):
        assert word in made
    assert (b"\r\n" in made) == (b"\r\n" in old)


def test_what_would_lose_a_comment_is_not_written() -> None:
    with pytest.raises(PenstockError, match="without losing"):
        successor(OLD, "f", CHANGES)
