"""What humans decide, who they are, and where a request stands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import Field

from triage.domain.request import Request
from triage.domain.words import DateKind, Frozen, Lane, Role, Status, TShirt, Verdict


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


class OutChannel(StrEnum):
    """How a message leaves."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    SLACK = "slack"
    HUBSPOT = "hubspot"

    @property
    def knows_repeats(self) -> bool:
        """True when a message sent twice arrives once: the other side, or a look before sending, tells."""
        return self in (OutChannel.WEBHOOK, OutChannel.HUBSPOT)


class OutgoingMessage(Frozen):
    """A message that waits in the outbox."""

    id: str
    request_id: str
    kind: str  # "answer" | "customer" | "checklist" | "questions" | "sign_in" | "receipt" | "reminder" | …
    to: str  # address, or what the channel calls its addressee
    subject: str
    text: str
    html: str = ""  # the same for mail programs that show it
    message_id: str = ""  # fixed before sending, so that a repeat can be recognised
    in_reply_to: str = ""
    references: tuple[str, ...] = ()  # the thread before it, oldest first, `in_reply_to` among them
    reply_to: str = ""  # where a reply finds its request even without the headers of a thread
    channel: OutChannel = OutChannel.MAIL
    payload: str = ""  # JSON for the channels that take more than text


class Event(Frozen):
    """One line of the append-only trail."""

    id: int
    request_id: str
    kind: str
    by: str
    detail: str
    at: datetime


class Claim(Frozen):
    """Who is working on a request, so that nobody else is at the same time."""

    holder: str  # address
    since: datetime
    until: datetime

    def in_force(self, now: datetime) -> bool:
        """False once it has run out: then it counts as none."""
        return now < self.until


class Deadlines(Frozen):
    """How the clock of a request is set (P4); times are UTC."""

    started: datetime  # from when it counts
    due: datetime | None = None
    breach: datetime | None = None
    paused_s: float = 0.0  # seconds of business time it stood still since `started`


class RequestRecord(Frozen):
    """A request together with where it stands; what inbox and pages show."""

    request: Request
    status: Status = Status.RECEIVED
    round: int = 1
    reviewer: str = ""  # address of the one named reviewer (P3)
    due: datetime | None = None  # P4 target
    breach: datetime | None = None  # P4 breach
    waiting_since: datetime | None = None  # clock paused from here
    started: datetime | None = None  # when the clock was started anew, else it counts from `request.received`
    draft_version: int = 0  # newest version, 0: none
    approved_version: int = 0
    ask: str = ""  # one line, from the reading
    label: TShirt | None = None
    lane: Lane | None = None
    open_questions: int = 0
    verdict: Verdict | None = None
    answered: datetime | None = None
    trouble: str = ""  # why it is parked
    claim: Claim | None = None  # the last one, in force or not
    date_kind: DateKind | None = None  # what the newest draft says of the customer's date
    read_day: date | None = None  # when it is needed, as read from the text
    read_need: str = ""  # the same as written, also where it names no day
    corrected: tuple[str, ...] = ()  # fields of `Who` that a reviewer corrected; `request` has them applied
    decision_id: str = ""  # of the approval in force
    undo_until: datetime | None = None  # while APPROVED: it goes out after this
    paused_s: float = 0.0  # seconds of business time the clock stood still so far
    new_mail: int = 0  # mails that came in after the newest draft was begun
    team: str = ""  # whose business days count, "" for the default

    def held(self, now: datetime) -> Claim | None:
        """The claim in force."""
        return self.claim if self.claim and self.claim.in_force(now) else None

    def as_submitter_sees(self) -> RequestRecord:
        """An approval that can still be undone is no answer yet."""
        if self.status is not Status.APPROVED:
            return self
        hidden = {"approved_version": 0, "decision_id": "", "undo_until": None}
        return self.model_copy(update={"status": Status.IN_REVIEW, **hidden})


class Accepted(Frozen):
    """The receipt for a request. `duplicate`: it was already here and nothing was added."""

    id: str
    duplicate: bool = False
