"""An exception that people signed with real keys, as others and an auditor are told of it."""

import csv
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.approval import EXCEPTION
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import with_signatures
from pipeline.stages import STAGES
from tests.support import bundles
from tests.support.command import Ran, penstock
from tests.support.excepted import Workshop, evidence
from tests.support.judging import case, exception, package

pytestmark = pytest.mark.tools

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CLAIM = {
    "type": "not_affected",
    "evidence": "sha256:" + "e" * 64,
    "vex": "{status: not_affected, justification: vulnerable_code_not_in_execute_path}",
}


def sign(shop: Workshop, ident: str, who: str) -> None:
    """Leave a detached signature beside an exception, as ssh-keygen makes it."""
    file = shop.path / "policies/exceptions" / f"{ident}.yaml"
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", shop.key(who), "-n", EXCEPTION, file], check=True
    )
    made = file.with_name(f"{file.name}.sig")
    made.rename(file.with_name(f"{file.name}.{who}@example.com.sig"))


def left(shop: Workshop) -> Path:
    """Leave a bundle that was judged by the policy of the shop, signatures checked."""
    files = shop.policy_files()
    loaded = load(files, stages=tuple(STAGES), where="policies")
    made = case(loaded, package(), env="weekly", now=NOW, stages=evidence())
    signed = with_signatures(made, files)
    source = msgspec.structs.replace(signed.source, trusted=True)
    judged = msgspec.structs.replace(signed, source=source)
    return bundles.write(shop.path.parent / "bundles" / "one", judged, files)


def audited(shop: Workshop, *more: str) -> Ran:
    window = ("--from", "2026-11-23", "--to", "2026-11-29")
    place = ("--bundles", "../bundles", "--out", "../export")
    return penstock("audit", "export", *window, *place, *more, cwd=shop.path)


def rows(shop: Workshop, name: str) -> list[dict[str, str]]:
    with (shop.path.parent / "export" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def statements(out: Ran) -> Any:
    assert out.code == 0, out.err
    return json.loads(out.out)["statements"]


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path)
    made.write("policies/exceptions/EX-1.yaml", exception("EX-1", **CLAIM))
    return made


def test_a_signed_claim_is_told_to_others_and_its_signer_to_the_auditor(shop: Workshop) -> None:
    sign(shop, "EX-1", "alice")
    base = shop.commit()
    out = penstock("exception", "export", left(shop))
    assert out.err == ""
    assert [one["status"] for one in statements(out)] == ["not_affected"]
    done = audited(shop, "--base", base)
    assert done.code == 0, done.err
    (row,) = rows(shop, "exceptions.csv")
    assert (row["status"], row["approvers"]) == ("active", "alice@example.com")
    people = {one["person"]: one for one in rows(shop, "roles.csv")}
    assert people["alice@example.com"]["roles"] == "ciso; security"
    assert people["alice@example.com"]["keys"].startswith("SHA256:")
    assert people["mallory@example.com"]["can"] == ""


def test_a_claim_that_nobody_who_may_signed_is_not_told(shop: Workshop) -> None:
    sign(shop, "EX-1", "mallory")
    shop.commit()
    out = penstock("exception", "export", left(shop))
    assert (out.code, out.out) == (0, "")
    assert "EX-1 is left out: unapproved" in out.err
    assert audited(shop).code == 0
    assert [one["approvers"] for one in rows(shop, "exceptions.csv")] == [""]
    assert "exception_unapproved" in {one["kind"] for one in rows(shop, "problems.csv")}


def test_a_base_that_is_not_there_is_no_policy(shop: Workshop) -> None:
    left(shop)
    done = audited(shop, "--base", "0" * 40)
    assert done.code == 3
    assert "cannot be used" in done.err
    assert not (shop.path.parent / "export").exists()
