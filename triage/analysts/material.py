"""What a model gets to see of one request: marked blocks, each opened and closed by a random token.

Text of customers stands in such a block and nowhere else. The token is drawn anew for every call, so
no text can close its block early. Names of the customers behind past requests are never shown.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from typing import Any

from triage.domain import Evidence, Gaps, Message, Question, Reading, Request, RoughSize

MAX_BODY = 16_000  # characters of the request's own words
MAX_MESSAGE = 4_000  # of each earlier message
MAX_MESSAGES = 8  # the newest ones
MAX_PAST = 6
MAX_CANDIDATES = 24
NOTHING = "(nothing known)"

# Control, bidirectional and tag characters: invisible to the reviewer, so invisible to the model.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


class Material:
    """The blocks of one call; all share one boundary token."""

    def __init__(self) -> None:
        self.boundary = secrets.token_hex(8)

    def block(self, kind: str, text: str) -> str:
        """`text` between the tags of this call."""
        clean = _INVISIBLE.sub("", text).replace(self.boundary, "")
        tag = f"{kind}-{self.boundary}"
        return f"<{tag}>\n{clean.strip() or NOTHING}\n</{tag}>"

    def request(self, request: Request) -> str:
        """The request as received: head, body, colleague's note, earlier messages."""
        return self.block("request", "\n\n".join(_request_parts(request)))

    def reading(self, reading: Reading) -> str:
        """What was read out of the request."""
        return self.block("reading", _json(reading.model_dump(mode="json", exclude={"flags"})))

    def past(self, evidence: Evidence) -> str:
        """Similar past requests, one JSON object a line, without the customer's name."""
        rows = (
            {
                "id": similar.past.id,
                "opened": similar.past.opened,
                "subject": _cut(similar.past.subject, 200),
                "asked": _cut(similar.past.body, 600),
                "size_days": similar.past.size_days,
                "verdict": similar.past.verdict,
                "outcome": _cut(similar.past.outcome, 300),
                "surfaced": [
                    {"category": s.category, "question": _cut(s.question, 300), "how": _cut(s.evidence, 240)}
                    for s in similar.past.surprises[:8]
                ],
                "same": similar.same[:4],
                "differs": similar.differs[:4],
            }
            for similar in evidence.similar[:MAX_PAST]
        )
        return self.block("past", _lines(rows))

    def notes(self, evidence: Evidence) -> str:
        """Passages of the architecture notes, one JSON object a line."""
        passages = (found.passage for found in evidence.notes[:4])
        rows = (
            {"id": p.id, "title": p.title, "text": _cut(p.text, 1500), "updated": p.updated} for p in passages
        )
        return self.block("notes", _lines(rows))

    def map_parts(self, evidence: Evidence) -> str:
        """Parts of the product map, one JSON object a line."""
        return self.block("map", _lines(part.model_dump() for part in evidence.map_parts[:40]))

    def candidates(self, questions: Iterable[Question]) -> str:
        """Questions the catalogue proposes; their slots hold words of the request."""
        rows = (
            {
                "id": q.id,
                "category": q.category,
                "question": q.question,
                "why": _cut(q.why, 200),
                "evidence": [citation.id for citation in q.evidence],
            }
            for q in list(questions)[:MAX_CANDIDATES]
        )
        return self.block("candidates", _lines(rows))

    def questions(self, gaps: Gaps) -> str:
        """The open questions, for the proposal."""
        rows = (
            {"category": q.category, "question": q.question, "effect": q.effect, "answer": q.answer}
            for q in gaps.questions
        )
        return self.block("questions", _lines(rows))

    def size(self, size: RoughSize) -> str:
        """The rough size in engineer-days with its reasons; comparables by id only."""
        row = size.model_dump(mode="json", exclude={"comparables"})
        return self.block("size", _json(row | {"total": size.total.model_dump()}))


def _request_parts(request: Request) -> list[str]:
    parts = ["\n".join(_head(request)), f"Body:\n{_cut(request.body, MAX_BODY)}"]
    if request.forwarder_note.strip():
        parts.insert(
            1, f"Note of our colleague who passed it on:\n{_cut(request.forwarder_note, MAX_MESSAGE)}"
        )
    parts += [_earlier(message) for message in request.thread[-MAX_MESSAGES:]]
    return parts


def _earlier(message: Message) -> str:
    sender = message.sender or message.address or "unknown"
    return f"Earlier message from {sender}, {message.sent or 'no date'}:\n{_cut(message.text, MAX_MESSAGE)}"


def _head(request: Request) -> list[str]:
    asker = " ".join(part for part in (request.asker_name, f"({request.from_role})") if part)
    deal = f"{request.deal_value:g} {request.deal_currency}" if request.deal_value is not None else ""
    needed = f"{request.need_by or ''} {request.need_by_reason}".strip()
    rows = (
        ("Subject", request.subject),
        ("From", asker),
        ("Company", request.customer),
        ("Product", request.product),
        ("Product area", request.product_area),
        ("Deal value", deal),
        ("Needed by", needed),
        ("Already said to the customer", _cut(request.already_said, MAX_MESSAGE)),
        ("Attachments", ", ".join(attachment.name for attachment in request.attachments[:20])),
    )
    return [f"{name}: {value}" for name, value in rows if value.strip()]


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "\n".join(
        _json({key: value for key, value in row.items() if value not in ("", None, [], ())}) for row in rows
    )


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rstrip() + " [cut]"
