"""The learned weights: fitted as told, read as shipped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evals.training import fit, read_labelled
from triage.analysts.kinds import FEATURES
from triage.analysts.reading import SMALL_FEATURES
from triage.analysts.weights import Logistic, load_weights
from triage.catalogue import load_catalogue


def test_shipped_weights_fit_the_features_the_code_computes() -> None:
    assert load_weights("kinds").features == FEATURES
    assert load_weights("small").features == SMALL_FEATURES
    assert "held out by repository" in load_weights("kinds").trained_on


def test_a_cue_speaks_for_a_kind_and_length_against_smallness() -> None:
    kinds, small = load_weights("kinds"), load_weights("small")
    assert kinds.weights[FEATURES.index("cue_body")] > 0
    assert small.weights[SMALL_FEATURES.index("log_words")] < 0
    assert small.weights[SMALL_FEATURES.index("other_kind")] < 0


def test_probabilities_are_those_of_the_formula() -> None:
    model = Logistic(features=("a", "b"), weights=(1.0, -2.0), intercept=0.5)
    (probability,) = model.probabilities(np.array([[3.0, 1.0]]))
    assert probability == pytest.approx(1 / (1 + np.exp(-1.5)))


@pytest.mark.parametrize("flat", [False, True])
def test_a_fit_separates_what_can_be_separated(flat: bool) -> None:
    rows = np.array([[x, 100 - x] for x in range(40)], dtype=float)
    wanted = rows[:, 0] > 20
    probabilities = fit(rows, wanted, 1.0, flat=flat).probabilities(rows)
    assert ((probabilities > 0.5) == wanted).mean() > 0.95


def test_cases_without_a_label_are_left_out_and_repositories_are_told_apart(tmp_path: Path) -> None:
    asked = {"subject": "s", "body": "b", "from_role": "customer"}
    cases = [
        {"id": "a-1", "source": "github:x/a#1", "request": asked, "hidden_work": []},
        {"id": "a-2", "source": "github:x/a#2", "request": asked, "hidden_work": []},
        {"id": "b-1", "source": "github:x/b#1", "request": asked, "hidden_work": [{"category": "audit"}]},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    labels = {name: {"primary": ["export"], "secondary": []} for name in ("a-1", "b-1")}
    first, second = read_labelled([path], labels)
    assert (first.repository, first.small) == ("github:x/a", True)
    assert (second.repository, second.small) == ("github:x/b", False)


def test_every_labelled_kind_is_in_the_catalogue(root: Path) -> None:
    labels = json.loads((root / "evals" / "data" / "kind_labels.json").read_text(encoding="utf-8"))
    named = {kind for label in labels.values() for kind in (*label["primary"], *label["secondary"])}
    assert len(labels) > 50
    assert named <= set(load_catalogue().kinds)
