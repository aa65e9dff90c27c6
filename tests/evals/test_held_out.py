"""Drafting each case with models that have not seen its repository."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.learning.learner import Learned, Learner, read_labelled
from evals.running.held_out import HeldOutDrafter, learn_without
from tests.evals.labelled import cases, labels, small_catalogue, write_cases
from tests.evals.material import ScriptedDrafter
from tests.fakes import WordEncoder, past
from triage.analysts.reading import SMALL_FEATURES
from triage.analysts.weights import Logistic, load_weights
from triage.domain import Request
from triage.errors import BadFile, BadInput
from triage.oneoff import OneOff
from triage.settings import load_settings

EXPORT = Request(id="r-1", subject="Export", body="Could you add an export of all bookings as a file?")
EVERYTHING_IS_SMALL = Logistic(features=SMALL_FEATURES, weights=(0.0, 0.0, 0.0), intercept=9.0)


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors in a cache of this test, and the labels of the invented cases."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "labels.json").write_text(json.dumps(labels()), encoding="utf-8")
    monkeypatch.setattr("evals.running.held_out.LABELS", tmp_path / "labels.json")


def shipped() -> Learned:
    return Learned(load_weights("kinds"), load_weights("small"), load_weights("irrelevant"))


# --- drafting ------------------------------------------------------------------------------------


def test_the_graph_drafts_with_the_models_meant_for_the_request() -> None:
    """LangGraph runs its nodes in threads of its own: the weights must reach them, and no later draft."""
    drafter = OneOff(load_settings(analyst="catalogue"), WordEncoder())
    small = replace(shipped(), small=EVERYTHING_IS_SMALL)
    held_out = HeldOutDrafter(drafter, {"r-1": small, "r-2": shipped()})
    plain = drafter.draft(EXPORT)
    silenced = held_out.draft(EXPORT)
    assert plain.questions
    assert silenced.questions == ()
    assert silenced.reading.smallness > 0.99
    assert held_out.draft(EXPORT.model_copy(update={"id": "r-2"})).questions == plain.questions
    assert drafter.draft(EXPORT).questions == plain.questions


def test_past_requests_reach_the_drafter_within() -> None:
    inner = ScriptedDrafter()
    HeldOutDrafter(inner, {}).learn_past([past("a")])
    assert list(inner.known) == ["a"]


# --- learning ------------------------------------------------------------------------------------


def test_each_case_gets_the_models_of_all_other_repositories(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.jsonl")
    wanted = ["atlas-export", "atlas-merge", "delta-merge"]
    learned = learn_without(small_catalogue(), WordEncoder(), path, wanted)
    learner = Learner(small_catalogue(), WordEncoder(), read_labelled([path], labels()))
    assert list(learned) == wanted
    assert learned["atlas-export"] == learner.learn(learner.repositories != "invented:atlas")
    assert learned["delta-merge"] == learner.learn(learner.repositories != "invented:delta")
    assert learned["atlas-merge"] == learned["atlas-export"] != learned["delta-merge"]


def test_further_files_are_learned_from_but_for_the_repository_of_the_case(tmp_path: Path) -> None:
    atlas = [case for case in cases() if str(case["id"]).startswith("atlas")]
    mine = write_cases(tmp_path / "mine.jsonl", atlas[:1])
    everything = write_cases(tmp_path / "all.jsonl")
    others = write_cases(tmp_path / "others.jsonl", [case for case in cases() if case not in atlas])
    wanted = ["atlas-export"]
    beside = learn_without(small_catalogue(), WordEncoder(), mine, wanted, [others])
    own_too = learn_without(small_catalogue(), WordEncoder(), mine, wanted, [everything])
    assert beside == own_too  # what the further file holds of the case's own repository is left out


def test_a_case_whose_kinds_nobody_labelled_is_named(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.jsonl")
    with pytest.raises(BadInput, match=r"zebra-1 has none \(1 of 2\)") as error:
        learn_without(small_catalogue(), WordEncoder(), path, ["atlas-export", "zebra-1"])
    assert "evals/data/" in error.value.remedy


def test_too_few_repositories_are_refused(tmp_path: Path) -> None:
    two = [case for case in cases() if str(case["id"]).startswith(("atlas", "barge"))]
    path = write_cases(tmp_path / "cases.jsonl", two)
    with pytest.raises(BadInput, match="at least 3 repositories") as error:
        learn_without(small_catalogue(), WordEncoder(), path, ["atlas-export"])
    assert "--learn-from" in error.value.remedy


def test_a_further_file_that_is_broken_is_named_with_its_line(tmp_path: Path) -> None:
    path, broken = write_cases(tmp_path / "cases.jsonl"), tmp_path / "more.jsonl"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(BadFile, match=r"more\.jsonl, line 1"):
        learn_without(small_catalogue(), WordEncoder(), path, ["atlas-export"], [broken])
