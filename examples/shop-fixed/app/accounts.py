"""Who a request comes from: a bearer token that the shop itself has signed.

`python -m app.accounts NAME` prints the token of a customer.
"""

import hashlib
import hmac
import sys

from fastapi import Header, HTTPException

from app import settings


def token(name: str) -> str:
    """Return the token that proves a customer's name."""
    seal = hmac.new(settings.SIGNING_KEY.encode(), name.encode(), hashlib.sha256)
    return f"{name}.{seal.hexdigest()}"


def current_customer(authorization: str = Header(default="")) -> str:
    """Return the customer's name, or refuse the request."""
    given = authorization.removeprefix("Bearer ")
    name = given.rpartition(".")[0]
    if not name or not hmac.compare_digest(given.encode(), token(name).encode()):
        raise HTTPException(status_code=401, detail="a valid token is needed")
    return name


if __name__ == "__main__":
    print(token(sys.argv[1]))
