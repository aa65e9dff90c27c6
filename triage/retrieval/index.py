"""Vectors in Chroma; the only importer of chromadb.

Everything in here is derived from SQL and can be thrown away and rebuilt. An embedded index (a folder or
memory) belongs to one process; several workers share a `chroma run` server by URL.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from triage.errors import IndexUnavailable, SetupError
from triage.ports import Encoder, Hit

if TYPE_CHECKING:
    import httpx
    import numpy as np

T = TypeVar("T")

BATCH = 1000  # rows a call; below Chroma's own limit, which is asked for as well
SEARCH_WIDTH = 200  # how many neighbours HNSW looks at; Chroma's 100 misses some of the 50 we ask for
PAGES = 4  # places of a collection that a sample is taken from
TIMEOUT_S = 60.0  # of one call to a server
DEFAULT_PORTS = {"http": 8000, "https": 443}


class ChromaIndex:
    """Implements `ports.VectorIndex`. May be shared by threads; connects at the first use.

    Args:
        path: folder of the embedded index; None without `url`: in memory, gone with `close`.
        url: "http(s)://host[:port]" of a `chroma run` server; wins over `path`.

    Raises:
        SetupError: the URL is not one we understand.
        IndexUnavailable: from every method, when the folder or the server cannot be used.
    """

    def __init__(self, path: Path | None = None, url: str = "") -> None:
        self._path = path
        self._url = url
        self._server = _server_of(url) if url else None
        # all in-memory clients of a process are one database: a prefix keeps them apart
        self._prefix = f"{uuid.uuid4().hex}-" if path is None and not url else ""
        self._lock = threading.RLock()
        self._connection: Any = None
        self._collections: dict[str, Any] = {}

    def open(self) -> None:
        """Connect now, to hear of trouble at start and not with the first request."""
        self._call(lambda: self._client().heartbeat())

    def close(self) -> None:
        """Let go of files and connections; an index in memory is gone."""
        with self._lock:
            if self._connection is None:
                return
            if self._prefix:
                for name in [c.name for c in self._connection.list_collections()]:
                    if name.startswith(self._prefix):
                        self._connection.delete_collection(name)
            sessions = _http_sessions(self._connection)
            self._connection.close()
            for session in sessions:
                session.close()
            self._connection, self._collections = None, {}

    def upsert(self, collection: str, ids: Sequence[str], vectors: np.ndarray) -> None:
        """Add or replace vectors, rows matching `ids`; of a repeated id the last row counts."""
        if len(ids) != len(vectors):
            raise ValueError(f"{len(ids)} ids for {len(vectors)} vectors.")
        row_of = {id_: row for row, id_ in enumerate(ids)}
        unique = list(row_of)
        for start in range(0, len(unique), self._batch()):
            part = unique[start : start + self._batch()]
            rows = vectors[[row_of[id_] for id_ in part]]
            self._on(collection, partial(_upsert, ids=part, rows=rows), create=True)

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Forget ids; unknown ids are ignored."""
        if ids:
            self._on(collection, lambda c: c.delete(ids=list(dict.fromkeys(ids))))

    def query(self, collection: str, vector: np.ndarray, limit: int) -> list[Hit]:
        """Nearest first; empty when the collection is empty or unknown."""
        if limit < 1:
            return []
        found = self._on(
            collection,
            lambda c: c.query(query_embeddings=vector[None], n_results=limit, include=["distances"]),
        )
        if found is None:
            return []
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Hit(id=id_, score=1.0 - float(distance)) for id_, distance in pairs]

    def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The stored vectors of those `ids` that are there, by id."""
        if not ids:
            return {}
        wanted = list(dict.fromkeys(ids))
        found = self._on(collection, lambda c: c.get(ids=wanted, include=["embeddings"]))
        return dict(zip(found["ids"], found["embeddings"], strict=True)) if found else {}

    def sample(self, collection: str, most: int) -> np.ndarray:
        """At most so many of the stored vectors from old to new, one a row; shape (0, 0) when none are."""
        import numpy as np

        size = self.count(collection)
        if not size:
            return np.empty((0, 0), dtype=np.float32)
        page = -(-most // PAGES)
        starts = [0] if size <= most else [size * place // PAGES for place in range(PAGES)]
        limit = most if size <= most else page
        pages = [self._on(collection, partial(_embeddings, limit=limit, offset=start)) for start in starts]
        found = [rows for rows in pages if rows is not None and len(rows)]
        return np.concatenate(found)[:most] if found else np.empty((0, 0), dtype=np.float32)

    def count(self, collection: str) -> int:
        """How many vectors the collection holds; 0 when unknown."""
        return int(self._on(collection, lambda c: c.count()) or 0)

    def reset(self, collection: str) -> None:
        """Drop the collection."""
        from chromadb.errors import NotFoundError

        def drop() -> None:
            with suppress(NotFoundError):  # then it is already what was asked for
                self._client().delete_collection(self._prefix + collection)

        with self._lock:
            self._collections.pop(collection, None)
            self._call(drop)

    def _on(self, name: str, act: Callable[[Any], T], *, create: bool = False) -> T | None:
        """`act` on a collection; None when there is none. Another process may have dropped and rebuilt the
        collection since we last saw it, so a handle that is not found is looked up once more."""
        from chromadb.errors import NotFoundError

        for _ in range(2):
            try:
                return self._call(lambda: act(self._collection(name, create=create)))
            except NotFoundError:
                self._collections.pop(name, None)
        return None

    def _collection(self, name: str, *, create: bool) -> Any:
        with self._lock:
            if name not in self._collections:
                full = self._prefix + name
                client = self._client()
                self._collections[name] = (
                    client.get_or_create_collection(
                        full,
                        configuration={"hnsw": {"space": "cosine", "ef_search": SEARCH_WIDTH}},
                        embedding_function=None,
                    )
                    if create
                    else client.get_collection(full, embedding_function=None)
                )
            return self._collections[name]

    def _batch(self) -> int:
        return min(BATCH, int(self._call(lambda: self._client().get_max_batch_size())))

    def _client(self) -> Any:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def _connect(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if self._server:
            scheme, host, port = self._server
            client = chromadb.HttpClient(host=host, port=port, ssl=scheme == "https", settings=settings)
            for session in _http_sessions(client):
                session.timeout = TIMEOUT_S
            return client
        if self._path is None:
            return chromadb.EphemeralClient(settings=settings)
        self._path.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(self._path), settings=settings)

    def _call(self, act: Callable[[], T]) -> T:
        import httpx
        from chromadb.errors import ChromaError, InternalError, NotFoundError, RateLimitError

        try:
            return act()
        except NotFoundError:
            raise
        except (httpx.TransportError, InternalError, RateLimitError, OSError) as error:
            raise self._unavailable(error) from error
        except ChromaError:
            raise
        except ValueError as error:  # how Chroma reports a server that is not there, when it connects
            if self._connection is None:
                raise self._unavailable(error) from error
            raise

    def _unavailable(self, error: Exception) -> IndexUnavailable:
        if self._url:
            return IndexUnavailable(
                f"The Chroma server at {self._url} does not answer: {error}",
                "Start it (`chroma run --path …`) or correct TRIAGE_CHROMA_URL.",
            )
        place = f"in {self._path}" if self._path else "in memory"
        return IndexUnavailable(
            f"The vector index {place} cannot be used: {error}",
            "Stop the service, delete that folder and run `triage reindex`: it is rebuilt from the database.",
        )


class NoIndex:
    """Stands in for the index in a process that does not hold it: finds nothing, so that search goes by
    keywords. Writing is refused, because a change written here would be lost."""

    def upsert(self, collection: str, ids: Sequence[str], vectors: np.ndarray) -> None:
        """Raises SetupError."""
        raise _not_held()

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Raises SetupError."""
        raise _not_held()

    def reset(self, collection: str) -> None:
        """Raises SetupError."""
        raise _not_held()

    def query(self, collection: str, vector: np.ndarray, limit: int) -> list[Hit]:
        """Always empty."""
        return []

    def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """Always empty."""
        return {}

    def sample(self, collection: str, most: int) -> np.ndarray:
        """Always empty."""
        import numpy as np

        return np.empty((0, 0), dtype=np.float32)

    def count(self, collection: str) -> int:
        """Always 0."""
        return 0

    def close(self) -> None:
        """Nothing to close."""


