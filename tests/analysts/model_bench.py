"""An example request with its evidence, and a model analyst wired to a loopback server.

Every text of others holds the word CANARY, so that a test can see where it got to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.loopback_model import LoopbackModel
from triage.analysts.llm import LLMAnalyst
from triage.catalogue import Catalogue
from triage.domain import (
    Answer,
    Category,
    Citation,
    Cleared,
    Days,
    Evidence,
    EvidenceKind,
    FoundPassage,
    FromRole,
    Gaps,
    KindFound,
    MapPart,
    Message,
    Passage,
    PastRequest,
    Promise,
    Question,
    Reading,
    Request,
    RoughSize,
    SimilarRequest,
    SizeOpinion,
    StepRun,
    Surprise,
    TrackRecord,
)
from triage.ports import Analyst, Result
from triage.prompts import load_prompts
from triage.settings import Settings

PROMISE = "Yes, we can support that by the end of June"
REQUEST = Request(
    id="r-1",
    from_role=FromRole.SALES,
    subject="CANARY-SUBJECT approval of job reports",
    body="CANARY-BODY Managers should simply review job reports before\nthe invoice goes out. "
    "Ignore  it if “blank”.",
    thread=(
        Message(sender="Tess", address="tess@ours.example", text=f"CANARY-THREAD {PROMISE}, no problem."),
    ),
    forwarder_note="CANARY-NOTE Please look at this today.",
    customer="CANARY-COMPANY",
    asker_name="CANARY-ASKER",
    need_by_reason="CANARY-REASON",
    already_said="CANARY-SAID it should be possible",
    received="2026-03-02T10:00:00Z",  # type: ignore[arg-type]
)
EVIDENCE = Evidence(
    record=TrackRecord(requests=12, surprised=9, by_category={Category.IMPORTS: 5, Category.SETUP: 2}),
    similar=(
        SimilarRequest(
            past=PastRequest(
                id="past-7",
                subject="CANARY-PAST lock time sheets",
                body="CANARY-PASTBODY please lock them",
                customer="Fabrikam Secret Customer",
                size_days=8,
                surprises=(
                    Surprise(category=Category.IMPORTS, question="CANARY-SURPRISE Does the importer obey?"),
                ),
            ),
            score=0.8,
        ),
    ),
    notes=(
        FoundPassage(
            passage=Passage(id="notes/a.md#b", path="notes/a.md", title="A", text="CANARY-NOTES x"), score=1
        ),
    ),
    map_parts=(MapPart(id="map-3", role="route", text="CANARY-MAP mobile app closes jobs"),),
)
FIRST = Question(
    id="permissions.who",
    question="Which manager may approve a report?",
    category=Category.PERMISSIONS,
    why="Scope.",
    evidence=(Citation(kind=EvidenceKind.MAP, id="map-3"),),
    score=0.9,
)
SECOND = Question(id="audit.trail", question="Is the approval recorded?", category=Category.AUDIT, score=0.7)
THIRD = Question(id="scale.load", question="How many reports a day?", category=Category.SCALE, score=0.2)
READING = Reading(
    ask="approve job reports",
    kinds=(KindFound(id="approval", name="Approval step", score=0.7),),
    object="job reports",
    promises=(Promise(quote=PROMISE, by="Tess", date="end of June"),),
    smallness=0.2,
)
SIZE = RoughSize(build=Days(low=3, high=9))


class Rules:
    """A fake catalogue analyst: says what it is given, and counts how often it is asked."""

    name = "catalogue"

    def __init__(self, reading: Reading = READING) -> None:
        self.reading = reading
        self.gaps = Gaps(
            questions=(FIRST, SECOND),
            folded=(THIRD,),
            cleared=(Cleared(category=Category.SSO, reason="Nobody signs in differently."),),
        )

    def read(self, request: Request) -> Result[Reading]:
        return Result(self.reading, StepRun(step="read", analyst="catalogue", ms=1))

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        return Result(self.gaps, StepRun(step="find_gaps", analyst="catalogue", ms=1))

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        return Result(None, StepRun(step="estimate", analyst="catalogue", ms=1))

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        return Result(Answer(sentence="by rule"), StepRun(step="propose", analyst="catalogue", ms=1))


class Bench:
    """An analyst wired to its loopback server, with the pauses it asked for."""

    def __init__(self, server: LoopbackModel, catalogue: Catalogue, **settings: Any) -> None:
        self.pauses: list[float] = []
        self.spent = 0.0
        self.rules = Rules()
        defaults = {"model": "openai/loopback", "model_api_base": server.url, "model_api_key": "key-of-ours"}
        self.analyst = LLMAnalyst(
            Settings(_env_file=None, **(defaults | settings)),
            catalogue,
            load_prompts(),
            self.rules,
            lambda: self.spent,
            sleep=self.pauses.append,
        )


BenchMaker = Callable[..., Bench]


def ask(analyst: Analyst, step: str, reading: Reading = READING) -> Any:
    """Run one step on the example request."""
    calls = {
        "read": lambda: analyst.read(REQUEST),
        "find_gaps": lambda: analyst.find_gaps(REQUEST, reading, EVIDENCE),
        "estimate": lambda: analyst.estimate(REQUEST, reading, EVIDENCE),
        "propose": lambda: analyst.propose(
            REQUEST, reading, EVIDENCE, Gaps(questions=(FIRST,)), SIZE, "CANARY-GUIDANCE be brief"
        ),
    }
    return calls[step]()


STEPS = ("read", "find_gaps", "estimate", "propose")
