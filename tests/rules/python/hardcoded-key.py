import hmac
import os

import jwt
from cryptography.fernet import Fernet

# ruleid: penstock.python.hardcoded-key
SECRET_KEY = "super-secret-signing-key"
# ruleid: penstock.python.hardcoded-key
STRIPE_API_KEY = "live-4eC39HqLyjWDarjtT1zdp7dc"
# ruleid: penstock.python.hardcoded-key
config = {"client_secret": "a8d7f6b5c4e3"}
# ruleid: penstock.python.hardcoded-key
access_token = "8f14e45fceea167a5a36dedd4bea2543"


def use(app, payload, message):
    # ruleid: penstock.python.hardcoded-key
    app.secret_key = "not-a-good-place"
    # ruleid: penstock.python.hardcoded-key
    jwt.encode(payload, "jwt-secret", algorithm="HS256")
    # ruleid: penstock.python.hardcoded-key
    hmac.new(b"webhook", message, "sha256")
    # ruleid: penstock.python.hardcoded-key
    Fernet(b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")
    # ruleid: penstock.python.hardcoded-key
    os.getenv("JWT_SECRET", "development-only")


def good(payload, key):
    # ok: penstock.python.hardcoded-key
    jwt.encode(payload, key, algorithm="HS256")
    # ok: penstock.python.hardcoded-key
    jwt.encode(payload, os.environ["JWT_SECRET"], algorithm="HS256")
    # ok: penstock.python.hardcoded-key
    Fernet(Fernet.generate_key())


# ok: penstock.python.hardcoded-key
SECRET_KEY = os.environ["SECRET_KEY"]
# ok: penstock.python.hardcoded-key
API_KEY_HEADER = "X-API-Key"
# ok: penstock.python.hardcoded-key
api_key = "X-API-Key"
# ok: penstock.python.hardcoded-key
api_key = ""
# ok: penstock.python.hardcoded-key
api_key = "<your api key>"
# ok: penstock.python.hardcoded-key
TOKEN_URL = "https://example.org/oauth/token"
# ok: penstock.python.hardcoded-key
token = "bearer"
# ok: penstock.python.hardcoded-key
primary_key = "identifier"
