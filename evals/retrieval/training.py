"""Fits the shipped weights of likeness, `knowledge/weights/similar.json`; run by hand, never at start.

    python -m evals.retrieval.training --docs FILE… --qrels FILE… --out FOLDER

Only queries of the split `dev` are used, each seeing only what is earlier, each collection counting the
same. How the weights do on a collection that they were not fitted on is printed beside. What a public
collection does not know, same customer and shared kinds of change, is set by hand, and so is the level from
which two requests are comparable (`EDGE`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from evals.retrieval.data import read_collection
from evals.retrieval.measures import HEADLINE, scores
from evals.retrieval.replay import Replay, encode_collection
from triage.analysts.weights import Logistic
from triage.content import content_dir
from triage.domain import Reading
from triage.retrieval.embed import SentenceEncoder
from triage.retrieval.learning import JudgedList, as_logistic, fit_weights
from triage.retrieval.search import WEIGHTS
from triage.retrieval.signs import SIGNS, UNKNOWN, Facts, facts_of

SPLIT = "dev"
PRIOR = 1.0  # lists that zero counts as: enough to keep the fit finite
DIGITS = 2  # more would pretend to a precision that the data do not have
BY_HAND = {"customer": 0.4, "kinds": 3.0}
# Two requests that a person just calls comparable, judged on the sample company: half probability.
EDGE = {"full": 0.34, "title": 0.14, "words": 0.12, **UNKNOWN}


@dataclass(frozen=True)
class Lists:
    """The judged lists of one collection: with facts, with text only, and what vectors alone score."""

    name: str
    full: list[JudgedList]
    text: list[JudgedList]
    missed: list[int]  # relevant documents that are no candidate, by list
    dense: float


def main() -> None:
    """Fit, print, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--docs", type=Path, nargs="+", required=True)
    parser.add_argument("--qrels", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="Folder in which vectors are kept.")
    arguments = parser.parse_args()
    console, encoder = Console(), SentenceEncoder()
    arguments.out.mkdir(parents=True, exist_ok=True)
    pairs = zip(arguments.docs, arguments.qrels, strict=True)
    collections = [judged(docs, qrels, encoder, arguments.out) for docs, qrels in pairs]
    _tell_held_out(collections, console)
    weights = fitted(collections)
    told = _told(collections, weights)
    path = content_dir("knowledge") / "weights" / f"{WEIGHTS}.json"
    model = shipped(weights, told)
    path.write_text(json.dumps(model.model_dump(), indent=2) + "\n", encoding="utf-8")
    console.print(told, dict(zip(model.features, model.weights, strict=True)), model.intercept)
    _tell_spread(collections, console)


def judged(docs: Path, qrels: Path, encoder: SentenceEncoder, cache: Path) -> Lists:
    """Replay the queries of `dev` and keep the signs of their candidates."""
    collection = read_collection(docs, qrels)
    vectors = encode_collection(collection, encoder, cache)
    full, text, missed, dense = [], [], [], []
    with Replay(collection, vectors) as replay:
        for asked in replay.ask(SPLIT):
            relevant = collection.relevant[asked.report.id]
            items = asked.found.items
            kept = np.array([past.id in relevant for past in items], dtype=bool)
            facts = [facts_of(asked.report.request(), Reading(), past) for past in items]
            full.append(JudgedList(replay.search.signs_of(asked.query, asked.found, facts), kept))
            unknown = [Facts()] * len(items)
            text.append(JudgedList(replay.search.signs_of(asked.query, asked.found, unknown), kept))
            missed.append(len(relevant) - int(kept.sum()))
            whole, _ = replay.search.collections
            hits = replay.index.query(whole, asked.query.full, 10)
            dense.append(scores([hit.id for hit in hits], relevant)[HEADLINE])
    return Lists(collection.name, full, text, missed, float(np.mean(dense)))


def fitted(collections: Sequence[Lists]) -> np.ndarray:
    """One weight for each sign: with what the trackers know, and again with text only."""
    lists = [
        JudgedList(each.signs, each.kept, 500 / len(one.full))
        for one in collections
        for each in (*one.full, *one.text)
    ]
    before = np.array([BY_HAND.get(sign, 0.0) for sign in SIGNS])
    weights: np.ndarray = np.round(fit_weights(lists, before, PRIOR), DIGITS)
    return weights


def shipped(weights: np.ndarray, told: str) -> Logistic:
    """The model, its intercept such that `EDGE` is at one half."""
    return as_logistic(weights, -float(weights @ np.array([EDGE[sign] for sign in SIGNS])), told)


def quality(lists: Sequence[JudgedList], missed: Sequence[int], weights: np.ndarray) -> float:
    """Mean nDCG@10 of ranking by these weights."""
    found = []
    for each, lost in zip(lists, missed, strict=True):
        order = np.argsort(-(each.signs @ weights), kind="stable")
        relevant = {str(place) for place in np.flatnonzero(each.kept)} | {f"lost {n}" for n in range(lost)}
        found.append(scores([str(place) for place in order], relevant)[HEADLINE])
    return float(np.mean(found))


def _tell_held_out(collections: Sequence[Lists], console: Console) -> None:
    for one in collections:
        rest = [other for other in collections if other is not one]
        if rest:
            console.print(f"fitted without it, {_gains(one, fitted(rest))}")


def _told(collections: Sequence[Lists], weights: np.ndarray) -> str:
    gains = "; ".join(_gains(one, weights) for one in collections)
    return f"queries of the split dev: {gains} (nDCG@10 by vectors alone); customer and kinds by hand"


def _gains(one: Lists, weights: np.ndarray) -> str:
    text = quality(one.text, one.missed, weights) / one.dense
    full = quality(one.full, one.missed, weights) / one.dense
    return f"{one.name} {text:.3f} with text only, {full:.3f} with age and area"


def _tell_spread(collections: Sequence[Lists], console: Console) -> None:
    """The figures of `learning.SPREAD`: how far a sign spreads within a list."""
    within: np.ndarray = np.mean([each.signs.std(axis=0) for one in collections for each in one.full], axis=0)
    console.print("spread", dict(zip(SIGNS, np.round(within, 3).tolist(), strict=True)))


if __name__ == "__main__":
    main()
