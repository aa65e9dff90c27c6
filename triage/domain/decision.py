"""What humans decide, who they are, and where a request stands."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import Field

from triage.domain.request import Request
from triage.domain.words import Frozen, Lane, Role, Status, TShirt, Verdict


class DecisionKind(StrEnum):
    """The three things a reviewer can do with a draft."""

    APPROVE = "approve"
    SEND_BACK = "send_back"
    ASK = "ask"


class Decision(Frozen):
    """What a human decided about one version of a draft (P17)."""

    id: str
    request_id: str
    kind: DecisionKind
    version: int  # the draft version the human had read
    by: str  # address
    guidance: str = ""  # for SEND_BACK
    questions: tuple[str, ...] = ()  # for ASK: the question texts
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Person(Frozen):
    """Someone who can sign in."""

    address: str
    name: str = ""
    role: Role = Role.SUBMITTER
    away: bool = False  # away: the deputy gets the requests (P3)
    active: bool = True


class OutgoingMessage(Frozen):
    """A mail that waits in the outbox."""

    id: str
    request_id: str
    kind: str  # "answer" | "checklist" | "questions" | "sign_in"
    to: str
    subject: str
    text: str
    message_id: str = ""  # fixed before sending, so that a repeat can be recognised
    in_reply_to: str = ""


class Event(Frozen):
    """One line of the append-only trail."""

    id: int
    request_id: str
    kind: str
    by: str
    detail: str
    at: datetime


class RequestRecord(Frozen):
    """A request together with where it stands; what inbox and pages show."""

    request: Request
    status: Status = Status.RECEIVED
    round: int = 1
    reviewer: str = ""  # address of the one named reviewer (P3)
    due: datetime | None = None  # P4 target
    breach: datetime | None = None  # P4 breach
    waiting_since: datetime | None = None  # clock paused from here
    draft_version: int = 0  # newest version, 0: none
    approved_version: int = 0
    ask: str = ""  # one line, from the reading
    label: TShirt | None = None
    lane: Lane | None = None
    open_questions: int = 0
    verdict: Verdict | None = None
    answered: datetime | None = None
    trouble: str = ""  # why it is parked


class Accepted(Frozen):
    """The receipt for a request. `duplicate`: it was already here and nothing was added."""

    id: str
    duplicate: bool = False
