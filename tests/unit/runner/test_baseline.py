"""A bundle as the word about what was there before."""

from pathlib import Path

import pytest

from pipeline.config.settings import Settings
from pipeline.model.outcome import Skipped, SkipReason, StageResult
from pipeline.model.verdict import Subject
from pipeline.runner import baseline as module
from tests.support import bundles
from tests.support.judging import answers, case, done, gate, package, policy


class _Settings:
    environment = "main"
    base = None
    target = Path("/nowhere")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Stand in for a repository in which every commit has grown from every other."""
    monkeypatch.setattr(module, "repository_of", lambda _: Path("/nowhere"))
    monkeypatch.setattr(module, "is_ancestor", lambda *_: True)
    return _Settings()  # type: ignore[return-value]


def bundle(folder: Path, *images: str) -> Path:
    finding = package(stage="image", target="registry/api:1@sha256:1")
    outcome = (
        done(len(images))
        if images
        else Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="x")
    )
    stages = answers(image=outcome)
    subject = Subject(commit="c" * 40, tree=None, dirty=False, images=())
    made = case(policy(), finding, subject=subject, stages=stages)
    results = tuple(
        StageResult(
            evidence=one,
            targets=tuple((name, "answered") for name in images) if one.stage == "image" else (),
        )
        for one in stages
    )
    return bundles.write(folder / "b", made, {"gate.yaml": gate()}, results=results)


def test_images_that_were_asked_about_are_known_by_their_repository(
    tmp_path: Path, settings: Settings
) -> None:
    found, why = module.baseline(settings, bundle(tmp_path, "registry/api:1@sha256:1"))
    assert why == ""
    assert found is not None
    assert found.looks["image"].sees("registry/api:2@sha256:2")
    assert not found.looks["image"].sees("registry/web:1")


def test_without_an_image_nothing_is_said_about_one(tmp_path: Path, settings: Settings) -> None:
    found, _ = module.baseline(settings, bundle(tmp_path))
    assert found is not None
    assert not found.looks["image"].sees("registry/api:1@sha256:1")
