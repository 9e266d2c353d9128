"""A made-up list of packages for each image: proof that the database knows its system.

Trivy says nothing when its database is empty, or lacks the image's release.
"""

import json
from collections.abc import Mapping
from typing import Final

from pipeline.model.inventory import System
from pipeline.stages.trivy import canary as trivy_canary

_DEBIAN: Final = frozenset({"debian", "ubuntu"})
_ALPINE: Final = frozenset({"alpine", "wolfi", "chainguard"})
FAMILIES: Final = {
    "rhel": "redhat",
    "ol": "oracle",
    "almalinux": "alma",
    "amzn": "amazon",
    "opensuse-leap": "opensuse-leap",
    "sles": "sles",
    "azurelinux": "azurelinux",
    "mariner": "cbl-mariner",
}
"""Where Trivy's word for a system is not the ID of its os-release."""
_RPM: Final = frozenset({*FAMILIES.values(), "centos", "fedora", "photon", "rocky"})
FORMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_DEBIAN, "dpkg"),
    **dict.fromkeys(_ALPINE, "apk"),
    **dict.fromkeys(_RPM, "rpm"),
}
"""Who lists a system's packages, by Trivy's word for it."""
COMMON: Final = (
    "apr", "bash", "bind", "binutils", "busybox", "bzip2", "coreutils", "curl", "dpkg", "expat",
    "glibc", "gnupg2", "gnutls", "gnutls28", "krb5", "libgcrypt20", "libxml2", "linux", "musl",
    "ncurses", "openldap", "openssl", "pam", "pcre2", "perl", "python3", "python3.11", "shadow",
    "sqlite", "sqlite3", "systemd", "tar", "util-linux", "xz", "xz-utils", "zlib",
)  # fmt: skip
"""Source packages that every distribution has published advisories about."""


def family(system: System) -> str:
    """Return Trivy's word for a system."""
    return FAMILIES.get(system.family, system.family)


def release(name: str, version: str) -> str:
    """Return the part of a version by which advisories are filed."""
    parts = version.split(".")
    if name in _DEBIAN - {"ubuntu"}:
        return parts[0]
    if name == "ubuntu" or name in _ALPINE:
        return ".".join(parts[:2])
    return parts[0]


def sbom(system: System) -> bytes:
    """Write an SBOM of old packages: each ecosystem's, and the system's own at version 0.

    Version 0 is below every fix, so one advisory about any of them is enough to be found. The
    image's own packages are among them.
    """
    name = family(system)
    components: list[dict[str, object]] = [_library(purl) for purl in trivy_canary.KNOWN_BAD]
    if name and system.release:
        components.append(
            {
                "bom-ref": "system",
                "type": "operating-system",
                "name": name,
                "version": system.release,
            }
        )
        names = sorted({*COMMON, *system.packages})
        components.extend(_package(one, name, system.release) for one in names)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": components,
    }
    return json.dumps(document, indent=1).encode()


def _library(purl: str) -> dict[str, object]:
    name, _, version = purl.partition("/")[2].rpartition("@")
    group, _, base = name.rpartition("/")
    found: dict[str, object] = {"name": base, "group": group} if group else {"name": base}
    if purl.startswith("pkg:golang/"):
        found = {"name": name}
    return {"bom-ref": purl, "type": "library", **found, "version": version, "purl": purl}


def _package(name: str, system: str, version: str) -> dict[str, object]:
    kind = "deb" if system in _DEBIAN else "apk" if system in _ALPINE else "rpm"
    marks = {"SrcName": name, "SrcVersion": "0", "PkgType": system}
    return {
        "bom-ref": f"system/{name}",
        "type": "library",
        "name": name,
        "version": "0",
        "purl": f"pkg:{kind}/{system}/{name}@0?distro={system}-{version}",
        "properties": [
            {"name": f"aquasecurity:trivy:{key}", "value": value} for key, value in marks.items()
        ],
    }
