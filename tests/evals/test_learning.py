"""Fitting the learned parts: on what one says and nothing else, each model on what the others do not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.learning.learner import Labelled, Learner, fit, read_labelled
from tests.evals.labelled import REPOSITORIES, cases, labels, small_catalogue, write_cases
from tests.fakes import WordEncoder, request
from triage.analysts.weights import Logistic
from triage.domain import Category
from triage.errors import BadFile

HELD_OUT = "invented:delta"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def labelled(tmp_path: Path) -> list[Labelled]:
    return read_labelled([write_cases(tmp_path / "cases.jsonl")], labels())


def learner_of(known: Iterable[Labelled]) -> Learner:
    return Learner(small_catalogue(), WordEncoder(), list(known))


def turned_round(case: Labelled) -> Labelled:
    """The same request with every label wrong."""
    return replace(
        case,
        primary=frozenset({"rename", "export", "merge"} - case.primary),
        small=not case.small,
        irrelevant=frozenset(set(Category) - case.irrelevant),
    )


# --- cases ---------------------------------------------------------------------------------------


def test_a_labelled_case_is_what_was_read_and_what_became_of_it(labelled: list[Labelled]) -> None:
    assert [case.request.id for case in labelled] == [case["id"] for case in cases()]
    export, _, rename = labelled[:3]
    assert (export.repository, export.primary, export.small) == (REPOSITORIES[0], {"export"}, False)
    assert export.irrelevant == {Category.SSO, Category.BILLING}
    assert rename.small


def test_cases_without_a_label_are_left_out(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.jsonl")
    known = {name: label for name, label in labels().items() if name.startswith("cedar")}
    assert {case.repository for case in read_labelled([path, path], known)} == {"invented:cedar"}


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = write_cases(tmp_path / "cases.jsonl")
    path.write_text(path.read_text(encoding="utf-8") + "\n{", encoding="utf-8")
    with pytest.raises(BadFile, match=r"cases\.jsonl, line 13"):
        read_labelled([path], labels())


def test_a_request_without_words_teaches_nothing(labelled: list[Labelled]) -> None:
    wordless = replace(labelled[0], request=request(id="r-0", subject="", body="?"))
    learner = learner_of([wordless, *labelled])
    assert [case.request.id for case in learner.cases] == [case.request.id for case in labelled]
    everything = np.ones(12, bool)
    assert learner.learn(everything) == learner_of(labelled).learn(everything)


# --- learning ------------------------------------------------------------------------------------


def test_a_model_never_reads_the_labels_of_what_was_not_chosen(labelled: list[Labelled]) -> None:
    true, lied = (
        learner_of(known)
        for known in (labelled, [turned_round(c) if c.repository == HELD_OUT else c for c in labelled])
    )
    chosen = true.repositories != HELD_OUT
    assert true.learn(chosen) == lied.learn(chosen)
    everything = np.ones(len(labelled), bool)
    assert true.learn(everything) != lied.learn(everything)  # the lie can be told where it is read


def test_no_words_of_what_was_not_chosen_are_learned_either(labelled: list[Labelled]) -> None:
    other = request(id="x", subject="", body="Something else entirely, with a hundred other words in it.")
    rewritten = [replace(c, request=other) if c.repository == HELD_OUT else c for c in labelled]
    first, second = learner_of(labelled), learner_of(rewritten)
    chosen = first.repositories != HELD_OUT
    assert first.learn(chosen) == second.learn(chosen)


def test_what_was_learned_is_found_again_in_a_project_it_has_not_seen(labelled: list[Labelled]) -> None:
    learner = learner_of(labelled)
    unseen = learner.repositories == HELD_OUT
    predicted = learner.predict(learner.learn(~unseen), unseen)
    asked_for = [list(small_catalogue().kinds)[place] for place in predicted.kinds.argmax(axis=1)]
    assert asked_for == ["export", "merge", "rename"]
    assert predicted.small.argmax() == 2  # the rename
    sso, clients = (list(Category).index(area) for area in (Category.SSO, Category.CLIENTS))
    assert (predicted.irrelevant[:, sso] > predicted.irrelevant[:, clients]).all()


def test_what_a_request_is_mainly_about_counts_more_than_what_it_asks_by_the_way(
    labelled: list[Labelled],
) -> None:
    mainly = learner_of(labelled)
    aside = learner_of(replace(case, primary=frozenset(), secondary=case.primary) for case in labelled)
    everything = np.ones(len(labelled), bool)
    first, second = (each.predict(each.learn(everything), everything).kinds for each in (mainly, aside))
    assert first[mainly.primary].mean() > second[mainly.primary].mean()


def test_a_prediction_has_a_row_for_each_chosen_case(labelled: list[Labelled]) -> None:
    learner = learner_of(labelled)
    chosen = learner.repositories == HELD_OUT
    predicted = learner.predict(learner.learn(~chosen), chosen)
    assert predicted.kinds.shape == (3, 3)
    assert len(predicted.found) == 3
    assert predicted.small.shape == (3,)
    assert predicted.irrelevant.shape == (3, len(Category))
    for figures in (predicted.kinds, predicted.small, predicted.irrelevant):
        assert ((figures > 0) & (figures < 1)).all()


def test_the_models_are_called_as_the_files_they_are_written_to(root: Path, labelled: list[Labelled]) -> None:
    learned = learner_of(labelled).learn(np.ones(len(labelled), bool)).by_name()
    files = {path.stem for path in (root / "knowledge" / "weights").glob("*.json")}
    assert {*learned, "similar"} == files  # likeness is learned from pairs, by evals.retrieval.training
    assert all(len(model.weights) == len(model.features) for model in learned.values())


# --- the fit -------------------------------------------------------------------------------------


def test_probabilities_are_those_of_the_formula() -> None:
    model = Logistic(features=("a", "b"), weights=(1.0, -2.0), intercept=0.5)
    (probability,) = model.probabilities(np.array([[3.0, 1.0]]))
    assert probability == pytest.approx(1 / (1 + np.exp(-1.5)))


@pytest.mark.parametrize("name", ["kinds", "small", "irrelevant"])
def test_a_fit_separates_what_can_be_separated(name: str) -> None:
    rows = np.array([[x, 100 - x, 7.0] for x in range(40)], dtype=float)  # the third says nothing
    wanted = rows[:, 0] > 20
    model = fit(name, ("a", "b", "c"), rows, wanted)
    assert ((model.probabilities(rows) > 0.5) == wanted).mean() > 0.95
    assert model.features == ("a", "b", "c")


def test_rows_of_several_cases_are_fitted_as_one_list() -> None:
    rows = np.arange(48, dtype=float).reshape(2, 12, 2)
    wanted = rows[..., 0] > 20
    flat = fit("small", ("a", "b"), rows.reshape(24, 2), wanted.ravel())
    assert fit("small", ("a", "b"), rows, wanted) == flat


def test_what_counts_more_pulls_the_fit_to_its_side() -> None:
    rows, wanted = np.zeros((2, 1)), np.array([True, False])
    even = fit("small", ("a",), rows, wanted)
    leaning = fit("small", ("a",), rows, wanted, np.array([3.0, 1.0]))
    assert even.probabilities(rows)[0] == pytest.approx(0.5, abs=0.01)
    assert leaning.probabilities(rows)[0] == pytest.approx(0.75, abs=0.01)
