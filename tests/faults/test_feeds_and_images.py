"""Feeds and images that went wrong on disk, under an unmodified `penstock run`."""

import shutil

import pytest

from tests.faults import doc
from tests.faults.bench import Bench
from tests.faults.tables import DAMAGES, Damage

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bench]:
    return {
        stage: Bench(tmp_path_factory.mktemp(stage), stage)
        for stage in ("pip-audit", "packages", "image")
    }


@pytest.mark.parametrize("damage", DAMAGES, ids=[f"{one.stage}: {one.what}" for one in DAMAGES])
def test_it_is_inconclusive_and_says_why(damage: Damage, made: dict[str, Bench]) -> None:
    bench = made[damage.stage]
    whole = bench.folder / "whole"
    if not whole.exists():
        assert bench.run()[0].code == 0
        shutil.copytree(bench.shop, whole)
    try:
        damage.make(bench.shop)
        done, bundle = bench.run()
    finally:
        shutil.rmtree(bench.shop)
        shutil.copytree(whole, bench.shop)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE"), done.out
    assert {name for name, _, _ in bundle.unanswered()} == {damage.stage}
    found = {reason for _, _, reason in bundle.unanswered()}
    assert found
    assert found <= damage.reasons
    assert not bundle.verdict["demo"] or "excerpt" not in damage.what


def test_the_page_says_what_is_tried() -> None:
    assert doc.PAGE.read_text(encoding="utf-8") == doc.text(), "python -m tests.faults.doc"
