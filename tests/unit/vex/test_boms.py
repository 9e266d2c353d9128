"""Links into an SBOM lead to exactly one component of it, whatever its name is made of."""

import re
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from pipeline.vex.boms import read

SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
ODD = "pkg:deb/debian/zlib1g@1:1.2.13+dfsg-1?arch=amd64&distro=debian-12#x y"
LINK = re.compile(r"urn:cdx:[0-9a-f-]{36}/[1-9]\d*#[\da-zA-Z\-._~%!$&'()*+,;=:@/?]+")


def bom(kind: str = "application", **fields: Any) -> bytes:
    root = {"type": kind, "name": "source", "bom-ref": "root", **fields}
    parts = [
        {"type": "library", "name": "z", "bom-ref": ODD, "purl": ODD},
        {"type": "file", "name": "no purl", "bom-ref": "file:1"},
    ]
    return msgspec.json.encode(
        {
            "serialNumber": f"urn:uuid:{SERIAL}",
            "version": 3,
            "metadata": {"component": root},
            "components": parts,
        }
    )


def test_a_link_names_serial_version_and_component_and_nothing_is_lost() -> None:
    (one,) = read([bom()])
    ((purl, link),) = one.packages
    assert purl == ODD
    assert LINK.fullmatch(link)
    start, _, ref = link.partition("#")
    assert start == f"urn:cdx:{SERIAL}/3"
    assert unquote(ref) == ODD
    assert "+" not in ref  # readers of such links take it for a space


def test_an_image_is_known_by_its_name_and_digest_and_the_source_by_neither() -> None:
    source, image = read([bom(), bom("container", name="api:1", version="sha256:ab")])
    assert (source.image, source.digest) == (None, None)
    assert (image.image, image.digest) == ("api:1", "sha256:ab")


@pytest.mark.parametrize("data", [b"", b"{}", b'{"serialNumber": 1}'])
def test_what_is_no_sbom_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read([data])
