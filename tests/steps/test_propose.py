"""`propose` leaves to the human what is the human's, and assembles the sentence."""

from __future__ import annotations

from tests.fakes import ScriptedAnalyst, request
from triage.domain import (
    Answer,
    Evidence,
    Gaps,
    Promise,
    PromiseResponse,
    PromiseStance,
    Reading,
    RoughSize,
    Verdict,
)
from triage.steps import propose

PROMISED = Reading(promises=(Promise(quote="we can do that"), Promise(quote="by the end of March")))


def proposed(answer: Answer, reading: Reading = PROMISED, guidance: str = "") -> Answer:
    analyst = ScriptedAnalyst(answer=answer)
    result = propose(analyst, request(), reading, Evidence(), Gaps(), RoughSize(), guidance)
    assert analyst.guidance == [guidance]
    assert result.run.step == "propose"
    return result.value


def test_every_promise_gets_one_line_with_its_stance_open() -> None:
    answer = proposed(Answer(verdict=Verdict.YES))
    assert [(line.quote, line.stance) for line in answer.promises] == [
        ("we can do that", None),
        ("by the end of March", None),
    ]


def test_a_suggested_wording_stays_but_not_the_stance() -> None:
    said = (
        PromiseResponse(
            quote="we can do that", stance=PromiseStance.CONFIRM, text="For one branch at first."
        ),
        PromiseResponse(quote="never said", stance=PromiseStance.WITHDRAW, text="Take it back."),
    )
    answer = proposed(Answer(verdict=Verdict.YES, promises=said))
    assert [(line.quote, line.stance, line.text) for line in answer.promises] == [
        ("we can do that", None, "For one branch at first."),
        ("by the end of March", None, ""),
    ]


def test_nothing_promised_nothing_to_answer() -> None:
    said = (PromiseResponse(quote="never said", stance=PromiseStance.CONFIRM),)
    assert proposed(Answer(promises=said), Reading()).promises == ()


def test_the_sentence_is_assembled_from_the_fields() -> None:
    fields = Answer(
        verdict=Verdict.YES_BUT,
        conditions=("one role first",),
        ships_first="export job reports",
        biggest_risk="the volume at the largest customer",
    )
    for blank in ("", "  \n"):
        sentence = proposed(fields.model_copy(update={"sentence": blank})).sentence
        assert "one role first" in sentence
        assert "export job reports" in sentence
        assert sentence.endswith("the volume at the largest customer.")


def test_an_analysts_own_sentence_is_kept() -> None:
    assert proposed(Answer(verdict=Verdict.YES, sentence="Yes, from May.")).sentence == "Yes, from May."


def test_guidance_reaches_the_analyst() -> None:
    assert proposed(Answer(verdict=Verdict.YES), guidance="One branch only.").verdict is Verdict.YES
