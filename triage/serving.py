"""`triage serve` and `triage worker`: open the services, run until told to stop, close them."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import typer

from triage.domain import Role
from triage.errors import SetupError
from triage.settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    import uvicorn
    from fastapi import FastAPI

    from triage.bootstrap import Services
    from triage.crew import Crew

LINK_VALID = timedelta(hours=24)
INDEXING_S = 60.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


def serve(settings: Settings, *, host: str, port: int, worker: bool, sample: bool) -> None:
    """Web view, and the worker unless `worker` is False; blocks until SIGINT or SIGTERM."""
    import uvicorn

    from api.app import create_app
    from triage.bootstrap import hold_folder, open_services
    from triage.crew import Crew

    if sample:
        from triage.sample import with_sample_knowledge

        settings = with_sample_knowledge(settings)
    _log(settings)
    if not worker and settings.sql_url.startswith("sqlite"):
        raise SetupError(
            "`serve --no-worker` needs a database that several processes can share.",
            "Set TRIAGE_DATABASE_URL to a Postgres URL, or leave --no-worker out.",
        )
    settings = _reachable(settings, host, port)
    _port_is_free(host, port)
    let_go = hold_folder(settings) if worker else None
    services = open_services(settings, worker=False)
    _remember_address(settings)
    serving = threading.Event()
    crew = Crew(settings, lambda: _end_this() if serving.is_set() else None) if worker else None
    try:
        if crew:
            crew.start()
        if sample:
            from triage.sample import load_sample

            load_sample(services, partial(_until_indexed, services, crew))
        typer.echo(_welcome(services, host, port, sample))
        app = create_app(services, drafts_here=worker)
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        with _signals_end_it():
            serving.set()
            if not (crew and crew.unusable):
                _server(config, app, crew.begin_stop if crew else None).run()
    finally:
        if crew:
            crew.stop()
        services.close()
        if let_go:
            let_go()
    if crew and crew.unusable:
        raise SetupError(
            "The worker could not start; its reason is above.", "Put that right and start again."
        )


def _end_this() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _until_indexed(services: Services, crew: Crew | None) -> None:
    """The first drafts should find what they look for; a worker that takes too long must not hold them up."""
    patience = time.monotonic() + INDEXING_S
    while services.knowledge.pending_index_changes(1) and time.monotonic() < patience:
        if crew and crew.unusable:
            return
        time.sleep(0.2)


def serve_page(app: FastAPI, port: int, hello: str) -> None:
    """A page for whoever sits at this machine; prints `hello` and blocks until SIGINT or SIGTERM."""
    import uvicorn

    _port_is_free("127.0.0.1", port)
    typer.echo(hello)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False
    )
    with _signals_end_it():
        _server(config, app).run()


def _server(
    config: uvicorn.Config, app: FastAPI, stopping: Callable[[], None] | None = None
) -> uvicorn.Server:
    """A server that ends open event streams when it is told to stop, instead of waiting for them, and says
    so to `stopping`."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.stopping.set()
            if stopping:
                stopping()
            super().handle_exit(sig, frame)

    return Server(config)


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more: the default would kill us before we close."""
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _leave(services: Services) -> None:
    """A job that outlasted its grace must not hold the process: the next start goes on with it."""
    left = services.engine.in_hand
    if left:
        log.warning("left in the middle, goes on at the next start: %s", ", ".join(sorted(left)))
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


def work(settings: Settings) -> None:
    """The worker alone; blocks until SIGINT or SIGTERM."""
    run_worker(settings, attached=False)


def run_worker(settings: Settings, *, attached: bool) -> None:
    """`attached`: as the child of `triage serve`, which holds the data folder and has greeted."""
    from triage.bootstrap import open_services
    from triage.worker import Worker

    _log(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    services = open_services(settings, worker=True, attached=attached)
    worker = None
    try:
        worker = Worker(services)
        worker.start()
        if not attached:
            typer.echo("The worker is running. Stop it with Ctrl+C.")
        stopping.wait()
    finally:
        if worker:
            worker.stop()
        services.close()
    _leave(services)


def _reachable(settings: Settings, host: str, port: int) -> Settings:
    """Links must point where the service listens, unless the operator said otherwise."""
    if "base_url" in settings.model_fields_set:
        return settings
    shown = host if host in _LOOPBACK else "127.0.0.1"
    return settings.model_copy(update={"base_url": f"http://{shown}:{port}"})


def _remember_address(settings: Settings) -> None:
    (settings.data_dir / "address").write_text(settings.base_url, encoding="utf-8")


def known_address(settings: Settings) -> str:
    """How browsers reach the service over this data folder: as set, else where it last listened."""
    if "base_url" in settings.model_fields_set:
        return settings.base_url
    try:
        return (settings.data_dir / "address").read_text(encoding="utf-8").strip()
    except OSError:
        return settings.base_url


def _port_is_free(host: str, port: int) -> None:
    """Say it before the model is loaded, not after."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"Port {port} on {host} cannot be used: {error.strerror}.",
                "Stop what listens there or choose another --port.",
            ) from error


def _welcome(services: Services, host: str, port: int, sample: bool) -> str:
    base = services.settings.base_url
    if not sample:
        return f"Listening on {base}. Make a sign-in link with `triage user add ADDRESS --role admin`."
    reviewer = next(p for p in services.people.everyone() if p.role is Role.REVIEWER and not p.away)
    link = services.people.issue_link(reviewer.address, LINK_VALID)
    hello = f"The sample company is loaded. Sign in as {reviewer.name} (reviewer), this link works once:"
    return f"{hello}\n  {base}/sign-in?token={link}"


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in (
        "httpx",
        "httpx2",
        "sentence_transformers",
        "chromadb",
        "dbos",
        "alembic",
        "LiteLLM",
        "mail.log",
        "imapclient",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
