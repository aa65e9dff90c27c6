"""Who uses what: the past requests and passages that the newest draft of each request shows or cites.

Cited is what a question or the size rests on; a question that was dropped cites nothing. The rows follow the
draft in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from triage.domain import Draft, EvidenceKind, QuestionState
from triage.records import tables

Key = tuple[EvidenceKind, str]

_KEPT = (EvidenceKind.PAST, EvidenceKind.NOTE)
_C = tables.citations.c


def put_citations(connection: sa.Connection, draft: Draft) -> None:
    """Make these the rows of the draft's request."""
    connection.execute(sa.delete(tables.citations).where(_C.request_id == draft.request_id))
    cited, shown = set(_cited(draft)), set(_shown(draft))
    rows = [
        {
            "kind": kind.value,
            "key": key,
            "request_id": draft.request_id,
            "cited": (kind, key) in cited,
            "at": draft.created,
        }
        for kind, key in sorted(cited | shown)
    ]
    if rows:
        connection.execute(sa.insert(tables.citations), rows)


def _cited(draft: Draft) -> Iterator[Key]:
    standing = (q for q in (*draft.questions, *draft.folded) if q.state is not QuestionState.DROPPED)
    citations = [*draft.size.comparables, *(each for question in standing for each in question.evidence)]
    yield from ((each.kind, each.id) for each in citations if each.kind in _KEPT)


def _shown(draft: Draft) -> Iterator[Key]:
    yield from ((EvidenceKind.PAST, each.past.id) for each in draft.evidence.similar)
    yield from ((EvidenceKind.NOTE, each.passage.id) for each in draft.evidence.notes)
