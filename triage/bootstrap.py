"""Settings -> Services. The only place where concrete classes meet."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.analysts.weights import load_weights
from triage.attachments.reading import FileReader
from triage.catalogue import Catalogue, load_catalogue
from triage.clock import Teams
from triage.clock.team_file import read_teams
from triage.errors import DataFolderInUse, SetupError
from triage.graph import Pipeline, Tools, build_graph
from triage.intake.providers.mapping import require_field_map
from triage.letters import DecisionLetters, open_letters
from triage.outbox.channels import open_channels
from triage.own_sizes import OwnSizes
from triage.ports import Allowed, Analyst, Encoder, Sender
from triage.product_map import ProductMap, read_map
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.retrieval.embed import SentenceEncoder
from triage.retrieval.index import ChromaIndex, NoIndex
from triage.retrieval.own_weights import OwnWeights
from triage.retrieval.search import WEIGHTS, HybridRetriever
from triage.settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from triage.engine import Engine

# Read at import by the libraries; none of them may phone home or run code from a checkpoint.
_ENVIRONMENT = {
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


INDEX_WAIT_S = 15.0


@dataclass
class Services:
    """Everything an edge may use. Open with `open_services`, close with `close`."""

    settings: Settings
    catalogue: Catalogue
    store: Store
    people: People
    knowledge: KnowledgeStore
    outgoing: Outgoing
    teams: Teams
    encoder: SentenceEncoder
    index: ChromaIndex | NoIndex
    retriever: HybridRetriever
    own_weights: OwnWeights
    analyst: Analyst
    graph: CompiledStateGraph[Any, Any, Any, Any]
    pipeline: Pipeline
    engine: Engine
    sender: Sender
    letters: DecisionLetters
    _closing: list[Any] = field(default_factory=list)

    def close(self) -> None:
        """Stop the engine and let go of files and locks; safe to call twice."""
        while self._closing:
            self._closing.pop()()


def open_services(settings: Settings, *, worker: bool, attached: bool = False) -> Services:
    """Open database, index and graph. With `worker` the data folder is locked for this process, unless it is
    `attached`: the child of a process that has it.

    Raises:
        SetupError: a setting, folder, database or model that cannot be used, with the remedy.
    """
    from triage.engine import Engine

    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    closing: list[Any] = []
    try:
        teams = read_teams(settings)
        require_field_map(settings.field_map)
        _make_data_dir(settings)
        if worker:
            closing.append(_lock_index(settings.data_dir) if attached else hold_folder(settings))
        database = open_database(settings.sql_url)
        closing.append(database.dispose)
        engine = Engine(settings.sql_url, concurrency=settings.concurrency)
        closing.append(engine.stop)
        migrate(database)
        engine.prepare()
        catalogue = load_catalogue(settings.catalogue_dir)
        store, knowledge = Store(database), KnowledgeStore(database)
        encoder = open_encoder(settings)
        index = _index(settings, worker)
        closing.append(index.close)
        own = OwnWeights(load_weights(WEIGHTS), store)
        retriever = HybridRetriever(
            knowledge,
            index,
            encoder,
            product_map(settings.knowledge_dir),
            allowed=Allowed(labels=settings.labels),
            own=own,
        )
        analyst = make_analyst(settings, catalogue, encoder, store)
        people = People(database)
        letters = open_letters(settings, store, people.get)
        sizes = OwnSizes(catalogue, knowledge, index, encoder)
        files = FileReader(store)
        tools = Tools(store, retriever, analyst, catalogue, sizes, letters, files.read)
        graph = build_graph(tools, _checkpointer(settings, closing))
        return Services(
            settings=settings,
            catalogue=catalogue,
            store=store,
            people=people,
            knowledge=knowledge,
            outgoing=Outgoing(database),
            teams=teams,
            encoder=encoder,
            index=index,
            retriever=retriever,
            own_weights=own,
            analyst=analyst,
            graph=graph,
            pipeline=Pipeline(graph, store),
            engine=engine,
            sender=open_channels(settings),
            letters=letters,
            _closing=closing,
        )
    except BaseException:
        while closing:
            closing.pop()()
        raise


def make_analyst(
    settings: Settings, catalogue: Catalogue, encoder: Encoder, store: Store | None = None
) -> Analyst:
    """The analyst in force: the catalogue alone, or a model that falls back to it step by step."""
    from triage.analysts.catalogue import CatalogueAnalyst

    default = CatalogueAnalyst(catalogue, encoder)
    if not settings.uses_model:
        return default
    if not settings.model:
        raise SetupError("TRIAGE_ANALYST is llm but TRIAGE_MODEL is empty.", "Name a model or use catalogue.")
    from triage.analysts.fallback import FallbackAnalyst
    from triage.analysts.llm import LLMAnalyst
    from triage.prompts import load_prompts

    spent = store.spent_today if store else (lambda: 0.0)
    return FallbackAnalyst(LLMAnalyst(settings, catalogue, load_prompts(), default, spent), default)


def product_map(folder: Path | None) -> ProductMap | None:
    """The team's map, when the knowledge folder has one. Raises SetupError when the folder is missing."""
    if folder is not None and not folder.is_dir():
        raise SetupError(
            f"There is no knowledge folder {folder}.", "Set TRIAGE_KNOWLEDGE_DIR to one, or unset it."
        )
    path = folder / "product_map.md" if folder else None
    if path is None or not path.is_file():
        return None
    return read_map(path)


