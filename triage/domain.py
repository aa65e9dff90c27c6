"""The nouns of the product, as frozen types.

Everything that crosses a module border is one of these. They hold no behaviour beyond what follows
from their own fields, import nothing of ours and can be written to a LangGraph checkpoint.

Times are timezone-aware UTC `datetime`s, sizes are engineer-days, money is a plain number in the
currency named beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """An immutable value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- words with a fixed set of meanings ---------------------------------------------------------


class Category(StrEnum):
    """The fourteen areas in which work hides. `NAMES` in the catalogue gives their plain names."""

    PERMISSIONS = "permissions"
    IMPORTS = "imports"
    SSO = "sso"
    BILLING = "billing"
    INTEGRATIONS = "integrations"
    AUDIT = "audit"
    EXISTING_DATA = "existing_data"
    WORKFLOW = "workflow"
    NOTIFICATIONS = "notifications"
    REPORTING = "reporting"
    SCALE = "scale"
    SETUP = "setup"
    SUPPORT = "support"
    CLIENTS = "clients"


class Channel(StrEnum):
    """The way a request came in."""

    EMAIL = "email"
    CRM = "crm"
    FORM = "form"
    API = "api"


class FromRole(StrEnum):
    """Who wrote the request."""

    CUSTOMER = "customer"
    SALES = "sales"
    SUCCESS = "success"


class Role(StrEnum):
    """What a signed-in person may do."""

    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Status(StrEnum):
    """Where a request stands (P1). `PARKED`: drafting failed three times and a person must look."""

    RECEIVED = "received"
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    PARKED = "parked"


class Verdict(StrEnum):
    """The typed answer (P5)."""

    YES = "yes"
    YES_BUT = "yes_but"
    NO = "no"


class NoReason(StrEnum):
    """Why the answer is no (P5)."""

    ARCHITECTURE = "architecture"
    ROADMAP = "roadmap"


class DateKind(StrEnum):
    """What the customer's date really is (P6)."""

    REAL = "real"
    SOFT = "soft"
    WRONG = "wrong"


class Lane(StrEnum):
    """How much review a request gets (P9). Both lanes end with one human."""

    FULL = "full"
    FAST = "fast"


class TShirt(StrEnum):
    """Size label from the median of the summed ranges, in engineer-days (P8)."""

    XS = "XS"
    S = "S"
    M = "M"
    L = "L"
    XL = "XL"

    @classmethod
    def of(cls, days: float) -> TShirt:
        """The label for `days` engineer-days: XS to 0.5, S to 3, M to 10, L to 40, XL beyond."""
        for label, upper in ((cls.XS, 0.5), (cls.S, 3.0), (cls.M, 10.0), (cls.L, 40.0)):
            if days <= upper:
                return label
        return cls.XL


