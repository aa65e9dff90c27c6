"""Steps 3 to 5 and what they add up to: questions, rough size, answer, draft."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from triage.domain.evidence import Citation, Evidence
from triage.domain.reading import Reading
from triage.domain.words import (
    Category,
    DateKind,
    Frozen,
    Lane,
    NoReason,
    PromiseStance,
    QuestionState,
    TShirt,
    Verdict,
)

MAX_QUESTIONS = 5  # what the measures count; DESIGN: "at most five, three of them on top"
TOP_QUESTIONS = 3
FULL_REVIEW_DAYS = 10.0  # P9: above this upper end a request gets the full lane


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


class Days(Frozen):
    """A range of engineer-days."""

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Days) -> Days:
        # rounded: 0.4 + 2.4 must not read 2.8000000000000003
        return Days(low=round(self.low + other.low, 6), high=round(self.high + other.high, 6))

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
    model_days: float | None = None  # what a model said of the whole; kept to learn how far to trust it

    @property
    def total(self) -> Days:
        """The four lines together."""
        return self.groundwork + self.setup + self.build + self.support


class OwnSize(Frozen):
    """What a reviewer said of the whole size. `blind`: before the proposed range was shown (P28)."""

    request_id: str
    by: str  # address
    days: Days
    blind: bool = False
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class SizeOpinion(Frozen):
    """What an analyst thinks of the whole size; one weighted voice among the comparables."""

    days: Days
    argument: str = ""


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
