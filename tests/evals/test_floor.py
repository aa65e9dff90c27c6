"""The default analyst on a third of the shipped cases: it must not fall below what it once reached.

Raise a floor when the analyst has got better; lower one only with a reason in the commit message.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from evals.cases import read_cases
from evals.metrics import summarise
from evals.running.solving import Solved, solve
from evals.scoring.scored import Material
from evals.suites import answers, grounding, hidden_work, suite_named
from triage.oneoff import OneOff
from triage.retrieval.embed import SentenceEncoder
from triage.settings import load_settings

pytestmark = pytest.mark.model

CASES = Path(__file__).parents[2] / "evals" / "data" / "cases.jsonl"
EVERY = 3
FLOORS: Mapping[str, Mapping[str, float]] = {  # reached on 2026-11-20, less a little for rounding
    "hidden-work": {
        "very_thing_expected@5": 0.12,
        "recall@3": 0.28,
        "recall@5": 0.32,
        "size_within_one": 0.75,
    },
    "answers": {
        "rules_met": 1.0,
        "promises_literal": 1.0,
        "promises_found": 0.33,
        "narrowing": 1.0,
        "sentence_complete": 1.0,
    },
    "grounding": {"grounded": 1.0, "quotes_literal": 1.0},
}
CEILINGS: Mapping[str, Mapping[str, float]] = {
    "hidden-work": {"irrelevant_share": 0.05, "questions_on_small": 0.5},
    "answers": {"left_to_fill": 0.2, "reading_age": 12.0},
    "grounding": {"taken_out": 0.0},
}
SCORERS = {
    "hidden-work": hidden_work.open_scorer,
    "answers": answers.open_scorer,
    "grounding": grounding.open_scorer,
}


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def solved(encoder: SentenceEncoder) -> list[Solved]:
    cases = read_cases(CASES).cases[::EVERY]
    return list(solve(OneOff(load_settings(analyst="catalogue"), encoder), cases, grows=False))


@pytest.mark.parametrize("name", SCORERS)
def test_no_figure_is_worse_than_it_was(name: str, encoder: SentenceEncoder, solved: list[Solved]) -> None:
    scorer = SCORERS[name](Material([one.case for one in solved], encoder))
    found = summarise([scorer.score(one).scores for one in solved], suite_named(name).measures)
    fallen = {m: found[m].value for m, floor in FLOORS[name].items() if found[m].value < floor - 1e-4}
    risen = {m: found[m].value for m, most in CEILINGS[name].items() if found[m].value > most + 1e-4}
    assert (fallen, risen) == ({}, {})
