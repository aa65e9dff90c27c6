"""Which areas would make a senior engineer laugh if one asked about them here.

A small logistic model, one row per category: how likely the kinds of change make it, whether the request
speaks of it at all, how small the request is, and how often the area is out of place anyway. It was
fitted on labelled requests (`evals/learning/training.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from triage.analysts.weights import load_weights
from triage.catalogue import Catalogue
from triage.domain import Category

if TYPE_CHECKING:
    import numpy as np

# In the order of knowledge/weights/irrelevant.json; the category itself follows as 0/1, one column each.
SIGNS = ("surfacing", "mentions", "smallness")
RELEVANCE_FEATURES = (*SIGNS, *(category.value for category in Category))
_LEAST = 0.001  # keeps the log-odds finite


class RelevanceJudge:
    """Judges the fourteen categories for one request."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._words = {
            category: [re.compile(word, re.IGNORECASE) for word in info.mentioned_by]
            for category, info in catalogue.categories.items()
        }

    def out_of_place(
        self, text: str, surfacing: Mapping[Category, float], smallness: float
    ) -> dict[Category, float]:
        """Probability (0..1) that the category makes no sense for this request.

        Args:
            text: subject and body.
            surfacing: probability that anything of a category surfaces, by the kinds found.
            smallness: probability that nothing is hidden at all.
        """
        rows = self.signs(text, surfacing, smallness)
        found = load_weights("irrelevant").probabilities(rows)
        return {category: float(p) for category, p in zip(Category, found, strict=True)}

    def signs(self, text: str, surfacing: Mapping[Category, float], smallness: float) -> np.ndarray:
        """The RELEVANCE_FEATURES, shape (categories, features)."""
        import numpy as np

        rows = [
            (_log_odds(surfacing[category]), math.log1p(self._mentions(text, category)), smallness)
            for category in Category
        ]
        return np.hstack([np.array(rows), np.eye(len(rows))])

    def _mentions(self, text: str, category: Category) -> int:
        return sum(1 for word in self._words[category] for _ in word.finditer(text))


def _log_odds(probability: float) -> float:
    bounded = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(bounded / (1 - bounded))
