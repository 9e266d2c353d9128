import jwt
from jose import jwt as jose_jwt


def unchecked(token, key, payload):
    # ruleid: penstock.python.jwt-not-verified
    jwt.decode(token, verify=False)
    # ruleid: penstock.python.jwt-not-verified
    jwt.decode(token, options={"verify_signature": False})
    # ruleid: penstock.python.jwt-not-verified
    jwt.decode(token, key, algorithms=["HS256", "none"])
    # ruleid: penstock.python.jwt-not-verified
    jwt.encode(payload, None, algorithm="none")
    # ruleid: penstock.python.jwt-not-verified
    jose_jwt.get_unverified_claims(token)


def checked(token, key, payload):
    # ok: penstock.python.jwt-not-verified
    jwt.decode(token, key, algorithms=["HS256"])
    # ok: penstock.python.jwt-not-verified
    jwt.decode(token, key, algorithms=["RS256"], options={"verify_exp": False})
    # ok: penstock.python.jwt-not-verified
    jwt.encode(payload, key, algorithm="HS256")
    # ok: penstock.python.jwt-not-verified
    jwt.get_unverified_header(token)
