"""The analyst that asks a model. It gets the rules' findings, the catalogue's candidates and the evidence,
and may rewrite, drop or add; what it says is checked and joined with them, never taken as it comes.

The model has no tools and chooses no recipient, no route and no label.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from triage.analysts.budget import Budget
from triage.analysts.cassettes import open_model
from triage.analysts.choose import KEEP_FROM, KEEP_FROM_SMALL, READS_SMALL, choose
from triage.analysts.conversation import Conversation, Limits
from triage.analysts.material import Material
from triage.analysts.merge import merge_reading
from triage.analysts.proposal import to_answer, to_opinion
from triage.analysts.schemas import EstimateAnswer, Form, GapsAnswer, ProposeAnswer, ReadAnswer
from triage.domain import (
    MAX_QUESTIONS,
    Answer,
    Evidence,
    Gaps,
    NarrowingMove,
    Reading,
    Request,
    RoughSize,
    SizeOpinion,
)
from triage.ports import Analyst, Result
from triage.prompts import Prompts, StepPrompt
from triage.settings import Settings
from triage.sizing import trip_wires

if TYPE_CHECKING:
    from triage.catalogue import Catalogue

A = TypeVar("A", bound=Form)
_THRESHOLDS = {  # the prompt names what `choose` holds it to
    "most": str(MAX_QUESTIONS),
    "bar": str(KEEP_FROM),
    "bar_small": str(KEEP_FROM_SMALL),
    "reads_small": str(READS_SMALL),
}


class LLMAnalyst:
    """Implements `ports.Analyst`. `candidates` is the catalogue analyst; `spent_today` gives the US dollars
    that drafts of this UTC day have cost. Every method may raise `AnalystError` with its bill attached."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        prompts: Prompts,
        candidates: Analyst,
        spent_today: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._model = open_model(settings)
        budget = Budget(settings.model_daily_budget_usd, spent_today)
        self._limits = Limits(settings.model_retries, budget, sleep)
        self._prompts = prompts
        self._catalogue = catalogue
        self._candidates = candidates
        self._kinds = {kind.id: kind.name for kind in catalogue.kinds.values()}
        self._moves = {
            move.id: NarrowingMove(id=move.id, name=move.name, sentence=move.sentence, saves=move.saves)
            for move in catalogue.moves
        }
        self._categories = [f"- {category}: {info.covers}" for category, info in catalogue.categories.items()]

    @property
    def name(self) -> str:
        """ "llm"."""
        return "llm"

    def read(self, request: Request) -> Result[Reading]:
        """The model's reading, joined with that of the rules; a promise found by rule is never lost."""
        rules = self._candidates.read(request).value
        material = Material()
        stable = {"kinds": "\n".join(f"- {kind}: {name}" for kind, name in self._kinds.items())}
        given = {"rules": material.rules(rules), "request": material.request(request)}
        result = self._ask(self._prompts.read, ReadAnswer, material, stable, given)
        return Result(merge_reading(result.value, rules, request.text(), self._kinds), result.run)

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        """The model's choice among and beyond the catalogue's candidates."""
        offered = self._candidates.find_gaps(request, reading, evidence).value
        wires = trip_wires(self._catalogue, request, reading)
        material = Material()
        given = {
            "map_parts": material.map_parts(evidence),
            "notes": material.notes(evidence),
            "past": material.lessons(evidence, offered),
            "candidates": material.candidates(offered, evidence),
            "reading": material.reading(reading, wires),
            "request": material.request(request),
        }
        stable = {"categories": "\n".join(self._categories)} | _THRESHOLDS
        result = self._ask(self._prompts.find_gaps, GapsAnswer, material, stable, given)
        gaps = choose(result.value, offered, request, reading, evidence, wired=bool(wires))
        return Result(gaps, result.run)

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        """The model's opinion on the whole size, four lines added up."""
        material = Material()
        given = {
            "map_parts": material.map_parts(evidence),
            "notes": material.notes(evidence),
            "past": material.sizes(evidence),
            "reading": material.reading(reading),
            "request": material.request(request),
        }
        result = self._ask(self._prompts.estimate, EstimateAnswer, material, {}, given)
        return Result(to_opinion(result.value), result.run)

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        """The model's proposal; the reviewer decides."""
        material = Material()
        moves = self._moves.values()
        stable = {"moves": "\n".join(f"- {m.id}: {m.name} — {m.sentence} ({m.saves})" for m in moves)}
        given = {
            "notes": material.notes(evidence),
            "past": material.endings(evidence),
            "size": material.size(size),
            "questions": material.questions(gaps),
            "guidance": material.block("guidance", guidance[:4000] or "(none)"),
            "reading": material.reading(reading),
            "request": material.request(request),
        }
        result = self._ask(self._prompts.propose, ProposeAnswer, material, stable, given)
        return Result(to_answer(result.value, reading, self._moves, request.text()), result.run)

    def _ask(
        self,
        prompt: StepPrompt,
        form: type[A],
        material: Material,
        stable: dict[str, str],
        given: dict[str, str],
    ) -> Result[A]:
        def repair(error: str, answer: str) -> str:
            return self._prompts.repair.render(error=error, answer=material.block("answer", answer))

        talk = Conversation(self._model, self._limits, prompt.name, prompt.hash, repair)
        system = prompt.stable.render(form=form.outline(), **stable)
        user = prompt.material.render(boundary=material.boundary, **given)
        return talk.ask(system, user, form)
