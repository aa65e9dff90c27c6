"""Takes notes into the records, so that the command line and the sample company do it the same way."""

from __future__ import annotations

from pathlib import Path

from triage.notes import read_notes
from triage.records.knowledge import KnowledgeStore


def index_notes(knowledge: KnowledgeStore, folder: Path) -> str:
    """Store every note below `folder`, drop those that are gone; returns one line on what changed."""
    passages = read_notes(folder)
    paths = sorted({passage.path for passage in passages})
    changed = sum(knowledge.put_passages(path, [p for p in passages if p.path == path]) for path in paths)
    dropped = knowledge.drop_notes_not_in(paths)
    return f"{len(paths)} notes with {len(passages)} passages read; {changed} changed, {dropped} dropped."
