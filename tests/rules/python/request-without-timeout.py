import httpx
import requests


def waits(url):
    # ruleid: penstock.python.request-without-timeout
    requests.get(url)
    # ruleid: penstock.python.request-without-timeout
    requests.post(url, json={})
    # ruleid: penstock.python.request-without-timeout
    requests.request("GET", url)
    session = requests.Session()
    # ruleid: penstock.python.request-without-timeout
    session.get(url)
    with requests.Session() as other:
        # ruleid: penstock.python.request-without-timeout
        other.put(url)


def bounded(url, options, cache):
    # ok: penstock.python.request-without-timeout
    requests.get(url, timeout=10)
    # ok: penstock.python.request-without-timeout
    requests.get(url, **options)
    # ok: penstock.python.request-without-timeout
    requests.Session()
    # ok: penstock.python.request-without-timeout
    cache.get(url)
    # ok: penstock.python.request-without-timeout
    httpx.get(url)
