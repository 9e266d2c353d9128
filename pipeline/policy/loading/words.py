"""The words that the documents of a policy share, and the table that each of them is."""

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.policy.globs import says_nothing

Environment = Literal["pr", "main", "release", "weekly"]
Priority = Literal["P0", "P1", "P2", "P3"]
Effect = Literal["fail", "warn"]
Required = Literal["always", "when_present", "no"]
SeverityWord = Literal["critical", "high", "medium", "low", "info", "unknown"]
KindWord = Literal["sast", "sca", "iac", "secret", "workflow", "dast", "coverage"]
LackWord = Literal[
    "unlisted_targets", "unsaid_checks", "unsaid_end", "undated_feed", "unplaced_results"
]
LevelWord = Literal["high", "medium", "low", "unknown"]
SsvcWord = Literal["3_days_forensics", "3_days", "14_days", "60_days", "next_upgrade"]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Reason = Annotated[str, Field(min_length=10, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Days = Annotated[int, Field(ge=0, le=3660)]
Hours = Annotated[int, Field(ge=1, le=24 * 366)]


def _some_branches(glob: str) -> str:
    if says_nothing(glob):
        raise ValueError(f"{glob!r} would call every branch protected")
    if glob.startswith("refs/"):
        raise ValueError("a branch goes by its own name, as main or release/*")
    return glob


Branches = Annotated[str, Field(min_length=1, max_length=250), AfterValidator(_some_branches)]

Key = TypeVar("Key", bound=str)
Value = TypeVar("Value")


class Table(BaseModel):
    """A mapping in a file that a person writes: no unknown keys, no guessing at types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
