"""As much of `triage.bootstrap.Services` as the web needs, with a fake engine and encoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from triage.catalogue import Catalogue
from triage.clock import Teams
from triage.domain import Answer, Draft, Person, Question, Role, Verdict
from triage.letters import DecisionLetters
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.retrieval.index import NoIndex
from triage.settings import Settings

BASE_URL = "http://127.0.0.1:8000"
PEOPLE = (
    Person(address="sales@ours.example", name="Sam Sales"),
    Person(address="other@ours.example", name="Olga Other"),
    Person(address="voice@ours.example", name="Vera Voice", role=Role.REVIEWER),
    Person(address="admin@ours.example", name="Ada Admin", role=Role.ADMIN),
)


class RecordingEngine:
    """Remembers what was enqueued; a rolled-back transaction is the caller's business."""

    def __init__(self) -> None:
        self.processed: list[str] = []
        self.decided: list[str] = []
        self.waits: list[timedelta] = []
        self.running = True

    def enqueue_process(self, connection: sa.Connection, request_id: str) -> None:
        """Note the request; the open transaction is the proof that the caller is inside one."""
        assert connection.in_transaction()
        self.processed.append(request_id)

    def enqueue_decide(
        self, connection: sa.Connection, decision_id: str, *, after: timedelta = timedelta()
    ) -> None:
        """Note the decision and how long it is to wait."""
        assert connection.in_transaction()
        self.decided.append(decision_id)
        self.waits.append(after)


@dataclass
class LoadedEncoder:
    """As much of an encoder as readiness asks for."""

    name: str = "small"
    ready: bool = True
    dimension: int = 3


@dataclass
class SmallServices:
    """What the web needs of `triage.bootstrap.Services`."""

    settings: Settings
    store: Store
    people: People
    knowledge: KnowledgeStore
    outgoing: Outgoing
    teams: Teams
    letters: DecisionLetters
    catalogue: Catalogue
    engine: RecordingEngine = field(default_factory=RecordingEngine)
    encoder: LoadedEncoder = field(default_factory=LoadedEncoder)
    index: NoIndex = field(default_factory=NoIndex)


def ready_draft(request_id: str) -> Draft:
    """A draft that breaks no approval rule: a plain yes without a date."""
    question = Question(
        id="q-1",
        question="Who may export job reports?",
        category="permissions",
        quote="export of job reports",
    )
    answer = Answer(verdict=Verdict.YES, sentence="Yes, job reports can be exported.")
    return Draft(request_id=request_id, questions=(question,), answer=answer)
