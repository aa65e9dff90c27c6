"""Fakes with memory, only at our own Protocols."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from triage.domain import (
    Answer,
    Category,
    Days,
    Evidence,
    Found,
    Gaps,
    KindFound,
    OutgoingMessage,
    PastRequest,
    Question,
    Reading,
    Request,
    RoughSize,
    SimilarRequest,
    SizeOpinion,
    StepRun,
    Surprise,
    Verdict,
)
from triage.estimating.estimator import Estimate, SizeEstimator
from triage.estimating.history import Items
from triage.estimating.outside import cold_start
from triage.ports import Result


class WordEncoder:
    """Hashes words into a small space: texts that share words are alike, without a model."""

    name = "words"
    dimension = 256

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded.extend(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[int(hashlib.md5(word.strip(".,?!:;()").encode()).hexdigest(), 16) % self.dimension] += 1
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows

    def warm(self) -> None:
        """Nothing to load."""

    @property
    def ready(self) -> bool:
        return True


class ScriptedAnalyst:
    """Says what it was given and remembers what it was asked."""

    name = "scripted"

    def __init__(
        self, gaps: Gaps | None = None, answer: Answer | None = None, reading: Reading | None = None
    ) -> None:
        self.reading = reading or Reading(
            ask="Export job reports", kinds=(KindFound(id="export", name="Export", score=0.9),)
        )
        self.gaps = gaps or Gaps(questions=(question("permissions.who"),))
        self.answer = answer or Answer(
            verdict=Verdict.YES_BUT, conditions=("one role first",), sentence="Yes, for one role first."
        )
        self.calls: list[str] = []
        self.guidance: list[str] = []

    def read(self, request: Request) -> Result[Reading]:
        return self._say("read", self.reading)

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        return self._say("find_gaps", self.gaps)

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        return self._say("estimate", None)

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        self.guidance.append(guidance)
        return self._say("propose", self.answer)

    def _say(self, step: str, value: object) -> Result:
        self.calls.append(step)
        return Result(value, StepRun(step=step, analyst=self.name))


class ListRetriever:
    """Always finds the same evidence."""

    def __init__(self, evidence: Evidence | None = None) -> None:
        self.evidence = evidence or Evidence()

    def retrieve(self, request: Request, reading: Reading) -> Evidence:
        return self.evidence

    def recall(self, request: Request, reading: Reading, found: Sequence[Found]) -> Evidence:
        wanted = {each.id for each in found}
        return self.evidence.model_copy(
            update={"similar": tuple(s for s in self.evidence.similar if s.past.id in wanted)}
        )


class NoSizes:
    """A company without finished requests: the table alone speaks."""

    def estimate(
        self, request: Request, reading: Reading, table: Days, opinion: SizeOpinion | None
    ) -> Estimate:
        nothing = Items(np.zeros((0, 4)), np.zeros((0, 8)))
        item = Items(np.zeros((1, 4)), np.zeros((1, 8)))
        return SizeEstimator.fit(nothing, []).estimate(
            item, [cold_start(max(0.1, table.low), max(0.1, table.low, table.high), 0)]
        )


class ListSender:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> str:
        self.messages.append(message)
        return "list"


def question(question_id: str = "permissions.who", **changes: object) -> Question:
    """A small question; the category comes from its id."""
    values: dict[str, object] = {
        "id": question_id,
        "question": "Who may export job reports?",
        "category": Category(question_id.split(".")[0]),
        "why": "An export leaves the permission rules behind.",
    }
    return Question(**{**values, **changes})


def past(past_id: str = "past-1", **changes: object) -> PastRequest:
    """A finished request of another customer."""
    values: dict[str, object] = {
        "id": past_id,
        "subject": "Export of invoices",
        "customer": "Alder Example Works",
        "size_days": 6.0,
        "kinds": ("export",),
        "outcome": "shipped",
        "surprises": (Surprise(category=Category.SCALE, question="How long may an export run?"),),
    }
    return PastRequest(**{**values, **changes})


def similar(past_id: str = "past-1", score: float = 0.8, **changes: object) -> SimilarRequest:
    return SimilarRequest(past=past(past_id, **changes), score=score)


def request(**changes: object) -> Request:
    """A plain customer mail."""
    values: dict[str, object] = {
        "id": "r-1",
        "subject": "A simple export",
        "body": "Could you please export the job reports as a file? It is just one button.",
        "asker_address": "kim@customer.example",
        "submitter": "sam@example.com",
    }
    return Request(**{**values, **changes})
