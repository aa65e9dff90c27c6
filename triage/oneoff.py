"""One draft without a service: the same graph, a desk in memory, and only the knowledge it is given.

`triage draft` and the evaluation suites use it. Without notes, map or history it starts from nothing
but the catalogue, so that a result depends on what the caller named and on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage.bootstrap import make_analyst
from triage.catalogue import Catalogue, load_catalogue
from triage.desk import MemoryDesk
from triage.domain import Draft, Passage, PastRequest, Request
from triage.graph import Pipeline, Tools, build_graph
from triage.history import read_history
from triage.letters import DecisionLetters
from triage.notes import read_notes
from triage.own_sizes import OwnSizes
from triage.ports import Analyst, Encoder, Retriever, SizeHistory
from triage.product_map import ProductMap, read_map
from triage.retrieval.search import HybridRetriever
from triage.settings import Settings

if TYPE_CHECKING:
    from triage.records.knowledge import KnowledgeStore
    from triage.retrieval.index import ChromaIndex, NoIndex


@dataclass(frozen=True)
class Knowledge:
    """Where a one-off draft may look things up; everything empty by default."""

    passages: tuple[Passage, ...] = ()
    product_map: Path | None = None
    history: tuple[PastRequest, ...] = ()

    @classmethod
    def named(cls, notes: Path | None, product_map: Path | None, history: Path | None) -> Knowledge:
        """From the paths of the command line: `notes` is a folder of notes, or one with notes/ and
        perhaps product_map.md in it. Raises BadFile."""
        past = tuple(read_history(history)) if history else ()
        passages = tuple(read_notes(_notes_folder(notes))) if notes else ()
        if product_map is None and notes and (notes / "product_map.md").is_file():
            product_map = notes / "product_map.md"
        return cls(passages=passages, product_map=product_map, history=past)


class OneOff:
    """Drafts requests with one loaded model; several threads may ask for drafts at the same time.

    Args:
        grows: `learn_past` will be called.
        around: puts something around the analyst, such as a cache of its steps.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        knowledge: Knowledge | None = None,
        *,
        grows: bool = False,
        around: Callable[[Analyst, Catalogue], Analyst] = lambda analyst, _: analyst,
    ) -> None:
        knowledge = knowledge or Knowledge()
        self.catalogue: Catalogue = load_catalogue(settings.catalogue_dir)
        self.encoder = encoder
        self.analyst: Analyst = around(make_analyst(settings, self.catalogue, encoder), self.catalogue)
        self._source, self._index = _memory(encoder, knowledge, grows)
        self.retriever: Retriever = HybridRetriever(
            self._source, self._index, encoder, _map(knowledge.product_map)
        )
        self.sizes: SizeHistory = OwnSizes(self.catalogue, self._source, self._index, encoder)
        self.desk = MemoryDesk()
        self._pipeline = self._wire(settings)

    def draft(self, request: Request) -> Draft:
        """Run the graph up to the review."""
        self.desk.add(request)
        self._pipeline.process(request.id)
        self._pipeline.forget(request.id)
        return self.desk.drafts[request.id][-1]

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        """Add or replace past requests: the next draft may find them. Needs `grows`."""
        from triage.retrieval.indexing import apply_changes

        if self._source.put_past(past):
            apply_changes(self._source, self._index, self.encoder)

    def _wire(self, settings: Settings) -> Pipeline:
        from langgraph.checkpoint.memory import InMemorySaver

        letters = DecisionLetters(settings.base_url, settings.mail_from)
        tools = Tools(self.desk, self.retriever, self.analyst, self.catalogue, self.sizes, letters)
        return Pipeline(build_graph(tools, InMemorySaver()), self.desk)


def _memory(
    encoder: Encoder, knowledge: Knowledge, grows: bool
) -> tuple[KnowledgeStore, ChromaIndex | NoIndex]:
    """SQL and index in memory. Chroma is not loaded for a draft that has nothing to look up."""
    from triage.records.database import migrate, open_database
    from triage.records.knowledge import KnowledgeStore
    from triage.retrieval.index import ChromaIndex, NoIndex
    from triage.retrieval.indexing import apply_changes

    database = open_database("sqlite://")
    migrate(database)
    source = KnowledgeStore(database)
    for path in sorted({passage.path for passage in knowledge.passages}):
        source.put_passages(path, [passage for passage in knowledge.passages if passage.path == path])
    source.put_past(knowledge.history)
    if not (knowledge.passages or knowledge.history or grows):
        return source, NoIndex()
    index = ChromaIndex(None)
    apply_changes(source, index, encoder)
    return source, index


def _notes_folder(folder: Path) -> Path:
    return folder / "notes" if (folder / "notes").is_dir() else folder


def _map(path: Path | None) -> ProductMap | None:
    return read_map(path) if path else None
