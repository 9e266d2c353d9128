"""SARIF 2.1.0, with the members that a judgement rests on."""

from typing import TypeAlias

import msgspec

Text: TypeAlias = str | None


class _Base(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Members that are absent and those that are null say the same."""


class Message(_Base, frozen=True):
    """A sentence, or the name of one in the rule."""

    text: Text = None
    id: Text = None
    arguments: list[str] | None = None


class Words(_Base, frozen=True):
    """A text that a rule holds ready."""

    text: Text = None


class Artifact(_Base, frozen=True):
    """Where something lies."""

    uri: Text = None
    uri_base_id: Text = None
    index: int = -1


class Region(_Base, frozen=True):
    """A part of a file."""

    start_line: int | None = None
    end_line: int | None = None
    snippet: Words | None = None


class Physical(_Base, frozen=True):
    """A place in a file."""

    artifact_location: Artifact | None = None
    region: Region | None = None


class Place(_Base, frozen=True):
    """A place of any sort."""

    physical_location: Physical | None = None


class Component(_Base, frozen=True):
    """Which part of the tool a rule is of."""

    index: int = -1


class RuleReference(_Base, frozen=True):
    """Which rule a result is of, the long way."""

    id: Text = None
    index: int = -1
    tool_component: Component | None = None


class Suppression(_Base, frozen=True):
    """That somebody wants a result to be passed over."""

    status: Text = None


class Bag(_Base, frozen=True):
    """What tools agreed on beside the standard."""

    tags: list[str] | None = None
    precision: Text = None
    security_severity: str | float | None = msgspec.field(name="security-severity", default=None)


class Result(_Base, frozen=True):
    """One result."""

    message: Message
    rule_id: Text = None
    rule_index: int = -1
    rule: RuleReference | None = None
    level: Text = None
    kind: Text = None
    locations: list[Place] | None = None
    suppressions: list[Suppression] | None = None
    baseline_state: Text = None
    properties: Bag | None = None


class Configuration(_Base, frozen=True):
    """How a rule is set."""

    level: Text = None


class Rule(_Base, frozen=True):
    """What a rule says of itself."""

    id: str
    name: Text = None
    short_description: Words | None = None
    full_description: Words | None = None
    message_strings: dict[str, Words] | None = None
    default_configuration: Configuration | None = None
    properties: Bag | None = None


class Driver(_Base, frozen=True):
    """The tool, or a part of it."""

    name: str
    version: Text = None
    semantic_version: Text = None
    rules: list[Rule] | None = None


class Tool(_Base, frozen=True):
    """The tool and its parts."""

    driver: Driver
    extensions: list[Driver] | None = None


class Descriptor(_Base, frozen=True):
    """What a notification is about."""

    id: Text = None


class Notification(_Base, frozen=True):
    """What a tool said while it ran."""

    message: Message
    level: Text = None
    locations: list[Place] | None = None
    descriptor: Descriptor | None = None


class Invocation(_Base, frozen=True):
    """One start of the tool, and how it ended."""

    execution_successful: bool
    end_time_utc: Text = None
    start_time_utc: Text = None
    exit_signal_name: Text = None
    exit_signal_number: int | None = None
    process_start_failure_message: Text = None
    rule_configuration_overrides: list[msgspec.Raw] | None = None
    tool_execution_notifications: list[Notification] | None = None
    tool_configuration_notifications: list[Notification] | None = None


class Listed(_Base, frozen=True):
    """A file that a run speaks of."""

    location: Artifact | None = None
    roles: list[str] | None = None


class Revision(_Base, frozen=True):
    """What was checked out."""

    repository_uri: str
    revision_id: Text = None


class Run(_Base, frozen=True):
    """A run without its results."""

    tool: Tool
    invocations: list[Invocation] | None = None
    artifacts: list[Listed] | None = None
    version_control_provenance: list[Revision] | None = None
    original_uri_base_ids: dict[str, Artifact] | None = None
    external_property_file_references: dict[str, msgspec.Raw] | None = None
