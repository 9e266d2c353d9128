"""Reports for the shop's owner: the orders as a sorted table, or packed for the archive."""

import csv
import sqlite3
import subprocess

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, PlainTextResponse

from app import settings
from app.accounts import current_customer
from app.db import get_database

router = APIRouter(prefix="/reports", dependencies=[Depends(current_customer)])


@router.get("/orders", response_class=PlainTextResponse)
def orders(column: int = 1, database: sqlite3.Connection = Depends(get_database)) -> str:
    """Return all orders, sorted by one of their columns."""
    path = _write(database)
    done = subprocess.run(
        ["sort", "--field-separator=,", f"--key={column}", str(path)], capture_output=True, text=True
    )
    return done.stdout


@router.get("/archive")
def archive(database: sqlite3.Connection = Depends(get_database)) -> FileResponse:
    """Return all orders, packed."""
    path = _write(database)
    subprocess.run(["gzip", "--force", "--keep", str(path)], check=True)
    return FileResponse(f"{path}.gz", media_type="application/gzip")


def _write(database: sqlite3.Connection):
    settings.REPORTS.mkdir(exist_ok=True)
    path = settings.REPORTS / "orders.csv"
    with path.open("w", newline="") as file:
        rows = database.execute("SELECT id, customer, product, amount FROM orders ORDER BY id")
        csv.writer(file).writerows(rows)
    return path
