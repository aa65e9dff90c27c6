"""The least a FastAPI route can do that keeps a mail: one row, committed as durably as ours.

`python -m evals.bench.bare PORT FILE` serves it for `evals.bench.intake`.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request

app = FastAPI()
local = threading.local()
file = sys.argv[2] if len(sys.argv) > 2 else ":memory:"


def connection() -> sqlite3.Connection:
    """One for each thread, with the settings of our own database."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(file, timeout=10)
        local.connection.execute("PRAGMA journal_mode=WAL")
        local.connection.execute("PRAGMA synchronous=FULL")
        local.connection.execute("CREATE TABLE IF NOT EXISTS mails (id INTEGER PRIMARY KEY, raw BLOB)")
    opened: sqlite3.Connection = local.connection
    return opened


async def body(request: Request) -> bytes:
    """The mail."""
    return await request.body()


@app.get("/")
def ready() -> str:
    """It answers."""
    return "ready"


@app.post("/", status_code=202)
def accept(raw: Annotated[bytes, Depends(body)]) -> dict[str, int | None]:
    """Keep it."""
    with connection() as opened:
        return {"id": opened.execute("INSERT INTO mails (raw) VALUES (?)", (raw,)).lastrowid}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
