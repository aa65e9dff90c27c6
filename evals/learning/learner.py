"""Fits the small logistic models that the catalogue analyst reads, each on what the one before it predicts.

`kinds`       is a kind of change asked for? from the signs of `triage.analysts.kinds`
`small`       is nothing hidden? from the kinds found and the length
`irrelevant`  does a category make no sense here? from the questions those kinds bring, and smallness

In life a later model meets requests that the earlier ones have never seen. So it is fitted on predictions
for requests that were held out, by whole repositories (stacking).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.cases import Case, read_cases
from triage.analysts.gaps import GapFinder
from triage.analysts.kinds import FEATURES, KindDetector, likeliest
from triage.analysts.reading import SMALL_FEATURES, small_signs
from triage.analysts.relevance import RELEVANCE_FEATURES, RelevanceJudge
from triage.analysts.vectors import CatalogueVectors
from triage.analysts.weights import Logistic
from triage.catalogue import Catalogue
from triage.domain import Category, KindFound, Reading, Request, distinct_words
from triage.ports import Encoder

LABELS = Path(__file__).parents[1] / "data" / "kind_labels.json"
PRIMARY_WEIGHT = 2.0  # a primary label counts twice
# Inverse strength of the penalty on standardised features, chosen on held-out requests.
STRENGTH = {"kinds": 0.1, "small": 0.3, "irrelevant": 0.1}
INNER_FOLDS = 8

Kinds = tuple[KindFound, ...]


@dataclass(frozen=True)
class Labelled:
    """One request with what is known of it: kinds asked for, read from the request alone, and labels."""

    request: Request
    repository: str
    primary: frozenset[str]
    secondary: frozenset[str]
    small: bool
    irrelevant: frozenset[str]


@dataclass(frozen=True)
class Learned:
    """The three models."""

    kinds: Logistic
    small: Logistic
    irrelevant: Logistic

    def by_name(self) -> dict[str, Logistic]:
        """As the files in `knowledge/weights/` are called."""
        return {"kinds": self.kinds, "small": self.small, "irrelevant": self.irrelevant}


@dataclass(frozen=True)
class Predicted:
    """What the models say of requests; one row each."""

    kinds: np.ndarray  # (requests, kinds)
    found: list[Kinds]
    small: np.ndarray  # (requests,)
    irrelevant: np.ndarray  # (requests, categories)


def read_labelled(paths: Iterable[Path], labels: dict[str, Any]) -> list[Labelled]:
    """Cases that have labels, in the order of the files. Raises BadFile."""
    cases = [case for path in paths for case in read_cases(path).cases]
    return [_labelled(case, labels[case.id]) for case in cases if case.id in labels]


def _labelled(case: Case, label: dict[str, Any]) -> Labelled:
    return Labelled(
        request=case.request,
        repository=case.repository,
        primary=frozenset(label["primary"]),
        secondary=frozenset(label["secondary"]),
        small=case.small,
        irrelevant=frozenset(case.irrelevant),
    )


class Learner:
    """Fits and predicts on any selection of the cases; what does not depend on weights is computed once.

    Selections are boolean masks of shape (cases,).
    """

    def __init__(self, catalogue: Catalogue, encoder: Encoder, cases: Sequence[Labelled]) -> None:
        vectors = CatalogueVectors(encoder)
        detector = KindDetector(catalogue, encoder, vectors)
        signed = [(case, signs) for case in cases if (signs := detector.signs(case.request))]
        self.cases = [case for case, _ in signed]
        self.repositories = np.array([case.repository for case in self.cases])
        self._catalogue = catalogue
        self._finder = GapFinder(catalogue, _Remembering(encoder), vectors)
        self._judge = RelevanceJudge(catalogue)
        self._signs = np.stack([signs.rows for _, signs in signed])
        self._quotes = [signs.quotes for _, signs in signed]
        ids = list(catalogue.kinds)
        self.primary = self._flags(ids, [case.primary for case in self.cases])
        self.asked = self.primary | self._flags(ids, [case.secondary for case in self.cases])
        self.small = np.array([case.small for case in self.cases])
        self.irrelevant = self._flags(list(Category), [case.irrelevant for case in self.cases])

    def learn(self, chosen: np.ndarray) -> Learned:
        """Models that have seen the chosen cases and no other."""
        places = np.flatnonzero(chosen)
        kinds, kinds_out = self._stacked(places, self._kind_rows, self._fit_kinds)
        found = dict(zip(places.tolist(), self._found(places, kinds_out), strict=True))
        small, small_out = self._stacked(
            places, lambda which: self._small_rows([found[i] for i in which], which), self._fit_small
        )
        smallness = dict(zip(places.tolist(), small_out, strict=True))
        irrelevant, _ = self._stacked(
            places,
            lambda which: self._category_rows(
                [found[i] for i in which], np.array([smallness[i] for i in which]), which
            ),
            self._fit_irrelevant,
        )
        return Learned(kinds, small, irrelevant)

    def predict(self, learned: Learned, chosen: np.ndarray) -> Predicted:
        """What the models say of the chosen cases."""
        places = np.flatnonzero(chosen)
        kinds = _each(learned.kinds, self._kind_rows(places))
        found = self._found(places, kinds)
        small = _each(learned.small, self._small_rows(found, places))
        irrelevant = _each(learned.irrelevant, self._category_rows(found, small, places))
        return Predicted(kinds, found, small, irrelevant)

    def _stacked(self, places: np.ndarray, rows_of: Any, fit_on: Any) -> tuple[Logistic, np.ndarray]:
        """The model on all places, and what models that had not seen a place say of it."""
        rows = rows_of(places)
        held_out = np.zeros(rows.shape[:-1])
        for test in self._folds(places):
            held_out[test] = _each(fit_on(rows[~test], places[~test]), rows[test])
        return fit_on(rows, places), held_out

    def _folds(self, places: np.ndarray) -> list[np.ndarray]:
        """Masks over `places`, whole repositories together."""
        names = sorted(set(self.repositories[places]))
        number = {name: place % min(INNER_FOLDS, len(names)) for place, name in enumerate(names)}
        folds = np.array([number[name] for name in self.repositories[places]])
        return [folds == fold for fold in sorted(set(number.values()))]

    def _kind_rows(self, places: np.ndarray) -> np.ndarray:
        rows: np.ndarray = self._signs[places]
        return rows

    def _small_rows(self, found: Sequence[Kinds], places: np.ndarray) -> np.ndarray:
        texts = [self.cases[i].request.ask_text() for i in places]
        return np.array(
            [
                small_signs(self._catalogue, kinds, distinct_words(text))
                for kinds, text in zip(found, texts, strict=True)
            ]
        )

    def _category_rows(self, found: Sequence[Kinds], small: np.ndarray, places: np.ndarray) -> np.ndarray:
        rows = []
        for kinds, smallness, place in zip(found, small, places, strict=True):
            request = self.cases[place].request
            surfacing = self._finder.weigh(request, Reading(kinds=kinds)).surfacing
            rows.append(self._judge.signs(request.ask_text(), surfacing, float(smallness)))
        return np.stack(rows)

    def _found(self, places: np.ndarray, probabilities: np.ndarray) -> list[Kinds]:
        kinds = list(self._catalogue.kinds.values())
        return [likeliest(kinds, self._quotes[i], row) for i, row in zip(places, probabilities, strict=True)]

    def _fit_kinds(self, rows: np.ndarray, places: np.ndarray) -> Logistic:
        weights = np.where(self.primary[places], PRIMARY_WEIGHT, 1.0)
        return fit("kinds", FEATURES, rows, self.asked[places], weights)

    def _fit_small(self, rows: np.ndarray, places: np.ndarray) -> Logistic:
        return fit("small", SMALL_FEATURES, rows, self.small[places])

    def _fit_irrelevant(self, rows: np.ndarray, places: np.ndarray) -> Logistic:
        return fit("irrelevant", RELEVANCE_FEATURES, rows, self.irrelevant[places])

    @staticmethod
    def _flags(names: Sequence[str], sets: Sequence[frozenset[str]]) -> np.ndarray:
        return np.array([[name in each for name in names] for each in sets])


def fit(
    name: str,
    features: tuple[str, ...],
    rows: np.ndarray,
    wanted: np.ndarray,
    weights: np.ndarray | None = None,
) -> Logistic:
    """A logistic regression, penalised on standardised features, told in terms of the raw ones.

    Args:
        rows: shape (..., features).
        wanted: booleans of shape (...).
        weights: of the same shape; how much each row counts.
    """
    from sklearn.linear_model import LogisticRegression

    flat = rows.reshape(-1, len(features))
    mean, scale = flat.mean(axis=0), np.maximum(flat.std(axis=0), 1e-9)
    model = LogisticRegression(C=STRENGTH[name], max_iter=3000)
    model.fit(
        (flat - mean) / scale, wanted.ravel(), sample_weight=None if weights is None else weights.ravel()
    )
    raw = model.coef_[0] / scale
    return Logistic(
        features=features,
        weights=tuple(float(round(w, 5)) for w in raw),
        intercept=float(round(model.intercept_[0] - raw @ mean, 5)),
    )


def _each(model: Logistic, rows: np.ndarray) -> np.ndarray:
    """Probabilities of shape `rows.shape[:-1]`."""
    found: np.ndarray = model.probabilities(rows.reshape(-1, rows.shape[-1])).reshape(rows.shape[:-1])
    return found


class _Remembering:
    """An encoder that computes each text once: the same requests are weighed fold after fold."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, np.ndarray] = {}
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])
