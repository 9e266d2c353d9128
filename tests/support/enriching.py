"""Catalogues of exploits and tables of scores, small and made up."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.feeds import epss, kev, noted, vulnrichment, vulnrichment_form
from pipeline.feeds.base import Order
from pipeline.model.finding import Finding
from pipeline.stages.trivy.advisories import findings
from pipeline.stages.trivy.report import decode
from pipeline.toolchain.command import Report

NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
FRESH: Final = "2026-11-25T06:00:00Z"
ORDER: Final = Order(mirror=None, now=NOW)


def entry(cve: str, **fields: Any) -> dict[str, Any]:
    """Write an entry as the catalogue has it."""
    return {
        "cveID": cve,
        "vendorProject": "v",
        "product": "p",
        "vulnerabilityName": "n",
        "dateAdded": "2026-11-01",
        "shortDescription": "s",
        "requiredAction": "a",
        "dueDate": "2026-11-22",
        "knownRansomwareCampaignUse": "Unknown",
        **fields,
    }


def catalogue(*cves: str, **fields: Any) -> bytes:
    """Write a catalogue, with these fields instead of the usual ones."""
    whole = {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2026.11.25",
        "dateReleased": FRESH,
        "count": len(cves),
        "vulnerabilities": [entry(cve) for cve in cves],
        **fields,
    }
    return json.dumps(whole).encode()


HEAD: Final = f"#model_version:v2026.06.15,score_date:{FRESH}\n"
COLUMNS: Final = "cve,epss,percentile\n"


def table(
    scores: Mapping[str, float | str] | None = None,
    *,
    head: str = HEAD,
    columns: str = COLUMNS,
    rows: Iterable[str] = (),
) -> bytes:
    """Write a table of scores, packed as it is published."""
    lines = [f"{cve},{score},0.5\n" for cve, score in (scores or {}).items()]
    return gzip.compress("".join((head, columns, *lines, *rows)).encode(), mtime=0)


def kev_feed(folder: Path, *cves: str, order: Order = ORDER, excerpt: bool = False) -> Path:
    """Put a catalogue in place, as a sync would."""
    noted.put(kev.KIND, folder, catalogue(*(cves or ("CVE-2026-1111",))), order, excerpt=excerpt)
    return folder


ROW: Final = "CVE-2026-1111,poc,no,partial,2026-11-25"


def assessments(*rows: str, commit: str = "c" * 40, updated: str = FRESH) -> bytes:
    """Write a snapshot of assessments as a sync makes it."""
    head = f"#commit:{commit},updated:{updated},records:{len(rows)}\n{vulnrichment_form.COLUMNS}\n"
    return (head + "".join(f"{row}\n" for row in rows)).encode()


def vulnrichment_feed(
    folder: Path, *rows: str, order: Order = ORDER, excerpt: bool = False
) -> Path:
    """Put assessments in place, as a sync would."""
    data = assessments(*(rows or (ROW,)))
    noted.put(vulnrichment.KIND, folder, data, order, excerpt=excerpt)
    return folder


RECORDS: Final = Path(__file__).parents[1] / "data/vulnrichment/records.ndjson"
COMMIT: Final = "034bc878aecbbc99cc211b0ceafa3fc53ddb5459"


def cve_records() -> list[dict[str, Any]]:
    """Return real records of cisagov/vulnrichment."""
    return [json.loads(line) for line in RECORDS.read_text().splitlines()]


def repository(
    records: Iterable[Mapping[str, Any]], more: Mapping[str, bytes] | None = None
) -> bytes:
    """Zip records as a forge zips the repository, and more files by their names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = COMMIT.encode()
        archive.writestr("vulnrichment-develop/README.md", "# CISA Vulnrichment")
        for one in records:
            cve = one["cveMetadata"]["cveId"]
            _, year, number = cve.split("-")
            name = f"vulnrichment-develop/{year}/{number[:-3]}xxx/{cve}.json"
            archive.writestr(name, json.dumps(one, indent=2))
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return packed.getvalue()


def fresh_feeds(shop: Path, when: datetime | None = None, *, excerpt: bool = False) -> None:
    """Put both in place in a repository, of a moment just gone: real runs have the real clock."""
    moment = when or datetime.now(UTC) - timedelta(minutes=5)
    text = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    order = Order(mirror=None, now=moment)
    listed = catalogue("CVE-2014-0160", dateReleased=text)
    scored = table({"CVE-2014-0160": 0.9}, head=f"#model_version:v1,score_date:{text}\n")
    noted.put(kev.KIND, shop / "feeds/kev", listed, order, excerpt=excerpt)
    noted.put(epss.KIND, shop / "feeds/epss", scored, order, excerpt=excerpt)
    day = moment.astimezone(UTC).date().isoformat()
    said = assessments(f"CVE-2014-0160,active,yes,partial,{day}", updated=text)
    noted.put(vulnrichment.KIND, shop / "feeds/vulnrichment", said, order, excerpt=excerpt)


def epss_feed(
    folder: Path,
    scores: Mapping[str, float | str] | None = None,
    *,
    order: Order = ORDER,
    excerpt: bool = False,
) -> Path:
    """Put a table of scores in place, as a sync would."""
    packed = table(scores or {"CVE-2026-1111": 0.9})
    noted.put(epss.KIND, folder, packed, order, excerpt=excerpt)
    return folder


def reported_by_trivy(vulnerability: Mapping[str, object]) -> Finding:
    """Return what our parser makes of a vulnerability as Trivy writes it."""
    report = {
        "SchemaVersion": 2,
        "CreatedAt": FRESH,
        "ArtifactName": ".",
        "ArtifactType": "filesystem",
        "Results": [{"Target": "src/uv.lock", "Class": "lang-pkgs", "Type": "uv",
                     "Vulnerabilities": [vulnerability]}],
    }  # fmt: skip
    told = Report(label="trivy", data=json.dumps(report).encode(), exit_code=0, stderr="")
    (one,) = findings("packages", "src/uv.lock", decode(told).results)
    return one