class QuestionState(StrEnum):
    """What the reviewer has done with a drafted question."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    ANSWERED = "answered"


class PromiseStance(StrEnum):
    """What the answer does about something already promised (P12)."""

    CONFIRM = "confirm"
    SOFTEN = "soften"
    WITHDRAW = "withdraw"


class EvidenceKind(StrEnum):
    """Which of the three sources of knowledge a piece of evidence comes from."""

    PAST = "past"
    NOTE = "note"
    MAP = "map"


# --- the request --------------------------------------------------------------------------------


class Attachment(Frozen):
    """A file that came with the request; its content stays out of the domain."""

    name: str
    media_type: str = "application/octet-stream"
    size: int = 0  # bytes


class Message(Frozen):
    """One message of the thread a request was forwarded from, oldest first in `Request.thread`."""

    sender: str = ""  # display name, or address when there is none
    address: str = ""
    sent: str = ""  # as written in the mail: may be in any language
    text: str = ""


class Request(Frozen):
    """What a customer wants, as it was received. Never changed after acceptance."""

    id: str
    channel: Channel = Channel.EMAIL
    from_role: FromRole = FromRole.CUSTOMER
    subject: str = ""
    body: str = ""  # the asker's own words, quotes and signature cut off
    thread: tuple[Message, ...] = ()  # earlier messages below the body, oldest first
    forwarder_note: str = ""  # what our own colleague wrote above a forwarded mail
    customer: str = ""  # company
    asker_name: str = ""
    asker_address: str = ""
    submitter: str = ""  # address of the colleague who gets the answer
    forwarded_by: str = ""  # address, when it came as a forward
    product: str = ""  # one sentence on what the product is, when known
    product_area: str = ""
    deal_value: float | None = None
    deal_currency: str = "EUR"
    need_by: date | None = None
    need_by_reason: str = ""
    already_said: str = ""  # what the submitter says was already told to the customer
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""  # of the mail it came from
    defects: tuple[str, ...] = ()  # what was wrong with the mail and how it was survived
    received: datetime = Field(default_factory=lambda: datetime.now(UTC))

    def text(self) -> str:
        """Everything a reader may draw on: subject, note, body, thread, what was already said."""
        earlier = [message.text for message in self.thread]
        parts = [self.subject, self.forwarder_note, self.body, *earlier, self.already_said]
        return "\n\n".join(part for part in parts if part.strip())

    def ask_text(self) -> str:
        """Subject and body only: what is asked, for retrieval and for finding kinds of change."""
        body = self.body if self.body.strip() else self.forwarder_note
        return f"{self.subject}\n\n{body}".strip()


# --- step 1: what was read ----------------------------------------------------------------------


class KindFound(Frozen):
    """A kind of change the request asks for, with the words that gave it away."""

    id: str
    name: str
    quote: str = ""
    score: float = 0.0  # 0..1, how sure the reader is


class Promise(Frozen):
    """Something already said to the customer (P12)."""

    quote: str
    by: str = ""  # who said it, as written
    date: str = ""  # the date or duration inside the promise, as written


class Deadline(Frozen):
    """When it is needed and why, as the request says it."""

    text: str
    quote: str = ""
    reason: str = ""
    day: date | None = None


class Reading(Frozen):
    """What the request says, before anyone thinks about what it does not say."""

    ask: str = ""  # one line
    kinds: tuple[KindFound, ...] = ()  # strongest first
    action: str = ""  # the verb asked for, e.g. "export"
    object: str = ""  # the main thing it is done to, e.g. "job reports"
    actors: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()  # outside products named in the request
    numbers: tuple[str, ...] = ()  # volumes as written, e.g. "900 people"
    minimisers: tuple[str, ...] = ()  # literal quotes such as "just" with their sentence (P11)
    promises: tuple[Promise, ...] = ()
    deadline: Deadline | None = None
    flags: tuple[str, ...] = ()  # e.g. text in the mail that addresses the machine
    smallness: float = 0.0  # 0..1, probability that nothing is hidden behind it

    @property
    def sure_kinds(self) -> tuple[KindFound, ...]:
        """The kinds to show a person: the likeliest, and every other that is not far from even odds."""
        return tuple(kind for kind in self.kinds if kind.score >= SURE_KIND) or self.kinds[:1]


# --- step 2: evidence ---------------------------------------------------------------------------


class Surprise(Frozen):
    """Hidden work that really surfaced after a past request was accepted."""

    category: Category
    question: str
    evidence: str = ""
    surfaced: str = ""  # year-month it became known; empty: once the request was closed


class PastRequest(Frozen):
    """A request from the company's own history, with how it ended."""

    id: str
    opened: str = ""  # ISO date or year-month
    closed: str = ""
    customer: str = ""
    product_area: str = ""
    subject: str = ""
    body: str = ""
    kinds: tuple[str, ...] = ()
    size_days: float | None = None  # actual engineer-days, all parts together
    verdict: Verdict | None = None
    outcome: str = ""
    surprises: tuple[Surprise, ...] = ()


class Passage(Frozen):
    """One heading's worth of an architecture note."""

    id: str  # path#heading-slug, stable over edits of other headings
    path: str
    title: str  # "Note title › Heading"
    text: str
    updated: str = ""  # ISO date from the note's own front matter or first line, when given


class MapPart(Frozen):
    """One line of the product map: a concrete part of the product under a role heading."""

    id: str
    role: str  # e.g. "route", "surface", "message": see triage.product_map
    text: str


