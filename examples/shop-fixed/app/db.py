"""The shop's database, an SQLite file."""

import sqlite3
from collections.abc import Iterator

from app import settings

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price_cents INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, customer TEXT NOT NULL, product INTEGER NOT NULL REFERENCES products,
    amount INTEGER NOT NULL
);
"""


def get_database() -> Iterator[sqlite3.Connection]:
    """Open the database for one request; what it changed is kept when nothing was raised."""
    database = sqlite3.connect(settings.DATABASE, check_same_thread=False)
    database.row_factory = sqlite3.Row
    database.executescript(SCHEMA)
    try:
        with database:
            yield database
    finally:
        database.close()


def search(database: sqlite3.Connection, words: str) -> list[sqlite3.Row]:
    """Return the products whose name contains the words."""
    found = database.execute(
        "SELECT id, name, price_cents FROM products WHERE instr(lower(name), lower(?)) > 0", (words,)
    )
    return found.fetchall()


def product(database: sqlite3.Connection, number: int) -> sqlite3.Row | None:
    """Return one product."""
    found = database.execute("SELECT id, name, price_cents FROM products WHERE id = ?", (number,))
    return found.fetchone()


def keep_products(database: sqlite3.Connection, products: dict[str, int]) -> None:
    """Add products, or change their price."""
    database.executemany(
        "INSERT INTO products (name, price_cents) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET price_cents = excluded.price_cents",
        products.items(),
    )
