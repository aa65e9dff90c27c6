"""Learns how the signs of likeness weigh, from lists in which a person kept some past requests and dropped
others.

Two small steps, both penalised by their distance from the weights that were there before, so that little
feedback moves little:

1. the weights, by conditional logistic regression (McFadden 1974): within one list, what was kept against
   what was not; how strict a reviewer is overall cannot disturb it,
2. the intercept, by plain logistic regression with those weights held fixed: how many are kept at all.

The penalty is that of a Gaussian prior around the earlier weights (maximum a posteriori). `evals` fits the
shipped weights with the same functions, from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.analysts.weights import Logistic
from triage.domain import Draft, EvidenceKind, QuestionState
from triage.retrieval.signs import SIGNS

if TYPE_CHECKING:
    import numpy as np

ENOUGH = 10  # lists with something kept and something dropped; below, what ships stays in force
PRIOR = 30.0  # lists that the earlier weights count as
CLOSE = 1e-8  # of the gradient
# How far each sign usually spreads among the candidates of one request, on the development data; what was
# not known there is set by hand. A weight may move by so much of its effect, not of its figure.
SPREAD = {
    "full": 0.13,
    "title": 0.14,
    "words": 0.06,
    "crowded": 0.12,
    "age": 1.1,
    "area": 0.4,
    "customer": 0.4,
    "kinds": 0.4,
}


@dataclass(frozen=True)
class JudgedList:
    """The candidates of one request: `signs` of shape (n, len(SIGNS)), `kept` booleans of shape (n,)."""

    signs: np.ndarray
    kept: np.ndarray
    weight: float = 1.0  # lists that it counts as


def judged_list(draft: Draft) -> JudgedList | None:
    """What a reviewer's decided draft says of the past requests it shows, with the signs they were found by.

    A past request is kept when a question that was accepted or answered cites it, dropped when all questions
    that cite it were dropped. Those that no decided question cites are left out: nobody has said anything
    about them. None when that leaves nothing.
    """
    import numpy as np

    signs = {
        each.past.id: each.signs for each in draft.evidence.precedents if each.signs.keys() >= set(SIGNS)
    }
    said = {id_: kept for id_, kept in judgements(draft).items() if id_ in signs}
    if not said:
        return None
    rows = np.array([[signs[id_][sign] for sign in SIGNS] for id_ in said])
    return JudgedList(rows, np.array(list(said.values()), dtype=bool))


def judgements(draft: Draft) -> dict[str, bool]:
    """Which of the cited past requests were kept (True) or dropped, by id."""
    said: dict[str, bool] = {}
    for question in (*draft.questions, *draft.folded):
        if question.state is QuestionState.PROPOSED:
            continue
        kept = question.state is not QuestionState.DROPPED
        for citation in question.evidence:
            if citation.kind is EvidenceKind.PAST:
                said[citation.id] = said.get(citation.id, False) or kept
    return said


def telling(lists: Sequence[JudgedList]) -> list[JudgedList]:
    """Those with something kept and something dropped: only they say which signs matter."""
    return [each for each in lists if each.kept.any() and not each.kept.all()]


def learned(shipped: Logistic, lists: Sequence[JudgedList]) -> Logistic:
    """`shipped`, moved by what reviewers kept; unchanged while fewer than `ENOUGH` lists tell anything.

    No sign turns round: one that reviewers contradict ends at zero.
    """
    import numpy as np

    if len(telling(lists)) < ENOUGH:
        return shipped
    weights = fit_weights(lists, np.asarray(shipped.weights), PRIOR, turning=False)
    intercept = fit_intercept(lists, weights, shipped.intercept, PRIOR)
    told = f"{shipped.trained_on}; then {len(telling(lists))} lists judged here".removeprefix("; then ")
    return as_logistic(weights, intercept, told)


def fit_weights(
    lists: Sequence[JudgedList], before: np.ndarray, prior: float, *, turning: bool = True
) -> np.ndarray:
    """Weights of shape (len(SIGNS),). A list counts the same, however many of it were kept; one that says
    nothing does not count. Unless `turning`, no weight gets another sign than it had `before`."""
    import numpy as np

    spread = np.array([SPREAD[sign] for sign in SIGNS])
    told = telling(lists)
    if not told:
        return before
    signs = np.concatenate([each.signs for each in told]) / spread
    aim = np.concatenate([each.weight * each.kept / each.kept.sum() for each in told])
    sizes = [len(each.kept) for each in told]
    starts = np.cumsum([0, *sizes[:-1]])
    weight = np.array([each.weight for each in told])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = signs @ weights
        logits -= np.repeat(np.maximum.reduceat(logits, starts), sizes)
        odds = np.exp(logits)
        sums = np.add.reduceat(odds, starts)
        likely = odds * np.repeat(weight / sums, sizes)
        return float(weight @ np.log(sums) - aim @ logits), (likely - aim) @ signs

    low, high = (np.full(len(SIGNS), bound) for bound in (-np.inf, np.inf))
    if not turning:
        low[before >= 0], high[before <= 0] = 0.0, 0.0
    lowest = _lowest(loss, before * spread, prior, list(zip(low, high, strict=True)))
    weights: np.ndarray = lowest / spread
    return weights


def fit_intercept(lists: Sequence[JudgedList], weights: np.ndarray, before: float, prior: float) -> float:
    """The intercept with which as large a share is likely as was kept, pulled towards `before`. A list counts
    the same, however long it is."""
    import numpy as np

    logits = np.concatenate([each.signs @ weights for each in lists])
    kept = np.concatenate([each.kept for each in lists]).astype(float)
    weight = np.concatenate([np.full(len(each.kept), each.weight / len(each.kept)) for each in lists])

    def loss(intercept: np.ndarray) -> tuple[float, np.ndarray]:
        at = logits + intercept
        likely = np.exp(-np.logaddexp(0.0, -at))
        value = float(weight @ (np.logaddexp(0.0, at) - kept * at))
        return value, np.array([weight @ (likely - kept)])

    return float(_lowest(loss, np.array([before]), prior)[0])


def as_logistic(weights: np.ndarray, intercept: float, told: str) -> Logistic:
    """The model as it is shipped and read."""
    return Logistic(
        features=SIGNS,
        weights=tuple(round(float(weight), 4) for weight in weights),
        intercept=round(intercept, 4),
        trained_on=told,
    )


def _lowest(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]],
    before: np.ndarray,
    prior: float,
    bounds: Sequence[tuple[float, float]] | None = None,
) -> np.ndarray:
    """Where `loss` and the penalty are lowest together; both are convex."""
    from scipy.optimize import minimize

    def penalised(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(at)
        away = at - before
        return value + prior / 2 * float(away @ away), slope + prior * away

    options = {"gtol": CLOSE, "ftol": CLOSE**2, "maxiter": 500}
    found = minimize(penalised, before, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    lowest: np.ndarray = found.x
    return lowest
