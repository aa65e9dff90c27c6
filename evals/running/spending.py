"""What a run may spend on a model, and what it has."""

from __future__ import annotations

import threading

from triage.domain import StepRun
from triage.errors import BadInput


class BudgetReached(Exception):
    """The run has spent what it may: it ends here, with what is done."""


class Meter:
    """Adds up the bills of the steps that were really asked. `budget`: US dollars, 0 without limit."""

    def __init__(self, budget: float = 0.0) -> None:
        self.budget = budget
        self._spent = 0.0
        self._unpriced = ""
        self._lock = threading.Lock()

    @property
    def spent(self) -> float:
        """US dollars so far, as far as prices are known."""
        return self._spent

    def add(self, run: StepRun) -> None:
        """One more step."""
        with self._lock:
            self._spent += run.cost or 0.0
            if run.cost is None:
                self._unpriced = run.model

    def check(self) -> None:
        """Before more is spent.

        Raises:
            BudgetReached: nothing is left.
            BadInput: there is a budget, and the model has no known price.
        """
        if not self.budget:
            return
        if self._unpriced:
            raise BadInput(
                f"--budget cannot be kept: there is no known price for {self._unpriced}.",
                "Set TRIAGE_MODEL_PRICE_IN and TRIAGE_MODEL_PRICE_OUT, or leave --budget out.",
            )
        if self._spent >= self.budget:
            raise BudgetReached
