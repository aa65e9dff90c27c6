"""The measures of a ranked list against what should be found, and a ratio with its interval.

hit@k     1 when one of the first k is relevant
recall@k  share of the relevant among the first k
MRR@k     1 / place of the first relevant one, 0 beyond place k
nDCG@k    sum of 1 / log2(1 + place) over the relevant among the first k, by the best possible such sum
          (Järvelin and Kekäläinen 2002, relevance 0 or 1)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from evals.intervals import RESAMPLES, SEED, Estimate

K = 10
HEADLINE = "nDCG@10"


def scores(ranked: Sequence[str], relevant: Collection[str]) -> dict[str, float]:
    """Every measure of one query, 0..1. `relevant` must not be empty."""
    places = [place for place, id_ in enumerate(ranked[:K], start=1) if id_ in relevant]
    best = sum(1 / math.log2(1 + place) for place in range(1, min(K, len(relevant)) + 1))
    return {
        "hit@5": float(any(place <= 5 for place in places)),
        "hit@10": float(bool(places)),
        "recall@10": len(places) / len(relevant),
        "MRR@10": 1 / places[0] if places else 0.0,
        "nDCG@10": sum(1 / math.log2(1 + place) for place in places) / best,
    }


def ratio_of_means(
    ours: Sequence[Mapping[str, float]], theirs: Sequence[Mapping[str, float]], measure: str = HEADLINE
) -> Estimate | None:
    """Our mean by theirs, over the same queries in the same order, resampled together; None when theirs
    is 0."""
    our, their = (np.array([each[measure] for each in side]) for side in (ours, theirs))
    if not their.sum():
        return None
    drawn = _draws(len(our))
    below = drawn @ their
    resampled = np.divide(drawn @ our, below, out=np.full(len(below), np.nan), where=below > 0)
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return Estimate(float(our.sum() / their.sum()), float(low), float(high), len(our))


def _draws(queries: int) -> np.ndarray:
    """How often each query is drawn, shape (RESAMPLES, queries)."""
    generator = np.random.default_rng(SEED)
    drawn: np.ndarray = generator.multinomial(queries, np.full(queries, 1 / queries), size=RESAMPLES)
    return drawn