def open_encoder(settings: Settings) -> SentenceEncoder:
    """The embedding model, not loaded yet. Raises SetupError when its folder is missing."""
    model = settings.embedding_model
    if model.startswith(("/", ".", "~")) and not Path(model).is_dir():
        raise SetupError(
            f"There is no model folder {model}.",
            "Set TRIAGE_EMBEDDING_MODEL to the folder of a sentence-transformers model, or unset it to use "
            "the packaged one.",
        )
    return SentenceEncoder(model)


def _index(settings: Settings, worker: bool) -> ChromaIndex | NoIndex:
    """The embedded index belongs to the process that holds the lock; beside it, keywords alone find."""
    if settings.chroma_url:
        return ChromaIndex(None, settings.chroma_url)
    return ChromaIndex(settings.data_dir / "chroma") if worker else NoIndex()


def _checkpointer(settings: Settings, closing: list[Any]) -> BaseCheckpointSaver[Any]:
    serde = _serializer()
    if settings.sql_url.startswith("sqlite"):
        from langgraph.checkpoint.sqlite import SqliteSaver

        connection = sqlite3.connect(settings.data_dir / "threads.db", check_same_thread=False, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        closing.append(connection.close)
        return SqliteSaver(connection, serde=serde)
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    pool = ConnectionPool(
        settings.sql_url.replace("postgresql+psycopg://", "postgresql://"),
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        check=ConnectionPool.check_connection,
        open=True,
    )
    closing.append(pool.close)
    saver = PostgresSaver(pool, serde=serde)  # type: ignore[arg-type]
    saver.setup()
    return saver


def _serializer() -> Any:
    """Only our own frozen types may come out of a checkpoint."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    from triage import domain

    types = [value for value in vars(domain).values() if isinstance(value, type)]
    own = [(value.__module__, value.__name__) for value in types]
    return JsonPlusSerializer(allowed_msgpack_modules=own)


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data_dir / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupError(
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}.",
            "Set TRIAGE_DATA_DIR to a folder this user may write to.",
        ) from error


def hold_folder(settings: Settings) -> Callable[[], None]:
    """Hold the data folder for this process; returns what lets go of it. Raises DataFolderInUse."""
    from filelock import FileLock, Timeout

    _make_data_dir(settings)
    folder = settings.data_dir
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = ""
        with suppress(OSError):
            holder = (folder / "holder").read_text(encoding="utf-8").strip()
        raise DataFolderInUse(
            f"The data folder {folder} is in use by another process{f' ({holder})' if holder else ''}.",
            "Stop that `triage serve` or `triage worker`, or set another TRIAGE_DATA_DIR.",
        ) from None
    (folder / "holder").write_text(f"process {os.getpid()}", encoding="utf-8")
    return lambda: lock.release()


def _lock_index(folder: Path) -> Callable[[], None]:
    """The index has one user (Chroma): the child of a killed parent needs a moment to be gone."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "index.lock")
    try:
        lock.acquire(timeout=INDEX_WAIT_S)
    except Timeout:
        raise DataFolderInUse(
            f"The index in {folder} is still in use by another process.", "Stop that process."
        ) from None
    return lambda: lock.release()
