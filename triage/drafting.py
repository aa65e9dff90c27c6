"""`triage draft`: one request drafted and printed, as text for a person or JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.domain import (
    Attachment,
    Citation,
    Days,
    Draft,
    Evidence,
    EvidenceKind,
    PastRequest,
    Question,
    Request,
    SimilarRequest,
)
from triage.errors import SetupError
from triage.settings import Settings

if TYPE_CHECKING:
    from triage.oneoff import Knowledge


def draft_once(
    settings: Settings,
    request: Request,
    *,
    knowledge: Path | None = None,
    product_map: Path | None = None,
    history: Path | None = None,
    live: bool = False,
) -> Draft:
    """Draft with the named knowledge, or with the service's own when `live`."""
    from triage.bootstrap import open_encoder
    from triage.oneoff import Knowledge, OneOff

    named = live_knowledge(settings) if live else Knowledge.named(knowledge, product_map, history)
    return OneOff(settings, open_encoder(settings), named).draft(request)


def as_json(draft: Draft) -> str:
    """The documented format: DESIGN "drafts.jsonl and triage draft --json"."""
    return json.dumps(as_record(draft), ensure_ascii=False, indent=2)


def as_record(draft: Draft) -> dict[str, Any]:
    """One line of drafts.jsonl as plain data."""
    size, answer = draft.size, draft.answer
    parts = ("groundwork", "setup", "build", "support")
    return {
        "id": draft.request_id,
        "kinds": [kind.id for kind in draft.reading.sure_kinds],
        "questions": [_question(question) for question in draft.questions],
        "folded": [_question(question) for question in draft.folded],
        "cleared": [
            {"category": c.category.value, "reason": c.reason, "quote": c.quote} for c in draft.cleared
        ],
        "promises": [promise.model_dump() for promise in draft.reading.promises],
        "size": size.label.value,
        "days": {part: [getattr(size, part).low, getattr(size, part).high] for part in parts},
        "comparables": [_comparable(similar) for similar in draft.evidence.similar],
        "trip_wires": [{"id": w.id, "name": w.name, "quote": w.quote, "why": w.why} for w in size.trip_wires],
        "lane": size.lane.value,
        "answer": {
            "verdict": answer.verdict.value if answer.verdict else None,
            "conditions": list(answer.conditions),
            "ships_first": answer.ships_first,
            "waits": answer.waits,
            "customer_prepares": answer.customer_prepares,
            "dependencies": answer.dependencies,
            "biggest_risk": answer.biggest_risk,
            "date_kind": answer.date_kind.value if answer.date_kind else None,
            "date": answer.date,
            "decider": answer.decider,
            "outcome": answer.outcome,
            "options": [option.model_dump() for option in answer.options],
            "sentence": answer.sentence,
        },
        "degraded": list(draft.degraded),
        "cost": round(draft.cost, 6),
        "ms": round(draft.ms, 1),
    }


def as_text(draft: Draft, attachments: Sequence[Attachment] = ()) -> str:
    """What a person reads in a terminal."""
    size = draft.size
    lines = [draft.reading.ask, ""]
    lines += [
        "Kinds of change: " + (", ".join(kind.name for kind in draft.reading.sure_kinds) or "none recognised")
    ]
    lines += [f"Rough size: {size.label} · {_days(size.total)} engineer-days · {size.lane} lane"]
    lines += [
        f"  setup {_days(size.setup)} · build {_days(size.build)} · support {_days(size.support)}"
        + (f" · groundwork {_days(size.groundwork)}" if size.groundwork.high else "")
    ]
    lines += [f"  {reason}" for reason in size.reasons]
    lines += [
        f"Full review because of {wire.name}" + (f": “{wire.quote}”" if wire.quote else "")
        for wire in size.trip_wires
    ]
    lines += ["", "Questions" if draft.questions else "No questions: this reads as a small request."]
    for number, question in enumerate(draft.questions, start=1):
        lines += [f"{number}. [{question.category}] {question.question}"]
        lines += [f"     why: {question.why}", f"     ask: {question.ask} · {question.effect}"]
        lines += [f"     {_source(citation)}" for citation in question.evidence]
    if draft.folded:
        lines += [f"   and {len(draft.folded)} more, folded (--json shows them)"]
    if draft.reading.promises:
        lines += ["", "Already promised"] + [
            f"  “{' '.join(p.quote.split())}”{f' ({p.by})' if p.by else ''}" for p in draft.reading.promises
        ]
    lines += ["", "Files"] if attachments else []
    lines += [f"  {file.name}: {_read_of(file)}" for file in attachments]
    lines += _evidence(draft.evidence)
    lines += ["", f"Proposal: {draft.answer.sentence or draft.answer.verdict or 'open'}"]
    lines += [f"Note: {flag}" for flag in (*draft.flags, *draft.degraded)]
    return "\n".join(lines)


def _read_of(file: Attachment) -> str:
    words = len(file.text.split())
    read = f"{words:,} word{'s' if words != 1 else ''} read." if words else ""
    return f"{read} {file.trouble}".strip()


def _question(question: Question) -> dict[str, Any]:
    evidence = [
        {"kind": c.kind.value, "id": c.id, "title": c.title, "passage": c.passage} for c in question.evidence
    ]
    return {
        "id": question.id,
        "question": question.question,
        "category": question.category.value,
        "why": question.why,
        "quote": question.quote,
        "ask": question.ask,
        "effect": question.effect,
        "evidence": evidence,
    }


def _source(citation: Citation) -> str:
    if citation.kind is EvidenceKind.MAP:
        return f"product map: {citation.passage}"
    return f"{'note' if citation.kind is EvidenceKind.NOTE else 'seen on'}: {citation.title}"


def _comparable(similar: SimilarRequest) -> dict[str, Any]:
    return {
        "id": similar.past.id,
        "subject": similar.past.subject,
        "score": round(similar.score, 3),
        "same": list(similar.same),
        "differs": list(similar.differs),
        "ended": similar.ended,
    }


def _evidence(evidence: Evidence) -> list[str]:
    lines = ["", "Similar past requests"] if evidence.similar else []
    lines += [f"  {s.past.id} {s.past.subject} — {s.ended}" for s in evidence.similar]
    if evidence.notes:
        lines += ["Notes"] + [
            f"  {found.passage.title} ({found.passage.id})" + (f" — {found.stale}" if found.stale else "")
            for found in evidence.notes
        ]
    return lines


def _days(days: Days) -> str:
    return f"{days.low:g}–{days.high:g}"


def live_knowledge(settings: Settings) -> Knowledge:
    """The service's own knowledge, read from SQL: no row is written and no lock is taken.

    Raises:
        SetupError: there is no service in the data folder.
    """
    from triage.bootstrap import product_map
    from triage.oneoff import Knowledge
    from triage.records.database import migrate, open_database
    from triage.records.knowledge import KnowledgeStore

    if not settings.database_url and not (settings.data_dir / "triage.db").is_file():
        raise SetupError(
            f"There is no service in {settings.data_dir} whose knowledge could be used.",
            "Set TRIAGE_DATA_DIR to its data folder, or leave --live out.",
        )
    own = settings.knowledge_dir
    mapped = own / "product_map.md" if own and product_map(own) else None
    database = open_database(settings.sql_url)
    try:
        migrate(database)
        store = KnowledgeStore(database)
        past: list[PastRequest] = []
        while page := store.all_past(limit=500, offset=len(past)):
            past += page
        return Knowledge(product_map=mapped, history=tuple(past), passages=tuple(store.all_passages()))
    finally:
        database.dispose()
