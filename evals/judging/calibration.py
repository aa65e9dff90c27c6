"""Trains the matcher on drafts that somebody read, and says what it is worth on what it has not seen.

Whole repositories are held out together, so all drafts of a case are, too. Drafts of another author
(`--also`) are never trained on; they show whether the matcher carries over. Those that ship in
`evals/data/judged_catalogue.jsonl` are of the catalogue analyst, read by a machine that knew whose they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evals.judging.judged import Item
from evals.judging.matcher import Agreement, Trained
from evals.judging.pair_features import FEATURES, Rarity, features
from triage.retrieval.embed import SentenceEncoder

FOLDS = 10
REPEATS = 5  # other divisions into folds; what is printed is the mean over them
STRENGTH = 0.1  # inverse of the penalty on standardised features


@dataclass(frozen=True)
class _Fit:
    """A trained regression; `mean` and `scale` standardise the features."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float
    threshold: float

    def probability(self, rows: np.ndarray) -> float:
        """Of the best question of one item; 0 without questions."""
        if not len(rows):
            return 0.0
        logits = (rows - self.mean) / self.scale @ self.weights + self.intercept
        return float(1 / (1 + np.exp(-logits.max())))


def train(items: Sequence[Item]) -> Trained:
    """Fit on all items; what it is worth comes from cross-validation."""
    rarity = _rarity(items)
    fit = _fit(items, [_rows(item, rarity) for item in items])
    return Trained(
        encoder=_encoder().name,
        features=FEATURES,
        mean=_rounded(fit.mean),
        scale=_rounded(fit.scale),
        weights=_rounded(fit.weights),
        intercept=round(fit.intercept, 6),
        threshold=round(fit.threshold, 6),
        cases=len({item.case.id for item in items}),
        items=len(items),
        hits=sum(item.hit for item in items),
        held_out=cross_validate(items)[0],
        documents=rarity.documents,
        words=dict(sorted(rarity.counts.items())),
    )


def cross_validate(items: Sequence[Item], others: Sequence[Item] = ()) -> tuple[Agreement, Agreement | None]:
    """Agreement on held-out repositories, for `items` and, by the same models, for `others` of those
    repositories."""
    found: list[Agreement] = []
    carried: list[Agreement] = []
    for repeat in range(REPEATS):
        own, foreign = _one_division(items, others, repeat)
        found.append(own)
        if foreign:
            carried.append(foreign)
    return _mean(found), _mean(carried) if carried else None


def report(items: Sequence[Item], others: Sequence[Item]) -> str:
    """Agreement in words, for the terminal and the README."""
    own, carried = cross_validate(items, others)
    lines = [_sentence("held-out repositories", own)]
    if carried:
        lines.append(_sentence("drafts of the other author", carried))
    return "\n".join(lines)


def _one_division(
    items: Sequence[Item], others: Sequence[Item], repeat: int
) -> tuple[Agreement, Agreement | None]:
    fold_of = _folds(items, repeat)
    own: list[_Judgement] = []
    foreign: list[_Judgement] = []
    for fold in range(FOLDS):
        seen = [item for item in items if fold_of[item.case.repository] != fold]
        rarity = _rarity(seen)
        fit = _fit(seen, [_rows(item, rarity) for item in seen])
        for pool, judged in ((items, own), (others, foreign)):
            for item in pool:
                if fold_of.get(item.case.repository) == fold:
                    probability = fit.probability(_rows(item, rarity))
                    judged.append(_Judgement(item.hit, probability, probability >= fit.threshold))
    return _agreement(own), _agreement(foreign) if foreign else None


@dataclass(frozen=True)
class _Judgement:
    hit: bool
    probability: float
    called: bool


def _fit(items: Sequence[Item], rows: Sequence[np.ndarray]) -> _Fit:
    """Question by question, then the best question's logit once more against the items."""
    from sklearn.linear_model import LogisticRegression

    taught = [
        (row, place == item.by)
        for item, table in zip(items, rows, strict=True)
        for place, row in enumerate(table)
        if item.by is None
        or place == item.by  # beside a hit another question may hit too: it teaches nothing
    ]
    table = np.array([row for row, _ in taught])
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-9
    first = LogisticRegression(C=STRENGTH).fit((table - mean) / scale, [hit for _, hit in taught])
    weights, intercept = first.coef_[0], float(first.intercept_[0])
    asked = [place for place, each in enumerate(rows) if len(each)]
    best = np.array([((rows[i] - mean) / scale @ weights + intercept).max() for i in asked])
    hits = np.array([items[i].hit for i in asked])
    second = LogisticRegression(C=10.0).fit(best[:, None], hits)
    slope = float(second.coef_[0, 0])
    weights, intercept = weights * slope, intercept * slope + float(second.intercept_[0])
    threshold = _unbiased(1 / (1 + np.exp(-(best * slope + float(second.intercept_[0])))), int(hits.sum()))
    return _Fit(mean, scale, weights, intercept, threshold)


def _unbiased(probabilities: np.ndarray, hits: int) -> float:
    """The threshold above which as many items lie as were hits: the share has no bias in training."""
    ranked = np.sort(probabilities)[::-1]
    return float((ranked[hits - 1] + ranked[min(hits, len(ranked) - 1)]) / 2)


def _folds(items: Sequence[Item], repeat: int) -> dict[str, int]:
    repositories = sorted({item.case.repository for item in items})
    np.random.default_rng(repeat).shuffle(repositories)
    return {repository: place % FOLDS for place, repository in enumerate(repositories)}


def _agreement(judged: Sequence[_Judgement]) -> Agreement:
    hit = np.array([one.hit for one in judged])
    called = np.array([one.called for one in judged])
    agree = float((hit == called).mean())
    chance = float(hit.mean() * called.mean() + (1 - hit.mean()) * (1 - called.mean()))
    expected = float(np.mean([one.probability for one in judged]))
    return Agreement(
        items=len(judged),
        read_share=float(hit.mean()),
        kappa=(agree - chance) / (1 - chance) if chance < 1 else 1.0,
        accuracy=agree,
        hard_bias=float(called.mean() - hit.mean()),
        expected_bias=expected - float(hit.mean()),
    )


def _mean(found: Sequence[Agreement]) -> Agreement:
    def over(name: str) -> float:
        return round(float(np.mean([getattr(one, name) for one in found])), 4)

    names = ("read_share", "kappa", "accuracy", "hard_bias", "expected_bias")
    return Agreement(items=found[0].items, **{name: over(name) for name in names})


def _rarity(items: Sequence[Item]) -> Rarity:
    hidden = {f"{item.hidden.question} {item.hidden.evidence}" for item in items}
    asked = {one.question for item in items for one in item.asked}
    return Rarity.of(sorted(hidden | asked))


def _rows(item: Item, rarity: Rarity) -> np.ndarray:
    return features(_encoder(), rarity, item.case.request.ask_text(), item.hidden, item.asked)


@lru_cache(maxsize=1)
def _encoder() -> SentenceEncoder:
    return SentenceEncoder()


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def _sentence(what: str, found: Agreement) -> str:
    return (
        f"{what}: {found.items} items, read as asked {found.read_share:.3f}; kappa {found.kappa:.3f}, "
        f"accuracy {found.accuracy:.3f}, bias of the share {found.hard_bias:+.3f} by threshold, "
        f"{found.expected_bias:+.3f} by mean probability"
    )
