"""What each rule of the shipped pack must find: a known-bad piece of code of its own."""

from collections.abc import Mapping
from typing import Final

_EVAL: Final = "eval(penstock_canary);\n"
_EXEC: Final = 'require("child_process").exec("ls " + penstock_canary);\n'

EXAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    "javascript": {
        "penstock.javascript.code-execution": _EVAL,
        "penstock.javascript.command-injection": _EXEC,
    },
    "python": {
        "penstock.python.code-execution": "eval(penstock_canary)\n",
        "penstock.python.command-injection": 'import os\nos.system("ls " + penstock_canary)\n',
        "penstock.python.debug-mode": (
            "from flask import Flask\npenstock_canary_app = Flask(__name__)\n"
            "penstock_canary_app.debug = True\n"
        ),
        "penstock.python.fastapi-endpoint-without-auth": (
            "from fastapi import FastAPI\napp = FastAPI()\n"
            '@app.post("/canary")\ndef penstock_canary_endpoint(item: Item):\n    return item\n'
        ),
        "penstock.python.hardcoded-credentials": 'API_USER = "svc-penstock-canary"\n',
        "penstock.python.hardcoded-key": 'SECRET_KEY = "penstock-canary-signing-key"\n',
        "penstock.python.jwt-not-verified": (
            "import jwt\njwt.decode(penstock_canary, verify=False)\n"
        ),
        "penstock.python.request-without-timeout": (
            "import requests\nrequests.get(penstock_canary)\n"
        ),
        "penstock.python.sql-injection": (
            "def penstock_canary_query(cursor, name):\n"
            "    cursor.execute(f\"SELECT * FROM canary WHERE name = '{name}'\")\n"
        ),
        "penstock.python.tls-verification-disabled": (
            "import requests\nrequests.get(penstock_canary, verify=False, timeout=5)\n"
        ),
        "penstock.python.unsafe-deserialization": "import pickle\npickle.loads(penstock_canary)\n",
        "penstock.python.unsafe-yaml-load": "import yaml\nyaml.load(penstock_canary)\n",
        "penstock.python.weak-password-hash": (
            "import hashlib\ndef penstock_canary_hash(password):\n"
            "    return hashlib.md5(password.encode()).hexdigest()\n"
        ),
    },
    "typescript": {
        "penstock.javascript.code-execution": _EVAL,
        "penstock.javascript.command-injection": _EXEC,
    },
}
"""By language and rule. Semgrep reads each piece within one file of its language."""


def of(language: str, rules: frozenset[str]) -> Mapping[str, str]:
    """Return the pieces for those of the rules that are of the shipped pack."""
    known = EXAMPLES.get(language, {})
    return {rule: known[rule] for rule in sorted(known.keys() & rules)}