def collection_name(kind: str, encoder: Encoder) -> str:
    """The collection for `kind` of text ("past", "note-title"): vectors of two models never meet."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{kind}-{encoder.name}-{encoder.dimension}")


def _http_sessions(client: Any) -> list[httpx.Client]:
    """Chroma 1.5 opens two HTTP sessions for one client, gives them no time-out and never closes them, and
    has no public way to any of it."""
    import httpx

    owners = (client, getattr(client, "_admin_client", None))
    sessions = [getattr(getattr(owner, "_server", None), "_session", None) for owner in owners]
    return [session for session in sessions if isinstance(session, httpx.Client)]


def _upsert(collection: Any, ids: list[str], rows: np.ndarray) -> None:
    collection.upsert(ids=ids, embeddings=rows)


def _embeddings(collection: Any, limit: int, offset: int) -> np.ndarray:
    import numpy as np

    found = collection.get(limit=limit, offset=offset, include=["embeddings"])["embeddings"]
    rows: np.ndarray = np.asarray(found, dtype=np.float32)
    return rows


def _not_held() -> SetupError:
    return SetupError(
        "This process does not hold the vector index.",
        "Changes wait in the database; `triage serve` or `triage worker` applies them.",
    )


def _server_of(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    plain = not (parts.username or parts.path.strip("/") or parts.query or parts.fragment)
    if not (parts.hostname and port and plain):
        raise SetupError(
            "TRIAGE_CHROMA_URL is not the address of a Chroma server.",
            "Write it as http://host:8000, without a path.",
        )
    return parts.scheme, parts.hostname, port
