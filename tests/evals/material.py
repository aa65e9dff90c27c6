"""Cases of our own invention, small enough to work out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.cases import Case
from triage.domain import (
    Category,
    Draft,
    KindFound,
    PastRequest,
    Question,
    Reading,
    Request,
    RoughSize,
    Surprise,
    TShirt,
)

LINE: Mapping[str, object] = {
    "id": "gallery-1",
    "source": "invented:gallery#1",
    "opened": "2024-03",
    "product": "A tool for galleries.",
    "request": {"channel": "form", "from_role": "sales", "subject": "Export", "body": "A list as a file."},
    "hidden_work": [
        {"category": "permissions", "question": "Who may export?", "evidence": "seen", "surfaced": "2024-05"}
    ],
    "irrelevant": ["sso"],
    "outcome": {"shipped": True, "size": "M", "basis": "one change"},
}


def line(**changes: object) -> str:
    """One line of a file of cases."""
    return json.dumps({**LINE, **changes})


def write(path: Path, lines: Sequence[str]) -> Path:
    """A file of cases."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def case(
    case_id: str = "gallery-1",
    hidden: Sequence[tuple[str, str] | tuple[str, str, str]] = (),
    *,
    opened: str = "2024-03",
    source: str = "",
    irrelevant: Sequence[str] = (),
    size: TShirt | None = None,
    body: str = "A list as a file.",
) -> Case:
    """A case; `hidden` as (category, question) or (category, question, surfaced)."""
    items = tuple(
        Surprise(category=Category(one[0]), question=one[1], surfaced=one[2] if len(one) == 3 else "")
        for one in hidden
    )
    return Case(
        id=case_id,
        source=source or f"invented:gallery#{case_id}",
        opened=opened,
        request=Request(id=case_id, subject=f"Subject of {case_id}", body=body),
        hidden=items,
        irrelevant=tuple(map(Category, irrelevant)),
        size=size,
    )


class ScriptedDrafter:
    """Asks the same of every request, and remembers what it could see when it drafted."""

    def __init__(self, asked: Sequence[tuple[str, str]] = (), *, interrupted_at: int = 0) -> None:
        self.asked = asked
        self.known: dict[str, PastRequest] = {}
        self.seen: dict[str, dict[str, PastRequest]] = {}
        self._interrupted_at = interrupted_at

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        self.known |= {one.id: one for one in past}

    def draft(self, request: Request) -> Draft:
        if self._interrupted_at and len(self.seen) + 1 == self._interrupted_at:
            raise KeyboardInterrupt
        self.seen[request.id] = dict(self.known)
        questions = tuple(
            Question(id=f"{category}.{place}", question=text, category=Category(category))
            for place, (category, text) in enumerate(self.asked)
        )
        reading = Reading(kinds=(KindFound(id="export", name="Export", score=0.9),))
        return Draft(
            request_id=request.id, reading=reading, questions=questions, size=RoughSize(label=TShirt.S)
        )
