"""The learned weights that ship, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evals.learning.learner import Learner, read_labelled
from evals.learning.training import by_repository, held_out
from tests.evals.labelled import REPOSITORIES, labels, small_catalogue, write_cases
from tests.fakes import WordEncoder
from triage.analysts.kinds import FEATURES
from triage.analysts.reading import SMALL_FEATURES
from triage.analysts.relevance import RELEVANCE_FEATURES
from triage.analysts.weights import load_weights
from triage.catalogue import load_catalogue


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    known = read_labelled([write_cases(tmp_path / "cases.jsonl")], labels())
    return Learner(small_catalogue(), WordEncoder(), known)


@pytest.mark.parametrize(
    ("name", "features"),
    [("kinds", FEATURES), ("small", SMALL_FEATURES), ("irrelevant", RELEVANCE_FEATURES)],
)
def test_shipped_weights_fit_the_features_the_code_computes(name: str, features: tuple[str, ...]) -> None:
    shipped = load_weights(name)
    assert shipped.features == features
    assert len(shipped.weights) == len(features)
    assert "held out by repository" in shipped.trained_on


def test_shipped_weights_pull_where_one_would_expect() -> None:
    kinds, small, irrelevant = (load_weights(name) for name in ("kinds", "small", "irrelevant"))
    assert kinds.weights[FEATURES.index("cue_body")] > 0
    assert small.weights[SMALL_FEATURES.index("small_kind")] > 0
    assert small.weights[SMALL_FEATURES.index("other_kinds")] < 0
    assert small.weights[SMALL_FEATURES.index("log_words")] < 0
    assert irrelevant.weights[RELEVANCE_FEATURES.index("surfacing")] < 0
    assert irrelevant.weights[RELEVANCE_FEATURES.index("mentions")] < 0
    assert irrelevant.weights[RELEVANCE_FEATURES.index("smallness")] > 0


def test_every_repository_is_held_out_once(learner: Learner) -> None:
    pairs = by_repository(learner)
    assert len(pairs) == len(REPOSITORIES)
    assert (np.sum([test for test, _ in pairs], axis=0) == 1).all()
    test, learned = pairs[0]
    assert learned == learner.learn(~test)


def test_each_model_is_told_by_how_it_did_on_repositories_it_had_not_seen(learner: Learner) -> None:
    told = held_out(learner)
    assert set(told) == {"kinds", "small", "irrelevant"}
    assert all(line.startswith("12 requests; held out by repository: ") for line in told.values())
    assert told["kinds"].endswith("first kind right 1.00")  # each names its kind


def test_every_labelled_kind_is_in_the_catalogue(root: Path) -> None:
    known = json.loads((root / "evals" / "data" / "kind_labels.json").read_text(encoding="utf-8"))
    named = {kind for label in known.values() for kind in (*label["primary"], *label["secondary"])}
    assert len(known) > 50
    assert named <= set(load_catalogue().kinds)
