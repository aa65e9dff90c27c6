"""Past requests as a model gets to see them: what each step needs of them, without whose they were.

They are other customers' mails. Greeting and signature are cut off, and the customer's name is replaced
wherever it stands: a model cannot repeat what it has not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from triage.domain import Evidence, Gaps, PastRequest, SimilarRequest, TrackRecord
from triage.intake.signature import split_signature

MAX_PAST = 6
MAX_SURFACED = 8  # of each past request
MAX_AREAS = 6  # in the line about all past requests
_SOMEBODY = "the customer"
_GREETING = re.compile(r"(?i)\A\s*(?:dear|hello|hi|hey|good (?:morning|day|afternoon))\b[^\n]{0,60}\n")
_OWNER = ("same customer", "another customer")  # lines of the comparison that help nobody to judge

Row = dict[str, Any]


def lessons(evidence: Evidence, offered: Gaps) -> list[Row]:
    """With all that surfaced and how; `candidate` names the offered question that already asks it."""
    asked = _asked_by(offered)
    return [_lesson(past, asked, past in evidence.similar) for past in evidence.precedents[:MAX_PAST]]


def sizes(evidence: Evidence) -> list[Row]:
    """With the size, and the questions that surfaced as a measure of what the size holds."""
    return [
        _head(similar, 300) | {"size_days": similar.past.size_days or "unknown"} | _surfaced(similar.past)
        for similar in evidence.similar[:MAX_PAST]
    ]


def endings(evidence: Evidence) -> list[Row]:
    """With what was answered and how it ended."""
    return [
        _head(similar, 200)
        | {"size_days": similar.past.size_days, "verdict": similar.past.verdict}
        | {"outcome": _told(similar.past.outcome, similar.past, 300)}
        | _surfaced(similar.past)
        for similar in evidence.similar[:MAX_PAST]
    ]


def summary(evidence: Evidence) -> str:
    """One or two lines of counts: how often nothing was hidden, and what surprises this team most."""
    shown = evidence.precedents[:MAX_PAST]
    loud = sum(bool(near.past.surprises) for near in shown)
    counts = f"something surfaced behind {loud}, nothing behind {len(shown) - loud}"
    lines = [f"The {len(shown)} nearest, most similar first; {counts}."]
    return "\n".join([*(lines if shown else []), *_record(evidence.record)])


def taught(evidence: Evidence) -> frozenset[tuple[str, str]]:
    """What `lessons` shows, as (id of the past request, question that surfaced)."""
    return frozenset(
        (near.past.id, surprise.question)
        for near in evidence.precedents[:MAX_PAST]
        for surprise in near.past.surprises[:MAX_SURFACED]
    )


def _record(record: TrackRecord) -> Iterable[str]:
    if record.requests and record.surprised:
        often = sorted(record.by_category.items(), key=lambda item: -item[1])[:MAX_AREAS]
        areas = ", ".join(f"{category} {count}" for category, count in often)
        hidden = f"something surfaced behind {record.surprised} of {record.requests}"
        yield f"Of all our past requests, {hidden}; by category: {areas}."


def _asked_by(offered: Gaps) -> dict[tuple[str, str], str]:
    """(past request, question that surfaced) -> id of the offered question that cites it."""
    questions = (*offered.questions, *offered.folded)
    return {(c.id, c.passage): q.id for q in reversed(questions) for c in q.evidence}


def _lesson(similar: SimilarRequest, asked: Mapping[tuple[str, str], str], alike: bool) -> Row:
    past = similar.past
    surfaced = [
        {
            "candidate": asked.get((past.id, surprise.question), ""),
            "category": surprise.category,
            "question": _told(surprise.question, past, 300),
            "how": _told(surprise.evidence, past, 240),
        }
        for surprise in past.surprises[:MAX_SURFACED]
    ]
    row = _head(similar, 500 if alike else 200) | {"size_days": past.size_days if alike else None}
    return row | ({} if alike else {"alike": "a little"}) | {"surfaced": surfaced or "nothing so far"}


def _head(similar: SimilarRequest, length: int) -> Row:
    past = similar.past
    asked = split_signature(_GREETING.sub("", past.body)).text
    return {
        "id": past.id,
        "opened": past.opened,
        "subject": _told(past.subject, past, 200),
        "asked": _told(asked, past, length),
        "same": [line for line in similar.same if line not in _OWNER][:4],
        "differs": [line for line in similar.differs if line not in _OWNER][:4],
    }


def _surfaced(past: PastRequest) -> Row:
    questions = [_told(surprise.question, past, 200) for surprise in past.surprises[:MAX_SURFACED]]
    return {"surfaced": questions or "nothing so far"}


def _told(text: str, past: PastRequest, length: int) -> str:
    """On one line, cut, and without the customer's name."""
    text = " ".join(_nameless(text, past).split())
    return text if len(text) <= length else text[:length].rstrip() + " [cut]"


def _nameless(text: str, past: PastRequest) -> str:
    """Without the full name, and without its first word where that is a name too ("Alderlift" of "Alderlift
    Service"): written large, and never small in that request."""
    name = past.customer.strip()
    first = name.partition(" ")[0]
    if name:
        text = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", _SOMEBODY, text)
    if len(first) >= 4 and not re.search(rf"(?<!\w){re.escape(first.lower())}(?!\w)", past.body):
        text = re.sub(rf"(?<!\w){re.escape(first)}(?!\w)", _SOMEBODY, text)
    return text
