from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.fakes import question
from triage.analysts.weights import load_weights
from triage.domain import Citation, Draft, EvidenceKind, QuestionState
from triage.retrieval.learning import ENOUGH, JudgedList, fit_weights, judgements, learned
from triage.retrieval.search import WEIGHTS
from triage.retrieval.signs import SIGNS, UNKNOWN

SHIPPED = load_weights(WEIGHTS)
WORDS, AREA = SIGNS.index("words"), SIGNS.index("area")


def lists(number: int, by: Sequence[float], seed: int = 0) -> list[JudgedList]:
    """Lists of eight of which a person keeps the three highest by weights `by`, more or less."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        signs = generator.random((8, len(SIGNS)))
        taste = signs @ np.asarray(by) + generator.logistic(size=8)
        made.append(JudgedList(signs, taste >= np.sort(taste)[-3]))
    return made


def taste(**weights: float) -> list[float]:
    return [weights.get(sign, 0.0) for sign in SIGNS]


def moved(after: Sequence[float]) -> float:
    return float(np.abs(np.asarray(after) - SHIPPED.weights).sum())


def test_finds_the_weights_that_made_the_choices() -> None:
    made = lists(2_000, taste(words=4.0, area=2.0))
    weights = fit_weights(made, np.zeros(len(SIGNS)), prior=1.0)
    assert weights[WORDS] / weights[AREA] == pytest.approx(2.0, rel=0.15)
    rest = np.delete(weights, [WORDS, AREA])
    assert np.abs(rest).max() < 0.3 * weights[AREA]


def test_too_little_changes_nothing() -> None:
    assert learned(SHIPPED, []) is SHIPPED
    assert learned(SHIPPED, lists(ENOUGH - 1, taste(area=5.0))) is SHIPPED
    nothing_dropped = [JudgedList(np.ones((3, len(SIGNS))), np.ones(3, bool))] * 50
    assert learned(SHIPPED, nothing_dropped) is SHIPPED


def test_little_moves_little_and_much_moves_more() -> None:
    some, many = (learned(SHIPPED, lists(n, taste(area=6.0))).weights for n in (ENOUGH, 400))
    assert 0 < moved(some) < 0.5 * moved(many)
    assert SHIPPED.weights[AREA] < some[AREA] < many[AREA]


def test_no_sign_turns_round() -> None:
    weights = learned(SHIPPED, lists(800, taste(full=-8.0, words=-8.0))).weights
    assert all(after * before >= 0 for after, before in zip(weights, SHIPPED.weights, strict=True))


def test_stricter_reviewers_lower_the_intercept() -> None:
    made = lists(60, SHIPPED.weights)
    strict = [JudgedList(each.signs, each.kept & (np.arange(8) < 2)) for each in made]
    assert learned(SHIPPED, strict).intercept < learned(SHIPPED, made).intercept


def test_says_what_it_was_learned_from() -> None:
    model = learned(SHIPPED, lists(30, SHIPPED.weights))
    assert model.features == SIGNS
    assert model.trained_on.endswith("; then 30 lists judged here")


@pytest.mark.parametrize("number", [1, 2, 200])
def test_odd_lists_do_no_harm(number: int) -> None:
    same = JudgedList(np.tile([UNKNOWN.get(sign, 0.5) for sign in SIGNS], (4, 1)), np.array([1, 0, 0, 1]) > 0)
    far = JudgedList(np.full((2, len(SIGNS)), 1e6), np.array([True, False]))
    weights = fit_weights([same, far] * number, np.asarray(SHIPPED.weights), prior=30.0)
    assert weights == pytest.approx(SHIPPED.weights)


def cited(state: QuestionState, *ids: str) -> object:
    evidence = tuple(Citation(kind=EvidenceKind.PAST, id=id_) for id_ in ids)
    note = Citation(kind=EvidenceKind.NOTE, id="n.md#x")
    return question(state=state, evidence=(*evidence, note))


def test_a_past_request_is_kept_with_a_question_that_cites_it() -> None:
    draft = Draft(
        request_id="r",
        questions=(
            cited(QuestionState.ACCEPTED, "p-1"),
            cited(QuestionState.DROPPED, "p-1", "p-2"),
            cited(QuestionState.PROPOSED, "p-3"),
        ),
        folded=(cited(QuestionState.ANSWERED, "p-4"),),
    )
    assert judgements(draft) == {"p-1": True, "p-2": False, "p-4": True}
