"""The shape of penstock.toml."""

import difflib
import os
import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from pipeline.feeds import FEEDS
from pipeline.stages import STAGES

_DURATION: Final = re.compile(r"(\d+)(s|m|h)")
_LONGEST: Final = 255
_LONGEST_PATH: Final = 3000
"""Bytes; with the folders above it a path has to stay below 4096."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """Read a duration such as `90s`, `10m` or `1h`; ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError("a duration is a positive number with s, m or h, such as '10m'")
    return float(int(found[1]) * _UNITS[found[2]])


def _duration(text: str) -> str:
    seconds(text)
    return text


def usable(text: str) -> str:
    """Return the name of a file, a folder or an image; ValueError for what no system takes."""
    if "\0" in text:
        raise ValueError("no name holds a NUL")
    longest = max(len(os.fsencode(part)) for part in text.split("/"))
    if longest > _LONGEST or len(os.fsencode(text)) > _LONGEST_PATH:
        raise ValueError("this is longer than a path can be")
    return text


Name = Annotated[str, AfterValidator(usable)]
Duration = Annotated[str, AfterValidator(_duration)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Source(_Table):
    """`[source]`: which files are judged."""

    root: Name = "."
    requirements: list[Name] | None = None
    """Default: every lock or requirements file that git tracks."""
    exclude: list[Name] = Field(default_factory=list)
    """Globs. Each excluded file is a gap unless the policy allows the same glob."""


class ImageEntry(_Table):
    """`[[image]]`: an image that is judged."""

    ref: Name = Field(min_length=1)
    """oci:DIR[@sha256:…], archive:FILE.tar, or registry/name[:tag][@sha256:…]."""


class Site(_Table):
    """`[site]`: the staging target of the dast stages."""

    url: str
    openapi: str | None = None


_FOLDERS: Final[dict[str, Any]] = dict.fromkeys(FEEDS, (Name | None, None))
FeedPaths: Final = create_model(
    "FeedPaths",
    __base__=_Table,
    __doc__='`[feeds]`: where synced snapshots are; `osv = "live"` asks the public service.',
    **_FOLDERS,
)


def _relative(glob: str) -> str:
    if glob.startswith("/") or ".." in glob.split("/"):
        raise ValueError("a glob is relative to the folder of this file, and stays below it")
    return glob


Glob = Annotated[Name, Field(min_length=1), AfterValidator(_relative)]


class ExposureEntry(_Table):
    """`[[exposure]]`: who can reach what is in these files or images."""

    exposure: Literal["public", "internal"]
    paths: list[Glob] = Field(default_factory=list)
    """Globs, relative to the folder of this file."""
    images: list[Annotated[Name, Field(min_length=1)]] = Field(default_factory=list)
    """Globs over references of images, as they are asked for."""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.paths and not self.images:
            raise ValueError("an entry names paths, images or both")
        return self


class StageTable(_Table):
    """`[stages.NAME]`: what may be set for one stage."""

    timeout: Duration | None = None
    rules: list[Name] = Field(default_factory=list)
    """semgrep only: more rule files or folders."""


class ToolTable(_Table):
    """`[tools.NAME]`: a program instead of the managed one. Recorded as unlocked."""

    path: Name


def _known_stage(name: str) -> str:
    if name in STAGES:
        return name
    close = difflib.get_close_matches(name, STAGES, n=1)
    more = f"did you mean {close[0]!r}?" if close else f"stages are {', '.join(STAGES)}"
    raise ValueError(f"there is no stage {name!r}; {more}")


def _known_tool(name: str) -> str:
    tools = sorted({tool for stage in STAGES.values() for tool in stage.TOOLS})
    if name in tools:
        return name
    close = difflib.get_close_matches(name, tools, n=1)
    more = f"did you mean {close[0]!r}?" if close else f"tools are {', '.join(tools)}"
    raise ValueError(f"there is no tool {name!r}; {more}")


StageName = Annotated[str, AfterValidator(_known_stage)]
ToolName = Annotated[str, AfterValidator(_known_tool)]


class Document(_Table):
    """penstock.toml, or `[tool.penstock]` in pyproject.toml."""

    schema_: Literal["penstock/config@1"] = Field(alias="schema")
    policy: Name | None = None
    out: Name | None = None
    store: Name | None = None
    """The file that holds the history of this repository."""
    source: Source = Field(default_factory=Source)
    image: list[ImageEntry] = Field(default_factory=list)
    site: Site | None = None
    exposure: list[ExposureEntry] = Field(default_factory=list)
    feeds: FeedPaths = Field(default_factory=FeedPaths)
    stages: dict[StageName, StageTable] = Field(default_factory=dict)
    tools: dict[ToolName, ToolTable] = Field(default_factory=dict)
