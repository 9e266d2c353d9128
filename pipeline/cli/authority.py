"""One private certificate authority for every client: each knows it by another variable.

Ours and Go's read `SSL_CERT_FILE`, those of Sigstore's library `REQUESTS_CA_BUNDLE`. Whoever set
one meant both.
"""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

FILE: Final = "SSL_CERT_FILE"
FOLDER: Final = "SSL_CERT_DIR"
BUNDLE: Final = "REQUESTS_CA_BUNDLE"
_OLDER: Final = "CURL_CA_BUNDLE"


def share(environment: MutableMapping[str, str]) -> None:
    """Set the variable that is missing by the one that is there; what is set is left alone."""
    told = environment.get(BUNDLE) or environment.get(_OLDER)
    ours = environment.get(FILE) or environment.get(FOLDER)
    if told and not ours:
        environment[FOLDER if Path(told).is_dir() else FILE] = told
    elif ours and not told:
        environment[BUNDLE] = ours
