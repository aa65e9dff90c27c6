"""What a model gets to see of one request: marked blocks, each opened and closed by a random token.

Text of customers stands in such a block and nowhere else. The token is drawn anew for every call, so
no text can close its block early.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from triage.analysts import precedents
from triage.domain import (
    Attachment,
    Evidence,
    Gaps,
    Message,
    Question,
    Reading,
    Request,
    RoughSize,
    TripWire,
)
from triage.product_map import MAP_ROLES

MAX_BODY = 16_000  # characters of the request's own words
MAX_MESSAGE = 4_000  # of each earlier message
MAX_MESSAGES = 8  # the newest ones
MAX_FILES_READ = 16_000  # of all files together, the first ones first
MAX_CANDIDATES = 14
MAX_PARTS = 40
NOTHING = "(nothing known)"
_HEADINGS = {role.id: role.heading for role in MAP_ROLES}

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
        """The request as received: head, body, colleague's note, words of the files, earlier messages."""
        return self.block("request", "\n\n".join(_request_parts(request)))

    def rules(self, reading: Reading) -> str:
        """What the rules found in the request, with the ids of the kinds."""
        return self.block("rules", _json(_filled(reading.model_dump(mode="json", exclude={"flags"}))))

    def reading(self, reading: Reading, wires: Iterable[TripWire] = ()) -> str:
        """What was read out of the request. `wires`: topics that force full review, with their reason."""
        row = reading.model_dump(mode="json", exclude={"flags"})
        row["kinds"] = [{"name": kind.name, "quote": kind.quote} for kind in reading.sure_kinds]
        row["trip_wires"] = [f"{wire.name}: {wire.why}" for wire in wires]
        return self.block("reading", _json(_filled(row)))

    def lessons(self, evidence: Evidence, offered: Gaps) -> str:
        """Similar past requests with what surfaced, one JSON object a line below a line of counts."""
        return self.block(
            "past", f"{precedents.summary(evidence)}\n{_lines(precedents.lessons(evidence, offered))}"
        )

    def sizes(self, evidence: Evidence) -> str:
        """Similar past requests with their real size."""
        return self.block("past", _lines(precedents.sizes(evidence)))

    def endings(self, evidence: Evidence) -> str:
        """Similar past requests with how they ended."""
        return self.block("past", _lines(precedents.endings(evidence)))

    def notes(self, evidence: Evidence) -> str:
        """Passages of the architecture notes, one JSON object a line."""
        passages = (found.passage for found in evidence.notes[:4])
        rows = (
            {"id": p.id, "title": p.title, "text": _cut(p.text, 1500), "updated": p.updated} for p in passages
        )
        return self.block("notes", _lines(rows))

    def map_parts(self, evidence: Evidence) -> str:
        """Parts of the product map under the headings of their roles, most touched role first."""
        roles: dict[str, list[dict[str, str]]] = {}
        for part in evidence.map_parts[:MAX_PARTS]:
            roles.setdefault(part.role, []).append({"id": part.id, "text": part.text})
        rows = ({"heading": _HEADINGS.get(role, role), "parts": parts} for role, parts in roles.items())
        return self.block("map", _lines(rows))

    def candidates(self, offered: Gaps, evidence: Evidence) -> str:
        """Questions the catalogue proposes, strongest first; their slots hold words of the request.

        A past surprise is left out: it stands among the lessons, with its id.
        """
        shown = precedents.taught(evidence)
        fresh = (q for q in (*offered.questions, *offered.folded) if not _is_taught(q, shown))
        rows = (
            {
                "id": q.id,
                "category": q.category,
                "question": q.question,
                "why": _cut(q.why, 160),
                "effect": _cut(q.effect, 80),
                "evidence": [citation.id for citation in q.evidence],
            }
            for q in islice(fresh, MAX_CANDIDATES)
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
    parts += _files(request.files)
    parts += [_earlier(message) for message in request.thread[-MAX_MESSAGES:]]
    return parts


def _files(files: Sequence[Attachment]) -> list[str]:
    """The words of the files, each below its name, until what is shown of all of them is used up."""
    parts, left = [], MAX_FILES_READ
    for file in files:
        if left <= 0:
            break
        parts.append(f"File that came with it, {file.name}:\n{_cut(file.text, left)}")
        left -= len(file.text)
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
        ("Received", f"{request.received:%A, %Y-%m-%d}"),
        ("Deal value", deal),
        ("Needed by", needed),
        ("Already said to the customer", _cut(request.already_said, MAX_MESSAGE)),
        ("Attachments", ", ".join(attachment.name for attachment in request.attachments[:20])),
    )
    return [f"{name}: {value}" for name, value in rows if value.strip()]


def _is_taught(question: Question, shown: Collection[tuple[str, str]]) -> bool:
    return question.origin == "past" and any((c.id, c.passage) in shown for c in question.evidence)


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "\n".join(_json(_filled(row)) for row in rows)


def _filled(value: Any) -> Any:
    """Without what is empty, all the way down; figures to two digits."""
    if isinstance(value, dict):
        filled = {key: _filled(each) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each not in ("", None, [], ())}
    if isinstance(value, list | tuple):
        return [_filled(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rstrip() + " [cut]"
