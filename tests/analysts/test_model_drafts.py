"""Whole drafts through a model on loopback: the live graph, the real catalogue, good answers and bad ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.analysts.model_bench import REQUEST, STEPS
from tests.loopback_model import LoopbackModel
from triage.domain import Category, PastRequest, Surprise
from triage.oneoff import Knowledge, OneOff
from triage.prompts import load_prompts
from triage.retrieval.embed import SentenceEncoder
from triage.settings import Settings, load_settings

pytestmark = pytest.mark.model

IN_THE_DRAFT = ("read", "find_gaps", "size", "propose")  # the step estimate ends in the size
SPOILT = {
    "cut": "broken JSON",
    "length": "broken JSON",
    "prose": "no JSON",
    "empty": "no JSON",
    "no_choices": "without content",
    "refused": "declined",
    "filtered": "declined",
    "sorry": "declined",
    "slow": "did not answer in time",
    "429": "limits our rate",
    "500": "not available",
    "400": "could not be asked",
    "401": "does not accept our key",
    "404": "does not know the model",
}
USABLE = ("good", "fenced", "chatty", "thinking", "packed", "hostile", "obedient", "no_format")


@pytest.fixture
def model() -> Iterator[LoopbackModel]:
    with LoopbackModel(slow_s=2.0) as running:
        yield running


def through(model: LoopbackModel, folder: Path, **more: Any) -> Settings:
    """Settings that draft through the loopback model."""
    own = {"model": "openai/loopback", "model_api_base": model.url, "model_api_key": "x", "analyst": "llm"}
    return load_settings(data_dir=folder, **(own | {"model_retries": 0, "model_timeout_s": 0.5} | more))


def drafter(model: LoopbackModel, encoder: SentenceEncoder, folder: Path, **more: Any) -> OneOff:
    return OneOff(through(model, folder, **more), encoder)


def test_every_step_brings_its_bill_into_the_draft(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    prices = {"model_price_in": 1.0, "model_price_out": 4.0, "model_timeout_s": 30.0}
    draft = drafter(model, encoder, tmp_path, **prices).draft(REQUEST)
    bills = {run.step: run for run in draft.runs if run.analyst == "llm"}
    assert tuple(bills) == IN_THE_DRAFT
    for step, name in zip(IN_THE_DRAFT, STEPS, strict=True):
        bill = bills[step]
        assert bill.prompt_hash == getattr(load_prompts(), name).hash
        assert min(bill.tokens_in, bill.tokens_out, bill.ms, bill.cost or 0.0) > 0
    assert draft.cost == pytest.approx(sum(run.cost or 0.0 for run in draft.runs))
    assert draft.ms >= sum(bill.ms for bill in bills.values())


@pytest.mark.parametrize(("behaviour", "reason"), SPOILT.items())
def test_whatever_the_model_does_a_draft_comes_out_and_says_why(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path, behaviour: str, reason: str
) -> None:
    model.then(*[behaviour] * 12)
    draft = drafter(model, encoder, tmp_path).draft(REQUEST)
    assert [line.partition(":")[0] for line in draft.degraded] == list(IN_THE_DRAFT)
    assert all(reason in line for line in draft.degraded)
    assert draft.questions
    assert draft.size.total.high > 0
    assert draft.answer.sentence


@pytest.mark.parametrize("behaviour", USABLE)
def test_what_can_be_used_is_used(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path, behaviour: str
) -> None:
    model.then(*[behaviour] * 8)
    draft = drafter(model, encoder, tmp_path, model_timeout_s=30.0).draft(REQUEST)
    assert draft.degraded == ()
    assert 0 < len(draft.questions) <= 5
    for question in draft.questions:
        assert question.quote in REQUEST.text()
        assert question.question.count("?") <= 1 or question.origin != "model"
    assert "evil.example" not in draft.model_dump_json()


def test_only_the_step_that_fails_falls_back(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    model.then("good", "cut", "prose", "good", "refused")
    draft = drafter(model, encoder, tmp_path, model_timeout_s=30.0).draft(REQUEST)
    assert [line.partition(":")[0] for line in draft.degraded] == ["find_gaps", "propose"]


def test_a_long_run_without_a_service_keeps_to_the_budget_too(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    prices = {"model_price_in": 1000.0, "model_price_out": 1000.0, "model_daily_budget_usd": 1.0}
    desk = drafter(model, encoder, tmp_path, model_timeout_s=30.0, **prices)
    first = desk.draft(REQUEST)
    asked = len(model.seen)
    second = desk.draft(REQUEST.model_copy(update={"id": "r-2"}))
    assert first.cost > 1.0
    assert len(model.seen) == asked
    assert all("budget of 1 US dollars is used up" in line for line in second.degraded)
    assert len(second.degraded) == len(IN_THE_DRAFT)


def test_nothing_of_a_past_request_that_was_not_retrieved_reaches_the_model(
    model: LoopbackModel, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    """The whole pipeline over a history of which every text carries the mark of its request."""
    history = tuple(_marked(n, wish) for n, wish in enumerate(WISHES))
    own = through(model, tmp_path, model_timeout_s=30.0)
    draft = OneOff(own, encoder, Knowledge(history=history)).draft(REQUEST)
    assert draft.degraded == ()
    retrieved = {similar.past.id for similar in draft.evidence.precedents}
    assert 0 < len(retrieved) < len(history)

    told = "\n".join(seen.user for seen in model.seen)
    assert len(model.seen) == len(STEPS)
    assert all(f"MARK{similar.past.id}" in told for similar in draft.evidence.similar)
    for past in history:
        assert (f"MARK{past.id}" in told) <= (past.id in retrieved)
        assert past.customer not in told


WISHES = (
    "Managers should approve job reports before the invoice is made",
    "Team leads should release time sheets before payroll",
    "Export the customer list to a spreadsheet",
    "A reminder to the planner one day before a visit",
    "Sign in with the company account for everybody",
    "A second logo on the login page in dark blue",
    "Payment by direct debit for subscriptions in Norway",
    "Translate the mobile app into Finnish",
    "Import stock levels from the warehouse every night",
    "Show the weather on the map of the depot",
    "Merge two contacts that are the same person",
    "A chart of the monthly fuel consumption",
    "Photos of the meter should be attached on the phone",
    "Delete the accounts of people who have left",
)


def _marked(number: int, wish: str) -> PastRequest:
    mark = f"MARKold-{number:02}"
    return PastRequest(
        id=f"old-{number:02}",
        opened="2025-01-10",
        closed="2025-03-01",
        customer=f"Quillon{number} Holdings",
        subject=f"{wish} {mark}",
        body=f"Hello,\n\n{wish}, please. {mark}\n\nRegards\nQuillon{number} Holdings",
        size_days=5.0,
        outcome=f"Shipped. {mark}",
        surprises=(
            Surprise(category=Category.AUDIT, question=f"Is it recorded who did it? {mark}", evidence=mark),
        ),
    )
