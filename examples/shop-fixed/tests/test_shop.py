"""The shop's own tests: `python -m pytest` in this folder, with its requirements installed."""

import os

import pytest

os.environ["SHOP_SIGNING_KEY"] = "for the tests only"
from app import settings
from app.accounts import token
from app.main import app
from fastapi.testclient import TestClient


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATABASE", str(tmp_path / "shop.db"))
    monkeypatch.setattr(settings, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(settings, "WAREHOUSE", "http://127.0.0.1:9")
    headers = {"Authorization": f"Bearer {token('ada')}"}
    client = TestClient(app, headers=headers)
    client.post("/catalogue", json="tea: 450\ncoffee: 700").raise_for_status()
    return client


def test_products_are_found_by_a_part_of_their_name(shop):
    assert [found["name"] for found in shop.get("/products?words=off").json()] == ["coffee"]


def test_an_order_is_kept_listed_and_reported(shop):
    order = {"product": 1, "amount": 2}
    assert shop.post("/orders", json=order).json() == {"id": 1, "told_warehouse": False}
    assert shop.get("/orders").json() == [{"id": 1, **order}]
    assert shop.get("/reports/orders").text == "1,ada,1,2\n"
    assert shop.get("/reports/archive").content.startswith(b"\x1f\x8b")


def test_an_order_can_be_cancelled(shop):
    shop.post("/orders", json={"product": 1, "amount": 2})
    assert shop.delete("/orders/1").json() == {"cancelled": 1}


def test_nobody_cancels_what_others_have_ordered(shop):
    shop.post("/orders", json={"product": 1, "amount": 2})
    eve = {"Authorization": f"Bearer {token('eve')}"}
    assert shop.delete("/orders/1", headers=eve).json() == {"cancelled": 0}


def test_who_is_not_known_cannot_order(shop):
    order = {"product": 1, "amount": 2}
    answer = shop.post("/orders", json=order, headers={"Authorization": "Bearer eve.0"})
    assert answer.json() == {"detail": "a valid token is needed"}


def test_the_front_page_and_the_hours_are_open_to_all(shop):
    assert "<h1>Shop</h1>" in shop.get("/").text
    assert shop.get("/catalogue/hours").json()["friday"] == "9-15"
    assert "replaceChildren" in shop.get("/static/shop.js").text
