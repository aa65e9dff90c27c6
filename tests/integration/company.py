"""A small company with the real thing behind it: SQLite, Chroma, the packaged model, engine and worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from triage import review
from triage.bootstrap import Services, open_services
from triage.domain import (
    DateKind,
    Draft,
    Person,
    PromiseResponse,
    PromiseStance,
    RequestRecord,
    Role,
    Status,
    Verdict,
)
from triage.intake.accept import accept_request
from triage.intake.email import parse_mail
from triage.sample import sample_dir
from triage.settings import Settings
from triage.worker import Worker

VOICE = "ines.kallas@fieldhand.example"
SALES = "tobin.archer@fieldhand.example"
SUPPORT = "support@fieldhand.example"
PATIENCE_S = 60.0

MAIL = (sample_dir() / "inbox" / "04-match-our-approval-flow.eml").read_bytes()  # from SALES
MAIL = MAIL.replace(b"\r\n", b"\n")


def another_mail(name: str) -> bytes:
    """The usual mail again, of another customer and with an id of its own."""
    renamed = MAIL.replace(b"Ellery Grid", f"Ellery Grid {name}".encode())
    return renamed.replace(b"<CAF-ellery", f"<{name}".encode())


@dataclass
class Company:
    """The running services, and how a test speaks with them."""

    services: Services

    def hand_in(self, raw: bytes = MAIL) -> str:
        """Accept a mail and wait until its draft is in review; returns the id."""
        request = parse_mail(raw, own_domains=self.services.settings.own_domains)
        request_id = accept_request(self.services, request).id
        self.until(lambda: self.record(request_id).status is Status.IN_REVIEW)
        return request_id

    def record(self, request_id: str) -> RequestRecord:
        return self.services.store.record(request_id)

    def draft(self, request_id: str) -> Draft:
        """The newest version."""
        newest = self.services.store.latest_draft(request_id)
        assert newest is not None
        return newest

    def approve(self, draft: Draft) -> None:
        """As the reviewer; the answer is on its way when this returns."""
        services = self.services
        review.approve(services.store, services.teams, draft, VOICE, services.engine.enqueue_decide)

    def events(self, request_id: str) -> list[str]:
        return [event.kind for event in self.services.store.events(request_id)]

    def mails(self, request_id: str) -> dict[str, EmailMessage]:
        """What lies in the outbox folder for a request, by kind and version such as "answer.2"."""
        found = {}
        for path in sorted((self.services.settings.data_dir / "outbox").glob(f"{request_id}.*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(mail, EmailMessage)
            found[path.name.removeprefix(f"{request_id}.").removesuffix(".eml")] = mail
        return found

    def settled(self, request_id: str) -> bool:
        """True when the decision was carried out and every mail is out."""
        states = self.services.outgoing.for_request(request_id)
        return bool(states) and all(state.status == "sent" for state in states)

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for it, or fail."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)


@contextmanager
def open_company(folder: Path, **changes: Any) -> Iterator[Company]:
    """A company of its own in `folder`; settings may be changed."""
    options: dict[str, Any] = {
        "data_dir": folder,
        "team_domains": "fieldhand.example",
        "mail_from": "requests@fieldhand.example",
        "support_address": SUPPORT,
        "undo_seconds": 0,
        **changes,
    }
    services = open_services(Settings(_env_file=None, **options), worker=True)
    services.people.add(Person(address=VOICE, name="Ines Kallas", role=Role.REVIEWER))
    services.people.add(Person(address=SALES, name="Tobin Archer"))
    services.people.route("", VOICE)
    crew = Worker(services)
    try:
        crew.start()
        yield Company(services)
    finally:
        crew.stop()
        services.close()


def text_of(mail: EmailMessage) -> str:
    """The words of a mail, as plain text."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def ready(draft: Draft, **changes: Any) -> Draft:
    """The draft as a reviewer leaves it: every rule of P5, P6 and P12 is met."""
    filled = {
        "verdict": Verdict.YES_BUT,
        "conditions": ("one approval step, managers see all teams for now",),
        "ships_first": "One approval step in the web view",
        "waits": "Branches and the phone",
        "customer_prepares": "none",
        "dependencies": "none",
        "biggest_risk": "Reports that the importer closes",
        "decider": "Ines Kallas",
        "date_kind": DateKind.SOFT,
        "promises": tuple(
            PromiseResponse(quote=promise.quote, stance=PromiseStance.SOFTEN, text="A first version only.")
            for promise in draft.reading.promises
        ),
        "sentence": "One approval step can go ahead if managers see all teams for now.",
        "checklist": ("Map the managers to the approver role",),
        **changes,
    }
    return draft.model_copy(update={"answer": draft.answer.model_copy(update=filled)})
