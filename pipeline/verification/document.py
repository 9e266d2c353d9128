"""The shape of verify.yaml: what a deployer asks for."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.policy.loading.tools_document import DeniedTable
from pipeline.policy.loading.words import Environment, Hours, Name, Table

Text = Annotated[str, Field(min_length=1, max_length=500)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Uri = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*:\S+$", max_length=500)]
File = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$", max_length=300)]


class SignerTable(Table):
    """Whose word counts: an identity by certificate, or a key."""

    issuer: Uri | None = None
    """Who vouches for the identity, such as https://token.actions.githubusercontent.com."""
    identity: Text | None = None
    """The certificate's subject alternative name, exactly."""
    identity_pattern: Text | None = None
    """A regular expression for the whole of it, where one name is not enough."""
    repository_id: Text | None = None
    """GitHub's number of the repository: it is never given to another one, a name may be."""
    owner_id: Text | None = None
    source_ref: Text | None = None
    """Such as refs/heads/main."""
    build_triggers: list[Text] = Field(default_factory=list)
    """Such as push. pull_request_target and workflow_run run with the base branch's ref."""
    runner_environment: Literal["github-hosted", "self-hosted"] | None = None
    key: File | None = None
    """A public key in PEM beside this file."""
    transparency: Literal["log", "timestamp", "log_and_timestamp", "none"] | None = None
    """What a signature by key must carry beside itself."""
    verifier: Uri
    """The verifier.id that this signer may speak for."""


class AllowedTable(Table):
    """By which policies an image may have been judged. Nothing: by any trusted one."""

    digests: list[Digest] = Field(default_factory=list)
    names: list[Name] = Field(default_factory=list)


class ToolsTable(Table):
    """Scanners."""

    denied: list[DeniedTable] = Field(default_factory=list, max_length=1000)
    """Beside those that Penstock itself denies."""


class VerifyDocument(Table):
    """verify.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["VerifyPolicy"]
    trust: File = "trusted_root.json"
    """Sigstore's trusted root, beside this file; `public` for the public good instance's."""
    resource: Annotated[str, Field(pattern=r"^[^\s@]+/[^\s@:]+$", max_length=300)]
    """The repository for which images are judged, as ghcr.io/acme/app."""
    environment: Environment
    """The one in which they are judged: a PASS for pr says nothing of release."""
    signers: list[SignerTable] = Field(min_length=1, max_length=100)
    max_age_hours: Hours = 168
    """How long a verdict is good for."""
    fail_window_hours: Annotated[int, Field(ge=0, le=24 * 366)] = 24
    """For how long a FAILED blocks, whatever came after it."""
    policy: AllowedTable = Field(default_factory=AllowedTable)
    require: list[Uri] = Field(default_factory=list, max_length=100)
    """Predicate types that must be attested beside summary and verdict."""
    tools: ToolsTable = Field(default_factory=ToolsTable)
