"""Fits the small logistic models of `knowledge/weights/` on labelled requests; run by hand, never at start.

    python -m evals.training --cases FILE… [--labels evals/data/kind_labels.json]

`kinds`: probability that a kind of change is asked for, from the signs of `triage.analysts.kinds`; labels
are kinds per request, made by reading the request alone. `small`: probability that nothing is hidden.
Every figure it prints is held out: all requests of one repository are predicted by a model that has
seen none of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from triage.analysts.kinds import FEATURES, KindDetector
from triage.analysts.reading import SMALL_FEATURES, small_signs
from triage.analysts.vectors import CatalogueVectors
from triage.analysts.weights import Logistic
from triage.catalogue import Catalogue, load_catalogue
from triage.content import content_dir
from triage.domain import KindFound, Request
from triage.retrieval.embed import SentenceEncoder

PRIMARY_WEIGHT = 2.0  # a primary label counts twice
STRENGTH_KINDS = 0.1  # inverse of the penalty; chosen on held-out average precision
STRENGTH_SMALL = 1.0  # on raw features: keeps the length of a mail from deciding alone


@dataclass(frozen=True)
class Labelled:
    """One request with what is known of it."""

    request: Request
    repository: str
    primary: frozenset[str]
    secondary: frozenset[str]
    small: bool


def main() -> None:
    """Train both models, print how they do on held-out repositories, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=Path, default=Path(__file__).parent / "data" / "kind_labels.json")
    arguments = parser.parse_args()

    encoder, catalogue = SentenceEncoder(), load_catalogue()
    detector = KindDetector(catalogue, encoder, CatalogueVectors(encoder))
    cases = read_labelled(arguments.cases, json.loads(arguments.labels.read_text(encoding="utf-8")))
    scores = _train_kinds(catalogue, detector, cases)
    _train_small(catalogue, cases, scores)


def read_labelled(paths: Sequence[Path], labels: dict[str, Any]) -> list[Labelled]:
    """Cases that have labels, in the order of the files."""
    found = []
    for line in (
        line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ):
        case = json.loads(line)
        if case["id"] not in labels:
            continue
        asked, label = case["request"], labels[case["id"]]
        request = Request(
            id=case["id"], subject=asked["subject"], body=asked["body"], from_role=asked["from_role"]
        )
        repository = case.get("source", case["id"]).split("#")[0]
        primary, secondary = frozenset(label["primary"]), frozenset(label["secondary"])
        found.append(Labelled(request, repository, primary, secondary, not case["hidden_work"]))
    return found


def _train_kinds(catalogue: Catalogue, detector: KindDetector, cases: list[Labelled]) -> np.ndarray:
    """Returns the held-out probabilities, shape (cases, kinds)."""
    from sklearn.metrics import average_precision_score

    ids = list(catalogue.kinds)
    signs = [detector.signs(case.request) for case in cases]
    rows = np.stack([sign.rows for sign in signs if sign is not None])
    wanted = np.array([[kind in case.primary | case.secondary for kind in ids] for case in cases])
    weights = np.array([[PRIMARY_WEIGHT if kind in case.primary else 1.0 for kind in ids] for case in cases])
    held_out = np.zeros(wanted.shape)
    for test in _folds(cases):
        model = fit(
            rows[~test].reshape(-1, len(FEATURES)),
            wanted[~test].ravel(),
            STRENGTH_KINDS,
            weights[~test].ravel(),
        )
        held_out[test] = [model.probabilities(case) for case in rows[test]]
    primary = np.array([[kind in case.primary for kind in ids] for case in cases])
    precision = average_precision_score(wanted.ravel(), held_out.ravel())
    first = float(np.mean([primary[i, held_out[i].argmax()] for i in range(len(cases))]))
    told = f"{len(cases)} requests; held out by repository: average precision {precision:.2f}, "
    told += f"first kind right {first:.2f}"
    model = fit(rows.reshape(-1, len(FEATURES)), wanted.ravel(), STRENGTH_KINDS, weights.ravel())
    _write("kinds", FEATURES, model, told)
    return held_out


def _train_small(catalogue: Catalogue, cases: list[Labelled], scores: np.ndarray) -> None:
    from sklearn.metrics import roc_auc_score

    ids = list(catalogue.kinds)
    found = [tuple(KindFound(id=k, name=k, score=s) for k, s in zip(ids, row, strict=True)) for row in scores]
    bodies = [case.request.body for case in cases]
    rows = np.array([small_signs(catalogue, k, body) for k, body in zip(found, bodies, strict=True)])
    small = np.array([case.small for case in cases])
    held_out = np.zeros(len(cases))
    for test in _folds(cases):
        held_out[test] = fit(rows[~test], small[~test], STRENGTH_SMALL, flat=True).probabilities(rows[test])
    told = f"{len(cases)} requests, {small.sum()} small; held out by repository: area under the curve "
    told += f"{roc_auc_score(small, held_out):.2f}"
    _write("small", SMALL_FEATURES, fit(rows, small, STRENGTH_SMALL, flat=True), told)


def fit(
    rows: np.ndarray,
    wanted: np.ndarray,
    strength: float,
    weights: np.ndarray | None = None,
    *,
    flat: bool = False,
) -> Logistic:
    """A logistic regression, penalised on standardised features (or on the raw ones when `flat`), told
    in terms of the raw ones."""
    from sklearn.linear_model import LogisticRegression

    mean = np.zeros(rows.shape[1]) if flat else rows.mean(axis=0)
    scale = np.ones(rows.shape[1]) if flat else np.maximum(rows.std(axis=0), 1e-9)
    model = LogisticRegression(C=strength, max_iter=3000)
    model.fit((rows - mean) / scale, wanted, sample_weight=weights)
    raw = model.coef_[0] / scale
    return Logistic(
        features=tuple(f"f{i}" for i in range(rows.shape[1])),
        weights=tuple(float(round(w, 5)) for w in raw),
        intercept=float(round(model.intercept_[0] - raw @ mean, 5)),
    )


def _folds(cases: list[Labelled]) -> list[np.ndarray]:
    repositories = np.array([case.repository for case in cases])
    return [repositories == repository for repository in sorted(set(repositories))]


def _write(name: str, features: tuple[str, ...], model: Logistic, told: str) -> None:
    named = model.model_copy(update={"features": features, "trained_on": told})
    path = content_dir("knowledge") / "weights" / f"{name}.json"
    path.write_text(json.dumps(named.model_dump(), indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {told}")
    print("   " + ", ".join(f"{f} {w:+.2f}" for f, w in zip(features, named.weights, strict=True)))


if __name__ == "__main__":
    main()
