"""Learned weights: small logistic models one can read, shipped as JSON in `knowledge/weights/`.

A model is a list of named features with one weight each. Training happens in `evals/` with
scikit-learn; here nothing is needed but the sum. Measurements may put other models in their place
for a while (`using_weights`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from triage.content import content_dir
from triage.domain import Frozen
from triage.errors import SetupError

if TYPE_CHECKING:
    import numpy as np


class Logistic(Frozen):
    """Probability = 1 / (1 + exp(-(intercept + weights · features)))."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    trained_on: str = ""  # what it was fitted on, and how it did on held-out repositories

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """`rows` of shape (n, number of features), in the order of `features` -> shape (n,)."""
        import numpy as np

        logits: np.ndarray = self.intercept + rows @ np.asarray(self.weights)
        probabilities: np.ndarray = 1 / (1 + np.exp(-logits))
        return probabilities


_instead: ContextVar[Mapping[str, Logistic]] = ContextVar("weights")


def load_weights(name: str) -> Logistic:
    """The model `knowledge/weights/<name>.json`, or what `using_weights` has put in its place.

    Raises:
        SetupError: it is missing or broken.
    """
    return _instead.get({}).get(name) or _shipped(name)


@contextmanager
def using_weights(models: Mapping[str, Logistic]) -> Iterator[None]:
    """Inside, `load_weights` gives these models by name; so it does in threads started with the context."""
    token = _instead.set(models)
    try:
        yield
    finally:
        _instead.reset(token)


@lru_cache(maxsize=8)
def _shipped(name: str) -> Logistic:
    path = content_dir("knowledge") / "weights" / f"{name}.json"
    try:
        return Logistic.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise SetupError(f"The weights {path} cannot be read.", "Install request-triage again.") from error
