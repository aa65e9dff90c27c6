"""Fits the models of `knowledge/weights/` on labelled requests; run by hand, never at start.

    python -m evals.learning.training --cases FILE… [--labels evals/data/kind_labels.json]

Every figure it prints is held out: all requests of one repository are predicted by models that have seen
none of them. What ships is then fitted on all.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from evals.learning.learner import LABELS, Learned, Learner, read_labelled
from triage.analysts.weights import Logistic
from triage.catalogue import load_catalogue
from triage.content import content_dir
from triage.retrieval.embed import SentenceEncoder


def main() -> None:
    """Train the models, print how they do on held-out repositories, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=Path, default=LABELS)
    arguments = parser.parse_args()

    labels = json.loads(arguments.labels.read_text(encoding="utf-8"))
    learner = Learner(load_catalogue(), SentenceEncoder(), read_labelled(arguments.cases, labels))
    told = held_out(learner)
    for name, model in learner.learn(np.ones(len(learner.cases), bool)).by_name().items():
        _write(name, model, told[name])


def held_out(learner: Learner) -> dict[str, str]:
    """For each model one line on how it does on repositories it has not seen."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    kinds, irrelevant = np.zeros(learner.asked.shape), np.zeros(learner.irrelevant.shape)
    small = np.zeros(len(learner.cases))
    for test, learned in by_repository(learner):
        predicted = learner.predict(learned, test)
        kinds[test], small[test], irrelevant[test] = predicted.kinds, predicted.small, predicted.irrelevant
    first = learner.primary[np.arange(len(kinds)), kinds.argmax(axis=1)].mean()
    precision = average_precision_score(learner.asked.ravel(), kinds.ravel())
    cases = f"{len(learner.cases)} requests; held out by repository: "
    return {
        "kinds": f"{cases}average precision {precision:.2f}, first kind right {first:.2f}",
        "small": f"{cases}area under the curve {roc_auc_score(learner.small, small):.2f}",
        "irrelevant": cases
        + f"area under the curve {roc_auc_score(learner.irrelevant.ravel(), irrelevant.ravel()):.2f}",
    }


def by_repository(learner: Learner) -> list[tuple[np.ndarray, Learned]]:
    """For each repository the mask of its cases, and models that have seen none of them."""
    tests = [learner.repositories == name for name in sorted(set(learner.repositories))]
    return [(test, learner.learn(~test)) for test in tests]


def _write(name: str, model: Logistic, told: str) -> None:
    path = content_dir("knowledge") / "weights" / f"{name}.json"
    named = model.model_copy(update={"trained_on": told})
    path.write_text(json.dumps(named.model_dump(), indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {told}")
    print("   " + ", ".join(f"{f} {w:+.2f}" for f, w in zip(model.features, model.weights, strict=True)))


if __name__ == "__main__":
    main()
