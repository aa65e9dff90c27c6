"""The web application: routers, middleware and error handlers put together, and nothing else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import (
    address,
    attachments,
    docs,
    errors,
    evaluations,
    events,
    health,
    intake,
    library,
    outbox,
    pages,
    received,
    requests,
    review,
    security,
    settings_page,
    sign_in,
)
from api.metrics import Meter
from api.static_files import HashedStaticFiles
from api.templating import STATIC, create_environment
from triage.intake.providers.registry import Providers

if TYPE_CHECKING:
    from triage.bootstrap import Services


def create_app(services: Services, *, drafts_here: bool = True) -> FastAPI:
    """The application over `services`, which the caller opens and closes.

    `drafts_here`: this process also drafts, so it is ready only when engine and model are; False
    for `triage serve --no-worker`. Whoever stops the server sets `app.state.stopping` first: open
    event streams end on it, instead of holding the process up.
    """
    app = FastAPI(
        title="Request triage", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.services = services
    app.state.providers = Providers(services.settings)
    app.state.templates = create_environment(services.settings.time_zone)
    app.state.drafts_here = drafts_here
    app.state.stopping = threading.Event()
    app.state.meter = Meter()
    app.state.facet_counts = library.FacetCounts()
    for module in (
        sign_in,
        review,
        library,
        outbox,
        address,
        pages,
        received,
        evaluations,
        settings_page,
        attachments,
        intake,
        requests,
        events,
        health,
        docs,
    ):
        app.include_router(module.router)
    app.mount("/static", HashedStaticFiles(directory=STATIC), name="static")
    errors.install(app)
    security.install(app, services.settings.base_url)
    return app
