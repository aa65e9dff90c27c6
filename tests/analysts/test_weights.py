"""Learned weights: the shipped ones, and others in their place for a while."""

from __future__ import annotations

import pytest

from triage.analysts.weights import Logistic, load_weights, using_weights
from triage.errors import SetupError

OTHER = Logistic(features=("a",), weights=(1.0,), intercept=0.0)
THIRD = Logistic(features=("a",), weights=(2.0,), intercept=0.0)


def test_other_weights_hold_inside_and_the_shipped_ones_after() -> None:
    shipped = load_weights("small")
    with using_weights({"small": OTHER}):
        assert load_weights("small") == OTHER
    assert load_weights("small") == shipped != OTHER


def test_what_is_not_replaced_stays_the_shipped_one() -> None:
    shipped = load_weights("kinds")
    with using_weights({"small": OTHER}):
        assert load_weights("kinds") == shipped


def test_an_error_inside_restores_them_too() -> None:
    shipped = load_weights("small")
    with pytest.raises(KeyError), using_weights({"small": OTHER}):
        raise KeyError
    assert load_weights("small") == shipped


def test_the_innermost_weights_hold() -> None:
    with using_weights({"small": OTHER}):
        with using_weights({"small": THIRD}):
            assert load_weights("small") == THIRD
        assert load_weights("small") == OTHER


def test_weights_that_are_not_there_are_named() -> None:
    with pytest.raises(SetupError, match=r"time_travel\.json cannot be read"):
        load_weights("time_travel")
