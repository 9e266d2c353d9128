"""Makes the documents of `penstock exception export` from a bundle."""

from pathlib import Path

import msgspec

from pipeline import __version__
from pipeline.bundle.read import BundleError, Stored, read
from pipeline.errors import UsageError
from pipeline.exceptions.disclosure import disclosure, entries
from pipeline.exceptions.export import export, product_purl
from pipeline.policy.judging.gate import judge
from pipeline.runner.again import stored_case
from pipeline.vex import boms, cyclonedx, openvex
from pipeline.vex.model import Issue


def made(
    bundle: Path,
    *,
    form: str,
    out: Path | None,
    there: bytes | None,
    author: str | None,
    product: str | None,
) -> tuple[bytes | None, list[str]]:
    """Return the document, or nothing where there is nothing to say, and what people must know."""
    before = openvex.earlier(there, str(out)) if there is not None and form == "openvex" else None
    if there is not None and before is None and not cyclonedx.is_cyclonedx(there):
        raise UsageError(
            f"{out} is there and no CycloneDX document",
            hint="it is left as it is; name another file with --out",
        )
    stored = read(bundle)
    case = stored_case(stored)
    judged = judge(case)
    known = _boms(stored)
    found = export(case, judged, known, product=product_purl(product) if product else None)
    issue = Issue(
        author=author or (before.author if before else f"Policy {case.policy.name}"),
        now=judged.verdict.now,
        tooling=f"penstock {__version__}",
    )
    notes = [f"{one.exception} {_told(told=one.told)}: {one.why}" for one in found.notes]
    text: bytes | None
    if form == "openvex":
        text = openvex.write(issue, found.statements, before)
    elif form == "vdr":
        text = cyclonedx.write(issue, disclosure(found, judged.findings, known))
    else:
        text = cyclonedx.write(issue, entries(found)) if found.told else None
    if text is None:
        notes.append("there is nothing to say: no exception speaks of an advisory")
    elif before is not None and text == before.data:
        notes.append(f"{out} already says this, as version {before.version}")
    return text, notes


def _told(*, told: bool) -> str:
    return "says less than its file asks for" if told else "is left out"


def standing(out: Path | None) -> bytes | None:
    """Read what stands where the document goes. Raises UsageError for what is no file."""
    if out is None or not out.exists():
        return None
    if not out.is_file():
        raise UsageError(f"--out {out} is there and no file", hint="name another file")
    try:
        return out.read_bytes()
    except OSError as exc:
        raise UsageError(f"--out {out} cannot be read: {exc.strerror}", hint="name a file") from exc


def _boms(stored: Stored) -> tuple[boms.Bom, ...]:
    """Read the SBOMs of single subjects: the merged one blurs which of them holds a package."""
    names = [n for n in stored.run.files if n.startswith("sbom/") and n != "sbom/merged.cdx.json"]
    try:
        return boms.read((stored.path / name).read_bytes() for name in sorted(names))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BundleError(f"an SBOM of {stored.path} cannot be read: {exc}") from exc
