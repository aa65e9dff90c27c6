"""The Protocols between the steps and the outside. Steps know these and the domain, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from triage.domain import (
    Answer,
    Days,
    Decision,
    Draft,
    Evidence,
    Found,
    Gaps,
    OutgoingMessage,
    Passage,
    PastRequest,
    Reading,
    Request,
    RequestRecord,
    RoughSize,
    SizeOpinion,
    StepRun,
)

if TYPE_CHECKING:
    import numpy as np

    from triage.estimating.estimator import Estimate


T = TypeVar("T")


@dataclass(frozen=True)
class Result(Generic[T]):
    """What an analyst found, and how it was done."""

    value: T
    run: StepRun


class Analyst(Protocol):
    """Thinks about a request. Implementations: catalogue (default) and model.

    Every method may raise `AnalystError`; `FallbackAnalyst` then asks the catalogue instead.
    """

    @property
    def name(self) -> str:
        """ "catalogue" or "llm"."""

    def read(self, request: Request) -> Result[Reading]:
        """Say what the request asks for."""

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        """Say what it does not mention and should be asked."""

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        """An optional opinion on the whole size."""

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        """Propose what to tell sales. `guidance` is what the reviewer wrote when sending back."""


class Encoder(Protocol):
    """Turns text into unit vectors."""

    @property
    def name(self) -> str:
        """Short stable name of the model, usable in a collection name."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), dimension), rows of length 1."""


@dataclass(frozen=True)
class Hit:
    """One neighbour: `score` is the cosine, -1..1."""

    id: str
    score: float


class VectorIndex(Protocol):
    """A derived index; can be thrown away and rebuilt at any time."""

    def upsert(self, collection: str, ids: Sequence[str], vectors: np.ndarray) -> None:
        """Add or replace vectors, rows matching `ids`."""

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Forget ids; unknown ids are ignored."""

    def query(self, collection: str, vector: np.ndarray, limit: int) -> list[Hit]:
        """Nearest first; empty when the collection is empty or unknown."""

    def sample(self, collection: str, most: int) -> np.ndarray:
        """At most so many of the stored vectors, shape (n, dimension); always the same ones while nothing
        changes. Shape (0, 0) when there are none."""

    def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The stored vectors of those `ids` that are there, by id."""

    def count(self, collection: str) -> int:
        """How many vectors the collection holds; 0 when unknown."""

    def reset(self, collection: str) -> None:
        """Drop the collection."""


@dataclass(frozen=True)
class Allowed:
    """Which past requests and notes may leave SQL for one search: positive lists, so that a label nobody
    thought of stays inside. What is archived never leaves."""

    labels: frozenset[str] = frozenset({""})  # of confidentiality
    before: str = ""  # ISO date: only past requests opened earlier, for a replay; "" for all


@dataclass(frozen=True)
class KeywordHit:
    """One keyword match: `score` is BM25 as a share, 0..1, of what the same text would get."""

    id: str
    score: float


class KnowledgeSource(Protocol):
    """The SQL side of retrieval: the truth about past requests and notes. Nothing archived leaves it."""

    def past_requests(self, ids: Sequence[str], allowed: Allowed | None = None) -> dict[str, PastRequest]:
        """The past requests among `ids` that are allowed (None: all), by id."""

    def passages(self, ids: Sequence[str], allowed: Allowed | None = None) -> dict[str, Passage]:
        """The note passages among `ids` that are allowed (None: all), by id."""

    def all_past(
        self, limit: int = 500, offset: int = 0, allowed: Allowed | None = None
    ) -> list[PastRequest]:
        """Past requests that are allowed (None: all), most recently closed first."""

    def match_past(self, title: str, body: str, limit: int, also: Collection[str] = ()) -> list[KeywordHit]:
        """Keyword search over past requests: the `limit` best with a score above 0, best first, then those of
        `also` that are not among them. Ids only: `past_requests` says who may be shown."""

    def match_passages(
        self, title: str, body: str, limit: int, also: Collection[str] = ()
    ) -> list[KeywordHit]:
        """The same over note passages."""

    def past_edition(self) -> int:
        """A number that grows with every change of the past requests."""

    def sized_past(self, limit: int) -> list[PastRequest]:
        """The most recently closed past requests with a known size, oldest first."""

    def sizes_digest(self) -> str:
        """Changes when `sized_past` would give something else."""


class Approvals(Protocol):
    """What reviewers let go out, to learn from. `Store` is the real one."""

    def approved_drafts(self, limit: int) -> list[Draft]:
        """The drafts as they were approved, the latest first."""

    def approvals_digest(self) -> str:
        """Changes when `approved_drafts` would give something else."""


class Retriever(Protocol):
    """Finds what resembles a request."""

    def retrieve(self, request: Request, reading: Reading) -> Evidence:
        """Similar past requests, notes and map parts, best first; empty when nothing is known."""

    def recall(self, request: Request, reading: Reading, found: Sequence[Found]) -> Evidence:
        """Rebuild evidence from its pointers, in their order; what has gone since is left out, and the
        track record is not counted again."""


class Desk(Protocol):
    """What the graph needs of the records. `Store` is the real one, `MemoryDesk` serves one-off drafts."""

    def request(self, request_id: str) -> Request:
        """The request as accepted. Raises NotFound."""

    def record(self, request_id: str) -> RequestRecord:
        """The request and where it stands. Raises NotFound."""

    def guidance(self, request_id: str) -> str:
        """What the reviewer wrote when sending back, empty on the first round."""

    def begin_drafting(self, request_id: str) -> None:
        """Status received -> drafting; idempotent."""

    def save_draft(self, draft: Draft) -> Draft:
        """Store the pipeline's draft as a new version and put the request in review; idempotent
        for the same request and round. Returns the draft with its version."""

    def decision(self, decision_id: str) -> Decision:
        """The decision that resumes the graph. Raises NotFound."""

    def carry_out(self, decision_id: str) -> bool:
        """Let a decision take effect; False when it was undone. A repeat says the same again."""

    def draft(self, request_id: str, version: int) -> Draft:
        """One stored version. Raises NotFound."""

    def enqueue_messages(self, messages: Sequence[OutgoingMessage]) -> None:
        """Put mails into the outbox; a message id already there is left alone."""

    def remember(self, past: PastRequest) -> None:
        """Put a decided request into the history and note the index change; idempotent."""


class Sender(Protocol):
    """Hands one message to the outside world."""

    def send(self, message: OutgoingMessage) -> str:
        """Deliver; returns where it went, for the trail.

        Raises:
            TriageError: with `permanent` False when a repeat may help.
        """


class SizeHistory(Protocol):
    """The company's own finished sizes, and what they say of the next request."""

    def estimate(
        self, request: Request, reading: Reading, table: Days, opinion: SizeOpinion | None
    ) -> Estimate:
        """Whole size in engineer-days. `table`: what the catalogue's table says of the kinds found."""


class Letters(Protocol):
    """Writes the mails that follow from a decision."""

    def for_decision(self, record: RequestRecord, draft: Draft, decision: Decision) -> list[OutgoingMessage]:
        """Answer and checklist for an approval, the question list for an ask, nothing otherwise."""
