"""The weights of likeness as reviewers here have moved them: fitted once, and again after an approval.

They are learned from the approved drafts each time, so there is no state that could be lost or go stale.
Nothing but the weights comes of it: no text, no customer, no id.
"""

from __future__ import annotations

import threading

from triage.analysts.weights import Logistic
from triage.ports import Approvals
from triage.retrieval.learning import ENOUGH, JudgedList, judged_list, learned, telling

MOST = 400  # drafts, the latest ones: taste and team change


class OwnWeights:
    """May be shared by threads; one of them fits, the others wait for it."""

    def __init__(self, shipped: Logistic, approvals: Approvals) -> None:
        self._shipped = shipped
        self._approvals = approvals
        self._lock = threading.Lock()
        self._digest: str | None = None
        self._lists: tuple[JudgedList, ...] = ()
        self._model = shipped

    def model(self) -> Logistic:
        """What is in force now; the shipped weights while too few lists tell anything."""
        with self._lock:
            digest = self._approvals.approvals_digest()
            if digest != self._digest:
                judged = map(judged_list, self._approvals.approved_drafts(MOST))
                self._lists = tuple(each for each in judged if each is not None)
                self._model = learned(self._shipped, self._lists)
                self._digest = digest
            return self._model

    def as_text(self) -> str:
        """A line for each sign with its weight as shipped and as in force here, and what those rest on."""
        model = self.model()
        rows = zip(model.features, self._shipped.weights, model.weights, strict=True)
        lines = [f"{'sign':<10}{'shipped':>10}{'here':>10}"]
        lines += [f"{name:<10}{before:>10.2f}{now:>10.2f}" for name, before, now in rows]
        lines.append(f"{'intercept':<10}{self._shipped.intercept:>10.2f}{model.intercept:>10.2f}")
        told = len(telling(self._lists))
        lines += ["", f"Shipped weights: {self._shipped.trained_on}."]
        lines.append(f"Approved drafts here in which some precedents were kept and some dropped: {told}.")
        if told < ENOUGH:
            lines.append(f"From {ENOUGH} on they move the weights.")
        return "\n".join(lines)
