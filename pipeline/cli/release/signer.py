"""Who signs, as the command line says it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import UsageError
from pipeline.toolchain.reading import read_some

if TYPE_CHECKING:
    from pipeline.policy.model import Policy
    from pipeline.release.signers import Identity, Key
    from pipeline.release.signing import Signs
    from pipeline.signing.by_key import Kept
    from pipeline.signing.patience import Patience
    from pipeline.signing.trust import Trust
    from pipeline.toolchain.http import Http

PASSPHRASE: Final = "COSIGN_PASSWORD"  # noqa: S105 -- the variable's name


def of(
    *,
    key: Path | None,
    token: Path | None,
    trust: str | None,
    fallback: Path | None = None,
    environment: Mapping[str, str],
    http: "Http",
    patience: "Patience | None" = None,
) -> "Signs":
    """Return the signer. Raises UsageError for what does not go together.

    Raises SigningError where a key or an identity is not to be had: then nothing is signed yet.
    """
    agree(key=key, token=token, trust=trust, fallback=fallback)
    known = read_trust(trust) if trust else None
    by = partial(_by_key, environment=environment, http=http, patience=patience)
    if key is not None:
        who: Identity | Key = by(key, known)
    elif known is not None:
        who = _by_identity(token, known, environment, patience)
    else:
        raise _nobody()
    if fallback is None:
        return who
    from pipeline.release.signers import OrKey
    from pipeline.signing.by_key import Kept

    return OrKey(who, by(fallback, known, kept=Kept.STAMPED))


def agree(
    *, key: Path | None, token: Path | None, trust: str | None, fallback: Path | None
) -> None:
    """Refuse options that contradict each other, or say too little, whatever the bundle holds."""
    if key is not None and token is not None:
        raise UsageError(
            "--key and --identity-token-file do not go together",
            hint="sign with a key, or with an identity",
        )
    if key is None and not trust:
        raise _nobody()
    if fallback is not None and not trust:
        raise UsageError(
            "--fallback-key stands in for a log, and nothing is to be logged",
            hint="name the Sigstore whose log it stands in for with --trust FILE",
        )


def _nobody() -> UsageError:
    return UsageError(
        "nobody said by which Sigstore to sign",
        hint="give --trust FILE (a client trust configuration), --trust public (the public "
        "good instance: its log shows the names of repository and workflow to everybody), or "
        "--key FILE",
    )


def allowed(fallback: Path | None, policy: "Policy") -> Path | None:
    """Return the key for when the log is down. Raises UsageError where the policy has none."""
    if fallback is not None and policy.rekor_down != "key":
        raise UsageError(
            "--fallback-key is given, and the policy that judged has `signing.rekor_down: wait`",
            hint="leave it out and sign when the log is back, or have the policy say "
            "`signing: {rekor_down: key}` and run the scan again",
        )
    return fallback


def _by_identity(
    token: Path | None,
    trust: "Trust",
    environment: Mapping[str, str],
    patience: "Patience | None",
) -> "Identity":
    from pipeline.release.signers import Identity
    from pipeline.signing.ambient import ambient
    from pipeline.signing.identity import from_file

    source = from_file(token) if token else ambient(environment)
    return Identity(trust, source, patience=patience)


def read_trust(trust: str) -> "Trust":
    """Read what --trust names: a file, or the public instance."""
    from pipeline.signing import trust as trusts

    if trust == trusts.PUBLIC:
        return trusts.public()
    try:
        return trusts.read(read_some(Path(trust), trusts.MAX_TRUST), trust)
    except OSError as error:
        raise UsageError(
            f"--trust {trust} cannot be read: {error.strerror}", hint="name the file, or `public`"
        ) from error


def _by_key(
    path: Path,
    trust: "Trust | None",
    *,
    kept: "Kept | None" = None,
    environment: Mapping[str, str],
    http: "Http",
    patience: "Patience | None",
) -> "Key":
    from pipeline.release.signers import Key
    from pipeline.signing.by_key import Kept
    from pipeline.signing.errors import SigningError
    from pipeline.signing.keys import MAX_FILE, private_key

    try:
        pem = read_some(path, MAX_FILE)
    except OSError as error:
        raise SigningError(
            f"not signed, and nothing was attached: the key {path} cannot be read: "
            f"{error.strerror}",
            hint="give this job its key, and sign again",
        ) from error
    password = environment.get(PASSPHRASE)
    return Key(
        private_key(pem, None if password is None else password.encode(), str(path)),
        trust,
        kept=kept or Kept.LOGGED,
        http=http,
        patience=patience,
    )
