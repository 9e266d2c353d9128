"""Placing, listing and cancelling orders."""

import sqlite3

import requests
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from app import db, settings
from app.accounts import current_customer
from app.db import get_database

router = APIRouter(prefix="/orders")


class NewOrder(BaseModel):
    """What a customer sends."""

    product: int
    amount: int


@router.get("")
def mine(
    customer: str = Depends(current_customer), database: sqlite3.Connection = Depends(get_database)
) -> list[dict]:
    """List the customer's own orders."""
    found = database.execute(
        "SELECT id, product, amount FROM orders WHERE customer = ? ORDER BY id", (customer,)
    )
    return [dict(row) for row in found]


@router.post("", status_code=201)
def place(
    order: NewOrder,
    customer: str = Depends(current_customer),
    database: sqlite3.Connection = Depends(get_database),
) -> dict:
    """Keep an order and tell the warehouse."""
    if order.amount < 1 or db.product(database, order.product) is None:
        raise HTTPException(status_code=422, detail="there is no such product or amount")
    kept = database.execute(
        "INSERT INTO orders (customer, product, amount) VALUES (?, ?, ?)",
        (customer, order.product, order.amount),
    )
    return {"id": kept.lastrowid, "told_warehouse": tell_warehouse(kept.lastrowid)}


@router.delete("/{number}")
def cancel(
    number: int,
    customer: str = Depends(current_customer),
    database: sqlite3.Connection = Depends(get_database),
) -> dict:
    """Cancel one of the customer's own orders."""
    gone = database.execute(
        "DELETE FROM orders WHERE id = ? AND customer = ?", (number, customer)
    )
    return {"cancelled": gone.rowcount}


def tell_warehouse(number: int) -> bool:
    """Announce an order; an order stands even when the warehouse does not answer."""
    api_user = settings.WAREHOUSE_USER
    password = settings.WAREHOUSE_PASSWORD
    try:
        answer = requests.post(
            f"{settings.WAREHOUSE}/orders/{number}", auth=(api_user, password), timeout=2
        )
    except requests.RequestException:
        return False
    return answer.ok
