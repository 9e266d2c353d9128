"""Package versions of which every complete OSV database knows something bad."""

from typing import Final, NamedTuple


class KnownBad(NamedTuple):
    """A version that is asked for only to see that the database still answers."""

    name: str
    version: str
    advisory: str


KNOWN_BAD: Final = (
    KnownBad("requests", "2.19.0", "CVE-2018-18074"),
    KnownBad("jinja2", "2.10", "CVE-2019-10906"),
    KnownBad("pyyaml", "5.1", "CVE-2020-14343"),
    KnownBad("httplib2", "0.17.0", "CVE-2020-11078"),
)
"""Several, since pip-audit refuses one name in two versions and a project may pin the first."""
