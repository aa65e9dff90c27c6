"""A running service whose requests stand in every state there is, for tests that look at all pages.

Addresses are those of tests/api: sales@ours.example submits, voice@ours.example reviews.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext

from api.app import create_app
from api.deps import cookie_name
from tests.api.pages_fixtures import NOTE, PAST, field_service_draft, field_service_request
from tests.api.small_services import PEOPLE, SmallServices
from tests.attachments.material import mail, pdf
from triage import review
from triage.catalogue import load_catalogue
from triage.clock.team_file import read_teams
from triage.domain import (
    Attachment,
    Category,
    DateKind,
    Draft,
    PastRequest,
    PromiseResponse,
    PromiseStance,
    Status,
    Surprise,
    Verdict,
)
from triage.errors import BadMail
from triage.intake.accept import accept_request
from triage.intake.arrive import accept_mail, refuse_mail
from triage.letters import DecisionLetters, open_letters
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.received import Incoming
from triage.records.rows import move
from triage.records.store import Store
from triage.settings import Settings

VOICE, SALES, ADMIN, OTHER = (f"{name}@ours.example" for name in ("voice", "sales", "admin", "other"))
IN_REVIEW, DRAFTING, PARKED, WAITING, ANSWERED, AGAIN = (
    f"r-{name}" for name in ("inreview", "drafting", "parked", "waiting", "answered", "again")
)
FLOW = Attachment(name="approval-flow.pdf", media_type="application/pdf", size=183_000)
LOGO = Attachment(name="logo.png", media_type="image/png", size=2_100)
FLOW_TEXT = "Only the manager of a branch approves its job reports.\n\nThe regions have one layout each.\n\n"
OUT_OF_OFFICE = 1
THREE = ("r-first", "r-second", "r-third")
SENTENCE = "One approval step can go ahead if managers see all teams for now."


@contextmanager
def running_service(folder: Path, *, full: bool = True) -> Iterator[SmallServices]:
    """The service over a database in `folder`, answering under `settings.base_url`; `full`: with everything
    that `fill` puts there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        services = _services(folder, url_of(listener))
        if full:
            fill(services)
        with answering(create_app(services), listener):  # type: ignore[arg-type]
            yield services
        services.store._engine.dispose()


