"""Finds the SSH key that somebody signs with: the one named, else the one that counts here."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.exceptions import signing
from pipeline.policy.model import Policy


def chosen(named: Path | None, policy: Policy, environment: Mapping[str, str]) -> Path:
    """Return the key to sign with. Raises UsageError where none or several could be meant."""
    if named is not None:
        return named
    known = {} if policy.roles is None else {key.fingerprint: key for key in policy.roles.keys}
    folder = Path(environment.get("HOME") or "/nonexistent") / ".ssh"
    found = [one for one in _public(folder) if _fingerprint(one) in known]
    if len(found) == 1:
        private = found[0].with_suffix("")
        return private if private.is_file() else found[0]
    if not found:
        raise UsageError(
            f"no key of {folder} is listed in allowed_signers", hint="name yours by --key"
        )
    raise UsageError(
        f"allowed_signers lists several of your keys: {', '.join(one.name for one in found)}",
        hint="choose one by --key",
    )


def fingerprint(key: Path) -> str:
    """Ask the public half, which lies beside the private one or was named itself."""
    if not key.name:
        raise UsageError("--key names no file", hint="name your private key, or its public half")
    public = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    if not key.is_file() and not public.is_file():
        raise UsageError(f"there is no key {key}", hint="name a file that is here")
    if not public.is_file():
        raise UsageError(
            f"there is no public key {public}", hint=f"ssh-keygen -y -f {key} > {public}"
        )
    try:
        return signing.fingerprint(public.read_bytes())
    except OSError as exc:
        raise UsageError(
            f"{public} cannot be read: {exc.strerror}", hint="check its permissions"
        ) from exc


def _public(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.pub"))
    except OSError:
        return []


def _fingerprint(public: Path) -> str:
    try:
        return fingerprint(public)
    except UsageError:
        return ""
