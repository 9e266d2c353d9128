import os

import psycopg

# ruleid: penstock.python.hardcoded-credentials
API_USER = "svc-shop"
# ruleid: penstock.python.hardcoded-credentials
api_user = "api_user_prod"
# ruleid: penstock.python.hardcoded-credentials
DB_PASSWORD: str = "hunter2"
# ruleid: penstock.python.hardcoded-credentials
DATABASE = {"name": "shop", "password": "hunter2"}
# ruleid: penstock.python.hardcoded-credentials
URL = "postgresql://shop:hunter2@db.internal/shop"


def connect(settings, password):
    # ruleid: penstock.python.hardcoded-credentials
    psycopg.connect(host="db", password="hunter2")
    # ruleid: penstock.python.hardcoded-credentials
    settings.smtp_password = "hunter2"
    # ruleid: penstock.python.hardcoded-credentials
    settings["DB_PASSWORD"] = "hunter2"
    # ruleid: penstock.python.hardcoded-credentials
    os.environ.get("DB_PASSWORD", "hunter2")
    # ruleid: penstock.python.hardcoded-credentials
    return password == "hunter2"


# ruleid: penstock.python.hardcoded-credentials
def login(user, password="hunter2"):
    return user, password


# ok: penstock.python.hardcoded-credentials
PASSWORD = os.environ["PASSWORD"]
# ok: penstock.python.hardcoded-credentials
PASSWORD_FIELD = "password"
# ok: penstock.python.hardcoded-credentials
field = {"password": "password", "label": "Your password"}
# ok: penstock.python.hardcoded-credentials
password = ""
# ok: penstock.python.hardcoded-credentials
password = "<your password>"
# ok: penstock.python.hardcoded-credentials
hint = {"password": "Enter your password"}
# ok: penstock.python.hardcoded-credentials
user = "guest"
# ok: penstock.python.hardcoded-credentials
api_user = os.getenv("API_USER")
# ok: penstock.python.hardcoded-credentials
URL = f"postgresql://{user}:{password}@db.internal/shop"
# ok: penstock.python.hardcoded-credentials
DOCUMENTED = "postgresql://user:password@host/name"
# ok: penstock.python.hardcoded-credentials
PLAIN = "https://example.org:8080/path@2x.png"
