"""The drafts of a run, whole, in its folder: a run that was stopped goes on from there.

The key of a draft is a digest over all it rests on: the request, what it could look up, the code of the
service, catalogue, learned weights, analyst, model, prompts and encoder. So a run in the same folder takes
over what still holds and drafts the rest; a draft in which the model failed is never kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from evals.running.cache import digest_of, replace_file, timeless
from evals.running.solving import Drafter, current_round
from evals.running.spending import Meter
from triage.domain import Draft, PastRequest, Request


class KeptDrafts:
    """Whole drafts by key, in a file of JSON lines. A line that cannot be read is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._drafts = dict(_read_lines(path))
        self._used: set[str] = set()

    def get(self, key: str) -> Draft | None:
        """The draft that was kept under this key."""
        with self._lock:
            self._used.add(key)
            return self._drafts.get(key)

    def put(self, key: str, draft: Draft) -> None:
        """Keep it, on disk at once."""
        line = _line(key, draft)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line)
            self._drafts[key] = draft
            self._used.add(key)

    def drop_unused(self) -> None:
        """Forget what the run that is now complete did not ask for."""
        with self._lock:
            kept = {key: draft for key, draft in self._drafts.items() if key in self._used}
            replace_file(self._path, "".join(_line(key, draft) for key, draft in kept.items()))
            self._drafts = kept


class KeepingDrafter:
    """Implements `Drafter`: takes a draft from the folder, or has it made and keeps it.

    `rests_on` is the digest of everything but the request and the past requests of a stream.
    """

    def __init__(self, drafter: Drafter, kept: KeptDrafts, rests_on: str, meter: Meter) -> None:
        self._drafter = drafter
        self._kept = kept
        self._rests_on = rests_on
        self._meter = meter
        self._waiting: list[PastRequest] = []
        self.reused = 0

    def draft(self, request: Request) -> Draft:
        """Raises BudgetReached instead of drafting when the run has spent what it may."""
        key = digest_of(self._rests_on, timeless(request), current_round())
        found = self._kept.get(key)
        if found is not None:
            self.reused += 1
            return found
        self._meter.check()
        if self._waiting:
            self._drafter.learn_past(self._waiting)
            self._waiting = []
        draft = self._drafter.draft(request)
        if not draft.degraded:
            self._kept.put(key, draft)
        return draft

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        """Add or replace past requests; handed on when a draft is really made."""
        if past:
            self._rests_on = digest_of(self._rests_on, list(past))
            self._waiting += past


def _line(key: str, draft: Draft) -> str:
    return json.dumps({"key": key, "draft": draft.model_dump(mode="json")}, ensure_ascii=False) + "\n"


def _read_lines(path: Path) -> list[tuple[str, Draft]]:
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            row = json.loads(line)
            found.append((str(row["key"]), Draft.model_validate(row["draft"])))
        except (ValueError, KeyError, TypeError, ValidationError):
            continue  # cut off by a kill, or of another version: it is drafted again
    return found
