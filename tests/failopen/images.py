"""Images, and databases beside them, for ways in which Trivy says nothing of one."""

import dataclasses
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from examples.support import bolt, oci_image, trivy_db
from examples.support.oci_image import Deb, Entry, Image, Layer
from examples.support.trivy_db import Advisory, Detail, Source
from pipeline.feeds import trivy_db as databases
from tests.failopen.ways import SETTINGS, Laid
from tests.support import layers, rpm
from tests.support.rpm import Rpm
from tests.support.small import gate, repository
from tests.support.trivy import DETAILS, LIBRARIES, MOMENT, SOURCES, rootfs

REF: Final = "oci:image"
CLEAN: Final = rootfs(Deb("tzdata", "2024a-0+deb12u1"))
BAD: Final = rootfs()
JINJA: Final = oci_image.python_package("Jinja2", "2.10")
METADATA: Final = next(path for path in JINJA if path.endswith("METADATA"))
ELF: Final = Entry(b"\x7fELF\x02\x01\x01" + b"\0" * 57)
"""What begins like a program."""
OF_GO: Final = Entry(ELF.data + b"\4\0\0\0S\0\0\0\4\0\0\0Go\0\0" + b"a" * 83, 0o755)
"""The same with the note of Go's linker."""
IN_JINJA: Final = "CVE-2019-10906"
IN_ZLIB: Final = "CVE-2023-45853"
FEED: Final = '[feeds]\ntrivy_db = "db"\n'

Lay = Callable[[Path], Laid]
Write = Callable[[Path], object]


def database(
    folder: Path,
    sources: Iterable[Source] = SOURCES,
    details: Mapping[str, Detail] = DETAILS,
    without: str = "",
) -> None:
    """Write a database, sound in form and noted as such, without one of its buckets."""
    trivy_db.write(folder, tuple(sources), details, updated=MOMENT)
    if without:
        tree = trivy_db.tree(tuple(sources), details)
        del tree[without]
        bolt.write(folder / "db/trivy.db", tree)
    databases.note(folder, excerpt=True, records=0)


def judged(write: Write, feed: Write = database, stage: str = "image", **environment: str) -> Lay:
    """Lay out a repository whose policy requires one stage, about what `write` writes."""

    def lay(place: Path) -> Laid:
        files = {
            "policies/gate.yaml": gate(stage),
            "penstock.toml": f'{SETTINGS}{FEED}[[image]]\nref = "{REF}"\n',
        }
        folder = repository(place / "repository", stage, files=files.items())
        feed(folder / "db")
        write(folder / "image")
        return Laid(folder, environment=environment)

    return lay


def image(*parts: Layer, feed: Write = database, **words: Any) -> Lay:
    """Lay out an image of these layers."""
    return judged(lambda place: oci_image.write_layout(place, Image(layers=parts, **words)), feed)


def raw(*tars: Iterable[tuple[tarfile.TarInfo, bytes]], **words: Any) -> Lay:
    """Lay out an image of layers whose every entry is given."""
    made = [layers.tar(one) for one in tars]
    return judged(lambda place: layers.write(place, *made, **words))


def linked(path: str, to: str, kind: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return entries by which Jinja2's description is a link to a file of another name."""
    return [layers.entry("opt/m", JINJA[METADATA].data), layers.entry(path, kind=kind, link=to)]


def without(layer: Layer, word: str) -> Layer:
    """Leave out of a layer what has a word in its path."""
    return {path: one for path, one in layer.items() if word not in path}


def sbom(system: str = "12") -> Layer:
    """Return a file that lists one package of Debian, with nothing wrong in it."""
    marks = {"SrcName": "tzdata", "SrcVersion": "2024a-0+deb12u1", "PkgType": "debian"}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [
            {"bom-ref": "os", "type": "operating-system", "name": "debian", "version": system},
            {
                "bom-ref": "a",
                "type": "library",
                "name": "tzdata",
                "version": "2024a-0+deb12u1",
                "purl": f"pkg:deb/debian/tzdata@2024a-0+deb12u1?arch=all&distro=debian-{system}",
                "properties": [
                    {"name": f"aquasecurity:trivy:{key}", "value": value}
                    for key, value in marks.items()
                ],
            },
        ],
    }
    return oci_image.text("opt/made.cdx.json", json.dumps(document))


def claims(package: str, *paths: str) -> Layer:
    """Let an installed package of Debian claim files."""
    lines = "".join(f"{'0' * 32}  {path}\n" for path in paths)
    return oci_image.text(f"var/lib/dpkg/info/{package}.md5sums", lines)


def several(place: Path) -> None:
    """Write an image of another architecture first, which is clean."""
    oci_image.write_layout(
        place, Image(layers=(CLEAN,), architecture="arm64"), Image(layers=(BAD,))
    )


def ended(folder: Path) -> None:
    """Write a database that knows a release whose support is over."""
    old = dataclasses.replace(SOURCES[0], bucket="debian 9")
    database(folder, (*SOURCES, old))


def swapped_layer(place: Path) -> None:
    """Put a clean layer in the place of the one that the manifest names."""
    oci_image.write_layout(place, Image(layers=(BAD,)))
    blobs = sorted((place / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    oci_image.write_layout(place.parent / "other", Image(layers=(CLEAN,)))
    others = (place.parent / "other/blobs/sha256").iterdir()
    clean = max(others, key=lambda path: path.stat().st_size)
    blobs[-1].write_bytes(clean.read_bytes())


def swapped_manifest(place: Path) -> None:
    """Put the manifest of a clean image in the place of the one that the index names."""
    (bad,) = oci_image.write_layout(place, Image(layers=(BAD,)))
    index = (place / "index.json").read_bytes()
    (clean,) = oci_image.write_layout(place, Image(layers=(CLEAN,)))
    (place / "index.json").write_bytes(index)
    blobs = place / "blobs/sha256"
    (blobs / bad.removeprefix("sha256:")).write_bytes(
        (blobs / clean.removeprefix("sha256:")).read_bytes()
    )


LIBRARIES_AND_ODD: Final = (*LIBRARIES, Deb("odd", "not a version!"))
JAR: Final = {"opt/a.jar": Entry(b"PK\5\6" + b"\0" * 18)}


ALMA: Final = Source(
    bucket="alma 9",
    id="alma",
    name="AlmaLinux Product Errata",
    advisories={
        "openssl-libs": {"CVE-2023-5363": Advisory(fixed="3.0.7-25.el9")},
        "zlib": {"CVE-2023-45853": Advisory(fixed="1.2.11-41.el9")},
    },
)
"""What the database knows of a system with rpm."""


def alma(*packages: Rpm, ahead: bytes = b"", twice: bool = False) -> Lay:
    """Lay out an image of AlmaLinux 9, whose database may say names twice, or not hold all."""
    more = ((1000, 6, ("other",)),) if twice else ()
    headers = [rpm.header(one, *more) for one in packages]
    layer = (
        oci_image.os_release("almalinux", "9.3")
        | oci_image.text("etc/almalinux-release", "AlmaLinux release 9.3 (Shamrock Pampas Cat)\n")
        | {"var/lib/rpm/rpmdb.sqlite": Entry(rpm.sqlite(*headers))}
        | {"usr/lib64/libssl.so.3": Entry(b"\x7fELF\x02")}
    )
    if ahead:
        layer["var/lib/rpm/rpmdb.sqlite-wal"] = Entry(ahead)
    return image(layer, feed=lambda place: database(place, (*SOURCES, ALMA)))
