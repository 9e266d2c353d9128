"""The shop's web application: `uvicorn app.main:app`."""

import sqlite3

import jinja2
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app import catalogue, db, orders, reports, settings
from app.db import get_database

app = FastAPI(title="Shop")
app.include_router(orders.router)
app.include_router(catalogue.router)
app.include_router(reports.router)
app.mount("/static", StaticFiles(directory=settings.FOLDER / "static"), name="static")

PAGE = jinja2.Environment(autoescape=True).from_string(
    (settings.FOLDER / "static" / "index.html").read_text()
)


@app.get("/", response_class=HTMLResponse)
def front() -> str:
    """Show the front page."""
    return PAGE.render(title=app.title)


@app.get("/products")
def products(words: str = "", database: sqlite3.Connection = Depends(get_database)) -> list[dict]:
    """Find products."""
    return [dict(row) for row in db.search(database, words)]


@app.get("/health")
def health() -> dict:
    """Say that the shop is there."""
    return {"status": "ok"}
