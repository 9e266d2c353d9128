import ssl

import aiohttp
import httpx
import requests


def off(url, session, context):
    # ruleid: penstock.python.tls-verification-disabled
    requests.get(url, verify=False, timeout=5)
    # ruleid: penstock.python.tls-verification-disabled
    httpx.Client(verify=False)
    # ruleid: penstock.python.tls-verification-disabled
    session.post(url, json={}, verify=False)
    # ruleid: penstock.python.tls-verification-disabled
    session.verify = False
    # ruleid: penstock.python.tls-verification-disabled
    ssl._create_unverified_context()
    # ruleid: penstock.python.tls-verification-disabled
    context.check_hostname = False
    # ruleid: penstock.python.tls-verification-disabled
    context.verify_mode = ssl.CERT_NONE
    # ruleid: penstock.python.tls-verification-disabled
    aiohttp.TCPConnector(ssl=False)


def on(url, session, form):
    # ok: penstock.python.tls-verification-disabled
    requests.get(url, timeout=5)
    # ok: penstock.python.tls-verification-disabled
    requests.get(url, verify="/etc/ssl/our-ca.pem", timeout=5)
    # ok: penstock.python.tls-verification-disabled
    session.verify = True
    # ok: penstock.python.tls-verification-disabled
    ssl.create_default_context()
    # ok: penstock.python.tls-verification-disabled
    form.save(verify=False)
