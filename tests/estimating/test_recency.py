"""What happened lately counts more."""

from __future__ import annotations

import numpy as np
import pytest

from triage.estimating.recency import recency_weights


def test_an_item_fifty_places_back_counts_half() -> None:
    weights = recency_weights(51)
    assert weights[0] / weights[-1] == pytest.approx(0.5)
    assert (np.diff(weights) > 0).all()


def test_the_mean_weight_is_one() -> None:
    assert recency_weights(7).mean() == pytest.approx(1)
    assert recency_weights(1) == pytest.approx([1])
    assert recency_weights(0).shape == (0,)
