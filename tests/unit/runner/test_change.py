"""What a stage looks at counts for what it has rules for, and not for being any text."""

from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory, Origin, SourceFile
from pipeline.model.outcome import Scope
from pipeline.runner.change import looked_at


def inventory(**languages: str | None) -> Inventory:
    files = tuple(
        SourceFile(path=path, size=1, language=language, binary=False, sha256="0")
        for path, language in sorted(languages.items())
    )
    empty: tuple[()] = ()
    return Inventory(
        root="/", origin=Origin.GIT, commit=None, tree=None, dirty=None, files=files,
        unread=empty, excluded=empty, suppressions=empty, manifests=empty, pins=empty,
        workflows=empty, iac=empty, remote_modules=empty, images=empty, digest="",
    )  # fmt: skip


HELD = inventory(a="python", b="ruby", c="markdown", d=None)
ASKED = Scope(
    asked=("a", "b", "c", "d"),
    gaps=(Gap(stage="semgrep", target="b", reason=GapReason.NO_RULES),),
)


def test_a_rule_for_any_text_does_not_look_at_code() -> None:
    assert looked_at("semgrep", ASKED, HELD) == {"a"}


def test_another_stage_looks_at_all_that_it_asks_for_and_has_rules_for() -> None:
    assert looked_at("secrets", ASKED, HELD) == {"a", "c", "d"}
