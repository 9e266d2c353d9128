"""What an image's bill of materials leaves out of what lies in the image, by our own reading."""

from typing import Final

from pipeline.model.inventory import Image
from pipeline.stages.sbom.model import Bom

_OF_SYSTEMS: Final = ("pkg:apk/", "pkg:deb/", "pkg:rpm/")
_FILE: Final = "aquasecurity:trivy:FilePath"
_MANY: Final = 5


def left_out(image: Image, bom: Bom) -> str:
    """Say what is installed and stands nowhere in it; empty where all is there.

    Trivy drops packages whose version or description it cannot read, and says nothing of it.
    """
    missing = sorted({*_packages(image, bom), *_described(image, bom)})
    if not missing:
        return ""
    more = f" and {len(missing) - _MANY} more" if len(missing) > _MANY else ""
    return f"installed, and absent from the SBOM: {', '.join(missing[:_MANY])}{more}"


def _packages(image: Image, bom: Bom) -> set[str]:
    listed = (one for one in bom.components.values() if one.purl.startswith(_OF_SYSTEMS))
    return set(image.system.packages) - {one.name for one in listed}


def _described(image: Image, bom: Bom) -> set[str]:
    properties = (pair for one in bom.components.values() for pair in one.properties)
    return set(image.system.described) - {value for name, value in properties if name == _FILE}
