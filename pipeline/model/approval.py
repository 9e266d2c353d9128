"""A signature beside a record of the policy, as it was checked."""

from typing import Final, Literal, TypeAlias

import msgspec

EXCEPTION: Final = "penstock-exception@v1"
"""The namespace of signatures over exceptions."""
BREAK_GLASS: Final = "penstock-break-glass@v1"
"""The same over break-glass records: neither signature stands for the other."""

SignatureState: TypeAlias = Literal["good", "bad", "revoked", "unknown_key"]


class Signature(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One `.sig` file: whom it names, which key made it, and whether it holds."""

    exception: str
    """The exception's id, or `break-glass/ID`."""
    principal: str
    """As the file's name has it."""
    key: str
    """`SHA256:…`; empty where the file is no signature."""
    state: SignatureState
    detail: str = ""
    """Why it is not good."""
