"""The daily budget: what is stored, what is not stored yet, and midnight."""

from __future__ import annotations

from datetime import date

import pytest

from triage.analysts.budget import Budget
from triage.errors import BudgetSpent

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


class Day:
    """A calendar and a set of stored drafts that a test moves on by hand."""

    def __init__(self) -> None:
        self.date = MONDAY
        self.stored = 0.0

    def budget(self, limit: float = 10.0) -> Budget:
        return Budget(limit, lambda: self.stored, lambda: self.date)


def test_what_drafts_of_others_have_cost_counts() -> None:
    day = Day()
    day.stored = 9.99
    budget = day.budget()
    budget.check()
    day.stored = 10.0
    with pytest.raises(BudgetSpent, match="10 US dollars"):
        budget.check()


def test_what_is_not_stored_yet_counts_too() -> None:
    day = Day()
    day.stored = 4.0
    budget = day.budget()
    budget.check()
    budget.add(6.0)
    with pytest.raises(BudgetSpent):
        budget.check()


def test_what_is_stored_in_the_end_is_not_counted_twice() -> None:
    day = Day()
    day.stored = 4.0
    budget = day.budget()
    budget.check()
    budget.add(3.0)
    day.stored = 7.0
    assert budget.spent() == 7.0


def test_a_run_that_stores_nothing_has_a_budget_as_well() -> None:
    budget = Day().budget(1.0)
    for _ in range(4):
        budget.check()
        budget.add(0.25)
    with pytest.raises(BudgetSpent):
        budget.check()


def test_a_new_day_starts_anew() -> None:
    day = Day()
    budget = day.budget()
    budget.add(10.0)
    day.date, day.stored = TUESDAY, 0.5
    budget.check()
    assert budget.spent() == 0.5


def test_an_unknown_price_counts_as_nothing_and_no_limit_is_none() -> None:
    budget = Day().budget()
    budget.add(None)
    assert budget.spent() == 0.0
    endless = Day().budget(0.0)
    endless.add(1e9)
    endless.check()
