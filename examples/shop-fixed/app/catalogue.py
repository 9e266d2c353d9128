"""The catalogue: products are imported from YAML, opening hours are read from it."""

import sqlite3
from pathlib import Path

import yaml
from fastapi import APIRouter, Body, Depends

from app import db, settings
from app.accounts import current_customer
from app.db import get_database

router = APIRouter(prefix="/catalogue")


@router.post("")
def import_products(
    text: str = Body(media_type="application/yaml"),
    customer: str = Depends(current_customer),
    database: sqlite3.Connection = Depends(get_database),
) -> dict:
    """Import `name: price in cents` pairs."""
    products = yaml.safe_load(text)
    db.keep_products(database, products)
    return {"imported": len(products), "by": customer}


@router.get("/hours")
def hours() -> dict:
    """Say when the shop's telephone is answered."""
    return yaml.safe_load((settings.FOLDER / "hours.yaml").read_text())


def read_backup(path: Path) -> dict:
    """Read a catalogue that an operator has saved."""
    return yaml.safe_load(path.read_text())
