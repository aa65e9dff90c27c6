"""A PostgreSQL server for one test run, in a temporary folder, as an unprivileged user."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa


@contextmanager
def postgres_server(folder: Path) -> Iterator[Callable[[], str]]:
    """Runs a server in `folder`; yields a function that makes an empty database and returns its URL."""
    account: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    if account:
        shutil.chown(folder, **account)
    port, data = _free_port(), str(folder / "data")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **account}
    settings = ["-U", "triage", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(["initdb", "-D", data, *settings], check=True, **quiet)
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
    server = subprocess.Popen(["postgres", "-D", data, *options], **quiet)
    try:
        yield _maker(port)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _maker(port: int) -> Callable[[], str]:
    address = f"postgresql+psycopg://triage@127.0.0.1:{port}"
    admin = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    numbers = itertools.count(1)
    for attempt in range(600):
        try:
            admin.connect().close()
            break
        except sa.exc.OperationalError:
            if attempt == 599:
                raise
            time.sleep(0.1)

    def make() -> str:
        name = f"triage_{next(numbers)}"
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return f"{address}/{name}"

    return make


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
