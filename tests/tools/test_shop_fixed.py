"""The mended shop passes, and each mend undone singly is noticed."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from examples import build
from tests.support.command import Bundle, penstock

pytestmark = pytest.mark.tools

EXAMPLES: Final = Path(build.__file__).parent
MENDED: Final = EXAMPLES / "shop-fixed"


class Undone(NamedTuple):
    """A mend, taken back: what then is found, and what the exit code becomes."""

    file: str
    mended: str
    broken: str
    rule: str
    code: int = 1
    also: tuple[str, str, str] | None = None
    """One more place that the mend touched: file, mended, broken."""


JOB_RIGHTS: Final = "    permissions:\n      contents: read # to check the source out\n"
UNDONE: Final = (
    Undone("app/catalogue.py", "products = yaml.safe_load(text)",
           "products = yaml.load(text, Loader=yaml.Loader)", "penstock.python.unsafe-yaml-load"),
    Undone("requirements.txt", "certifi==2026.10.19.post1", "certifi==2022.12.7", "CVE-2023-37920"),
    Undone("requirements.txt", "jinja2==3.1.6", "jinja2==2.11.2", "CVE-2020-28493", 0),
    Undone("app/catalogue.py", "return yaml.safe_load(path.read_text())",
           "return yaml.load(path.read_text(), Loader=yaml.UnsafeLoader)  # nosemgrep",
           "penstock.python.unsafe-yaml-load"),
    Undone("app/db.py", 'WHERE instr(lower(name), lower(?)) > 0", (words,)',
           'WHERE name LIKE \'%" + words + "%\'"', "penstock.python.sql-injection"),
    Undone("app/main.py", 'FastAPI(title="Shop")', 'FastAPI(title="Shop", debug=True)',
           "penstock.python.debug-mode", 0),
    Undone("app/orders.py", "cancel(\n    number: int,\n    customer: str = "
           "Depends(current_customer),\n", "cancel(\n    number: int,\n",
           "penstock.python.fastapi-endpoint-without-auth"),
    Undone("app/orders.py", "password = settings.WAREHOUSE_PASSWORD",
           'password = "warehouse-2019"', "penstock.python.hardcoded-credentials"),
    Undone("app/orders.py", "api_user = settings.WAREHOUSE_USER", 'api_user = "api_user"',
           "penstock.python.hardcoded-credentials"),
    Undone("app/reports.py",
           '["sort", "--field-separator=,", f"--key={column}", str(path)], capture_output=True',
           'f"sort -t, -k{column} {path}", shell=True, capture_output=True',
           "penstock.python.command-injection"),
    Undone("app/settings.py", 'SIGNING_KEY = os.environ["SHOP_SIGNING_KEY"]',
           'SIGNING_KEY = "f3b0c44298fc1c149afbf4c8996fb924"', "penstock.python.hardcoded-key"),
    Undone("requirements.txt", "requests==2.34.2", "requests==2.30.0", "CVE-2023-32681", 0),
    Undone("requirements/base.txt", "fastapi==0.165.0", "fastapi==0.95.0", "CVE-2024-24762"),
    Undone("requirements/base.txt", "idna==3.20", "idna==3.4", "CVE-2024-3651"),
    Undone("requirements/base.txt", "PyYAML==6.0.4", "PyYAML==5.3.1", "CVE-2020-14343"),
    Undone("requirements/base.txt", "starlette==1.10.0", "starlette==0.26.1", "CVE-2023-29159"),
    Undone("requirements/base.txt", "urllib3==2.8.0", "urllib3==1.26.15", "CVE-2023-43804"),
    Undone("worker/poetry.lock", 'version = "50.0.2"', 'version = "41.0.5"', "CVE-2023-49083",
           also=("worker/pyproject.toml", "(>=50.0,<51)", "(>=41.0,<42)")),
    Undone("web/package-lock.json", '"version": "4.17.21"', '"version": "4.17.20"',
           "CVE-2021-23337"),
    Undone("Dockerfile", "@sha256:5ec0000000000000000000000000000000000000000000000000000000000e8a",
           "", "penstock.base-image-unpinned"),
    Undone("Dockerfile", "USER 10001", "USER root", "DS-0002"),
    Undone("infra/main.tf", '["10.20.0.0/24"]', '["0.0.0.0/0"]', "AWS-0107"),
    Undone("infra/main.tf", "block_public_acls       = true", "block_public_acls       = false",
           "AWS-0086"),
    Undone("infra/main.tf", 'status = "Enabled"', 'status = "Suspended"', "AWS-0090", 0),
    Undone("deploy/shop.env", "# SHOP_SIGNING_KEY", "AWS_ACCESS_KEY_ID=AKIA" + "FAKE" * 4 + "\n#",
           "aws-access-key-id"),
    Undone(".github/workflows/ci.yml", "${TITLE}", "${{ github.event.pull_request.title }}",
           "template-injection"),
    Undone(".github/workflows/ci.yml", "@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0", "@v5",
           "unpinned-uses"),
    Undone(".github/workflows/ci.yml", "permissions: {}\n", "", "excessive-permissions", 0,
           also=(".github/workflows/ci.yml", JOB_RIGHTS, "")),
    Undone(".github/workflows/ci.yml", "        with:\n          persist-credentials: false\n", "",
           "artipacked", 0),
)  # fmt: skip
QUICK: Final = 1
"""So many stand in `make test`. Each is a run of every scanner."""


def _cases() -> Iterator[object]:
    for number, one in enumerate(UNDONE):
        marks = () if number < QUICK else (pytest.mark.slow,)
        yield pytest.param(one, id=f"{one.rule}-in-{one.file}-{number}", marks=marks)


def copied(folder: Path) -> Path:
    copy = folder / "shop"
    shutil.copytree(MENDED, copy, ignore=shutil.ignore_patterns(".penstock"))
    return copy


def test_the_mended_shop_passes(tmp_path: Path) -> None:
    done = penstock("run", MENDED, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert (done.code, bundle.verdict["verdict"]) == (0, "PASS"), done.out
    assert bundle.verdict["demo"]
    assert bundle.findings == []
    assert bundle.verdict["unanswered"] == []


@pytest.mark.parametrize("undone", list(_cases()))
def test_a_mend_that_is_undone_is_noticed(undone: Undone, tmp_path: Path) -> None:
    shop = copied(tmp_path)
    for name, mended, broken in filter(None, (undone[:3], undone.also)):
        text = (shop / name).read_text()
        assert mended in text
        (shop / name).write_text(text.replace(mended, broken, 1))
    done = penstock("run", shop, "--out", tmp_path / "out")
    bundle = Bundle(tmp_path / "out")
    assert done.code == undone.code, done.out
    assert bundle.verdict["verdict"] == ("FAIL" if undone.code else "WARN")
    assert bundle.verdict["unanswered"] == []
    assert undone.rule in {f["rule"] for f in bundle.findings if f["target"] == undone.file}


@pytest.mark.slow
def test_the_old_image_fails_the_mended_shop(tmp_path: Path) -> None:
    old = f"oci:{EXAMPLES / 'shop/image/layout'}"
    done = penstock("run", MENDED, "--out", tmp_path / "out", "--image", old)
    bundle = Bundle(tmp_path / "out")
    assert done.code == 1
    assert {f["stage"] for f in bundle.findings} == {"image"}
