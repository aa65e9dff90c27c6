"""What may be spent on a model per UTC day, and what has been."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

from triage.errors import BudgetSpent


def _today() -> date:
    return datetime.now(UTC).date()


class Budget:
    """US dollars per UTC day; `limit` 0: no limit.

    `stored` gives what the drafts saved today have cost, by whatever process. What this process has spent
    itself is counted besides: a draft is stored only when it is done, and an evaluation run stores none.
    """

    def __init__(self, limit: float, stored: Callable[[], float], today: Callable[[], date] = _today) -> None:
        self._limit = limit
        self._stored = stored
        self._today = today
        self._lock = threading.Lock()
        self._day: date | None = None
        self._before = 0.0  # stored when this process first asked today
        self._own = 0.0  # spent by this process since then

    def spent(self) -> float:
        """US dollars spent today, as far as prices are known."""
        stored = self._stored()
        with self._lock:
            self._turn_to_today(stored)
            return max(stored, self._before + self._own)

    def add(self, cost: float | None) -> None:
        """One call was made; None: its price is unknown, and it counts as nothing."""
        if not self._limit:
            return
        stored = self._stored()
        with self._lock:
            self._turn_to_today(stored)
            self._own += cost or 0.0

    def check(self) -> None:
        """Raises BudgetSpent when nothing is left."""
        if self._limit and self.spent() >= self._limit:
            raise BudgetSpent(
                f"Today's model budget of {self._limit:g} US dollars is used up.",
                "It starts anew at midnight UTC; raise TRIAGE_MODEL_DAILY_BUDGET_USD to go on today.",
            )

    def _turn_to_today(self, stored: float) -> None:
        if self._day != self._today():
            self._day, self._before, self._own = self._today(), stored, 0.0