class SimilarRequest(Frozen):
    """A past request that resembles this one (P16)."""

    past: PastRequest
    score: float
    same: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def ended(self) -> str:
        """One line on how it ended."""
        size = f"{self.past.size_days:g} days" if self.past.size_days is not None else "size unknown"
        return f"{size} · {self.past.outcome}" if self.past.outcome else size


class FoundPassage(Frozen):
    """A note passage that bears on this request."""

    passage: Passage
    score: float


class Found(Frozen):
    """A pointer to one piece of evidence; what the graph's checkpoint holds instead of its text."""

    kind: EvidenceKind
    id: str
    score: float = 0.0
    same: tuple[str, ...] = ()  # as in `SimilarRequest`
    differs: tuple[str, ...] = ()


class TrackRecord(Frozen):
    """What surfaced at this company lately: the base rates of its own surprises."""

    surprised: int = 0  # past requests behind which something surfaced
    by_category: dict[Category, int] = {}  # behind how many of them each category surfaced

    @classmethod
    def of(cls, past: Iterable[PastRequest]) -> TrackRecord:
        """Count the past requests that hid something, and each category once per request."""
        hidden = [{surprise.category for surprise in each.surprises} for each in past if each.surprises]
        counts = {category: sum(category in found for found in hidden) for category in Category}
        return cls(surprised=len(hidden), by_category={c: n for c, n in counts.items() if n})


class Evidence(Frozen):
    """All that was retrieved for one request. Only what is in here may be cited."""

    record: TrackRecord = TrackRecord()
    similar: tuple[SimilarRequest, ...] = ()
    notes: tuple[FoundPassage, ...] = ()
    map_parts: tuple[MapPart, ...] = ()

    def ids(self) -> frozenset[str]:
        """The ids a draft may cite."""
        return frozenset(
            [s.past.id for s in self.similar]
            + [n.passage.id for n in self.notes]
            + [p.id for p in self.map_parts]
        )

    def found(self) -> tuple[Found, ...]:
        """The pointers from which `Retriever.recall` rebuilds this evidence."""
        return (
            *(
                Found(kind=EvidenceKind.PAST, id=s.past.id, score=s.score, same=s.same, differs=s.differs)
                for s in self.similar
            ),
            *(Found(kind=EvidenceKind.NOTE, id=n.passage.id, score=n.score) for n in self.notes),
            *(Found(kind=EvidenceKind.MAP, id=p.id) for p in self.map_parts),
        )


class Citation(Frozen):
    """A pointer from a question or a size to a retrieved piece of evidence."""

    kind: EvidenceKind
    id: str
    title: str = ""
    passage: str = ""


# --- step 3: gaps -------------------------------------------------------------------------------


class Question(Frozen):
    """One hidden-work question: one concern, about this request (P10)."""

    id: str
    question: str
    category: Category
    why: str = ""
    quote: str = ""  # literal words of the request that raised it
    ask: str = ""  # whom to ask
    effect: str = ""  # what the answer does to the size
    evidence: tuple[Citation, ...] = ()
    score: float = 0.0  # impact x uncertainty, for ranking only
    origin: str = "catalogue"  # catalogue | past | map | model | human
    state: QuestionState = QuestionState.PROPOSED
    answer: str = ""


class Cleared(Frozen):
    """A category that needs no question: answered in the request, or not relevant, and why."""

    category: Category
    reason: str
    quote: str = ""  # literal, when the request itself answers it; empty when not relevant


class Gaps(Frozen):
    """The result of walking the whole catalogue."""

    questions: tuple[Question, ...] = ()  # at most MAX_QUESTIONS, strongest first
    folded: tuple[Question, ...] = ()
    cleared: tuple[Cleared, ...] = ()


# --- step 4: size -------------------------------------------------------------------------------


class Days(Frozen):
    """A range of engineer-days."""

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Days) -> Days:
        return Days(low=self.low + other.low, high=self.high + other.high)

    @property
    def middle(self) -> float:
        """Geometric middle: work grows by factors, not by steps."""
        return (max(self.low, 0.1) * max(self.high, 0.1)) ** 0.5 if self.high else 0.0


class TripWire(Frozen):
    """A topic that forces full review whatever the size (P9)."""

    id: str
    name: str
    quote: str = ""
    why: str = ""