@contextmanager
def answering(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """A server of `app` on a socket that already takes connections, so that no page comes too early."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


def url_of(listener: socket.socket) -> str:
    """Where it is reached."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def signed_in(browser: Browser, services: SmallServices, address: str, **options: Any) -> BrowserContext:
    """A browser of its own with a session of `address`; empty: a stranger's."""
    context = browser.new_context(base_url=services.settings.base_url, reduced_motion="reduce", **options)
    if address:
        url = services.settings.base_url
        session = services.people.open_session(address, timedelta(hours=1))
        context.add_cookies([{"name": cookie_name(url), "value": session, "url": url}])
    return context


def fill(services: SmallServices) -> None:
    """Past requests, notes old and new, mails put aside, and one request in each state."""
    put_aside(services)
    services.knowledge.put_past([PAST, *_more_past()])
    old = NOTE.model_copy(
        update={"id": f"{NOTE.path}#credit", "title": "Invoicing › Credit notes", "superseded": True}
    )
    services.knowledge.put_passages(NOTE.path, [NOTE, old])
    for request_id in (IN_REVIEW, DRAFTING, PARKED, WAITING, ANSWERED, AGAIN):
        _take_in(services, request_id)
    services.store.park(PARKED, "The model folder is missing.")
    for request_id in (IN_REVIEW, WAITING, ANSWERED, AGAIN):
        services.store.save_draft(field_service_draft(request_id))
    asked = [question.id for question in field_service_draft().questions[:2]]
    review.ask(services.store, WAITING, 1, asked, VOICE, services.engine.enqueue_decide)
    give_answer(services, ANSWERED)
    give_answer(services, AGAIN)
    reopen(services, AGAIN)
    give_answer(services, AGAIN, sentence="It takes five weeks, for one region.")


def put_aside(services: SmallServices) -> None:
    """An automatic reply, which gets the number OUT_OF_OFFICE, and a mail that nobody could read."""
    headers = "From: Kim <kim@customer.example>\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
    accept_mail(services, f"{headers}\nI am away until Monday.".encode(), channel="imap")  # type: ignore[arg-type]
    unreadable = b"%PDF-1.7 " + b"9f" * 400
    error = BadMail("This is a PDF, not a mail.", "Send the text itself.")
    refuse_mail(services, unreadable, error, channel="imap")  # type: ignore[arg-type]


def put_in_review(services: SmallServices, *request_ids: str) -> None:
    """Drafted requests, the first of them the most urgent."""
    for minute, request_id in enumerate(request_ids):
        _take_in(services, request_id, late=timedelta(minutes=minute))
        services.store.save_draft(field_service_draft(request_id))


def give_answer(
    services: SmallServices, request_id: str, *, grace: timedelta = timedelta(), **changes: object
) -> None:
    """Approve the newest draft of a request, as a conditional yes; its mails are written unless there is
    time to undo it."""
    job, ready = services.engine.enqueue_decide, _answered(newest(services, request_id), changes)
    decision = review.approve(services.store, services.teams, ready, VOICE, job, grace=grace)
    if grace:
        return
    letters = DecisionLetters(services.settings.base_url, "triage@ours.example")
    record, draft = services.store.record(request_id), services.store.draft(request_id, decision.version)
    services.store.enqueue_messages(letters.for_decision(record, draft, decision))


def make_ready(services: SmallServices, request_id: str) -> None:
    """Fill in everything that approval wants, as the reviewer would."""
    draft = newest(services, request_id)
    services.store.save_edit(_answered(draft, {}), base_version=draft.version, by=VOICE)


def newest(services: SmallServices, request_id: str) -> Draft:
    """The version in force."""
    draft = services.store.latest_draft(request_id)
    assert draft is not None
    return draft


def reopen(services: SmallServices, request_id: str) -> None:
    """Put an answered request back on the desk."""
    with services.store._writing() as connection:
        assert move(connection, request_id, expected=[Status.ANSWERED], status=Status.IN_REVIEW)


def _services(folder: Path, url: str) -> SmallServices:
    settings = Settings(data_dir=folder, base_url=url, _env_file=None)
    database = open_database(settings.sql_url)
    migrate(database)
    store, people = Store(database), People(database)
    services = SmallServices(
        settings=settings,
        store=store,
        people=people,
        letters=open_letters(settings, store, people.get),
        knowledge=KnowledgeStore(database),
        outgoing=Outgoing(database),
        teams=read_teams(settings),
        catalogue=load_catalogue(),
    )
    for person in PEOPLE:
        services.people.add(person)
    services.people.route("", VOICE)
    return services


def _take_in(services: SmallServices, request_id: str, late: timedelta = timedelta()) -> None:
    request = field_service_request(request_id)
    own = {"message_id": f"<{request_id}@birchwood.example>", "received": request.received + late}
    flow_pdf = (FLOW.name, FLOW.media_type, pdf([FLOW_TEXT]))
    raw = mail(request.body, flow_pdf, (LOGO.name, LOGO.media_type, b"\x89PNG\r\n\x1a\n"))
    incoming = Incoming(raw, "http", message_id=f"<{request_id}@birchwood.example>", files=(FLOW, LOGO))
    accept_request(services, request.model_copy(update=own), incoming=incoming)
    services.store.begin_drafting(request_id)
    (flow, logo) = services.store.stored_files(request_id)
    services.store.put_file_text(flow.received_id, flow.position, FLOW_TEXT * 40)
    unread = "A picture: words in pictures are not read."
    services.store.put_file_text(logo.received_id, logo.position, "", unread)


def _answered(draft: Draft, changes: dict[str, object]) -> Draft:
    quote = draft.reading.promises[0].quote
    ready: dict[str, object] = {
        "verdict": Verdict.YES_BUT,
        "conditions": ("managers see all teams for now",),
        "customer_prepares": "Names of the approvers in both regions",
        "decider": "Vera Voice",
        "date": "three weeks after signing",
        "date_kind": DateKind.SOFT,
        "outcome": "wrong invoices from 12 to under 2 a month",
        "health": "the invoice run stays under ten minutes",
        "promises": (PromiseResponse(quote=quote, stance=PromiseStance.SOFTEN, text="A first version."),),
        "sentence": SENTENCE,
        "note": "The phone part follows in summer.",
    }
    return draft.model_copy(update={"answer": draft.answer.model_copy(update=ready | changes)})


def _more_past() -> list[PastRequest]:
    """Enough for two pages, every other one with a surprise."""
    surprise = Surprise(
        category=Category.SCALE,
        question="What happens with 38,000 customers?",
        evidence="The first version ended after 30 seconds for the very customer who had asked.",
        surfaced="2025-03",
    )
    return [
        PastRequest(
            id=f"h-{number:03}",
            opened="2024-11",
            closed=f"2025-01-{number:02}",
            customer="Acorn Maintenance",
            product_area="reporting",
            subject=f"Export number {number}",
            body="We would like to export our customer list.",
            kinds=("export",),
            size_days=float(number),
            verdict=(Verdict.YES, Verdict.NO)[number % 2],
            outcome="Shipped for lists up to 20,000 rows.",
            surprises=(surprise,) * (number % 2),
        )
        for number in range(1, 29)
    ]
