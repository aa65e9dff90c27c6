"""`size`: the statistics decide, the analyst may argue."""

from __future__ import annotations

from tests.fakes import NoSizes, ScriptedAnalyst, request
from tests.small_catalogue import catalogue, found, kind
from triage.domain import Days, Evidence, Reading, Request, RoughSize, SizeOpinion, StepRun
from triage.ports import Result
from triage.steps import size

READING = Reading(kinds=(found("export"),))


class OpinionatedAnalyst(ScriptedAnalyst):
    """Has a view on the size, and a bill for it."""

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        opinion = SizeOpinion(days=Days(low=60, high=90), argument="three systems")
        return Result(opinion, StepRun(step="estimate", analyst="llm", cost=0.02))


def run(analyst: ScriptedAnalyst) -> Result[RoughSize]:
    return size(analyst, catalogue(kind("export")), NoSizes(), request(), READING, Evidence())


def test_without_an_opinion_the_statistics_stand_alone() -> None:
    result = run(ScriptedAnalyst())
    assert result.value.build.high > 0
    assert result.run.step == "size"


def test_an_opinion_is_told_and_kept_and_so_is_its_cost() -> None:
    result = run(OpinionatedAnalyst())
    assert any("three systems" in reason for reason in result.value.reasons)
    assert result.value.model_days == 73.48
    assert (result.run.step, result.run.analyst, result.run.cost) == ("size", "llm", 0.02)