class RoughSize(Frozen):
    """Three ranges plus groundwork (P8), each with reasons a person can check."""

    groundwork: Days = Days()
    setup: Days = Days()
    build: Days = Days()
    support: Days = Days()
    label: TShirt = TShirt.S
    lane: Lane = Lane.FAST
    comparables: tuple[Citation, ...] = ()
    trip_wires: tuple[TripWire, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def total(self) -> Days:
        """The four lines together."""
        return self.groundwork + self.setup + self.build + self.support


class SizeOpinion(Frozen):
    """What an analyst thinks of the whole size; one weighted voice among the comparables."""

    days: Days
    argument: str = ""


# --- step 5: the answer -------------------------------------------------------------------------


class NarrowingMove(Frozen):
    """A named way to a smaller true yes (P13)."""

    id: str
    name: str
    sentence: str
    saves: str = ""


class Option(Frozen):
    """One side of the two-option card (P14)."""

    name: str
    delivers: str
    cost: str
    by: str = ""


class PromiseResponse(Frozen):
    """What the answer says about one promise already made (P12)."""

    quote: str
    stance: PromiseStance | None = None
    text: str = ""


class Answer(Frozen):
    """What sales will be told. Filled by the pipeline as a proposal, decided by a human."""

    verdict: Verdict | None = None
    no_reason: NoReason | None = None
    conditions: tuple[str, ...] = ()
    ships_first: str = ""
    waits: str = ""
    customer_prepares: str = ""
    dependencies: str = ""
    biggest_risk: str = ""
    date_kind: DateKind | None = None
    date: str = ""  # the date or duration offered, in words; empty: none offered
    decider: str = ""
    outcome: str = ""  # metric from -> to and why (P15)
    health: str = ""  # what must not degrade (P15)
    moves: tuple[NarrowingMove, ...] = ()
    options: tuple[Option, ...] = ()
    promises: tuple[PromiseResponse, ...] = ()
    sentence: str = ""
    note: str = ""  # free text of the reviewer, sent below the sentence
    checklist: tuple[str, ...] = ()  # setup checklist for support (P18)


# --- the draft ----------------------------------------------------------------------------------


class StepRun(Frozen):
    """How one step of one draft was done. Never holds customer text."""

    step: str
    analyst: str  # "catalogue" or "llm"
    model: str = ""
    prompt_hash: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0  # US dollars; None: unknown for this model
    ms: float = 0.0
    degraded: str = ""  # why the step fell back to the catalogue; empty: it did not


class Draft(Frozen):
    """One version of what the reviewer sees. Versions are never overwritten."""

    request_id: str
    version: int = 0  # 0: not yet saved
    round: int = 1  # how often the pipeline has drafted this request
    author: str = "ai"  # "ai" or the address of the human who saved it
    reading: Reading = Reading()
    evidence: Evidence = Evidence()
    questions: tuple[Question, ...] = ()
    folded: tuple[Question, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    size: RoughSize = RoughSize()
    answer: Answer = Answer()
    flags: tuple[str, ...] = ()  # what `check` dropped or wants a human to look at
    runs: tuple[StepRun, ...] = ()
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def degraded(self) -> tuple[str, ...]:
        """One line per step that fell back, e.g. "find_gaps: model timed out"."""
        return tuple(f"{run.step}: {run.degraded}" for run in self.runs if run.degraded)

    @property
    def cost(self) -> float:
        """US dollars spent on models; steps of unknown cost count as 0."""
        return sum(run.cost or 0.0 for run in self.runs)

    @property
    def ms(self) -> float:
        """Milliseconds spent in the steps."""
        return sum(run.ms for run in self.runs)


# --- the decision -------------------------------------------------------------------------------


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


SURE_KIND = 0.35
MAX_QUESTIONS = 5  # what the measures count; DESIGN: "at most five, three of them on top"
TOP_QUESTIONS = 3
FULL_REVIEW_DAYS = 10.0  # P9: above this upper end a request gets the full lane


def best_score(kinds: Iterable[KindFound], kind_id: str) -> float:
    """The score of `kind_id` among `kinds`, 0.0 when it was not found."""
    return max((kind.score for kind in kinds if kind.id == kind_id), default=0.0)


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
