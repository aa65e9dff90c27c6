"""How long one search for similar past requests takes, and how that grows with the history.

    python -m evals.bench.retrieval [--sizes 1000 10000 100000] [--queries 60]

Invented past requests in a store and an index on disk, on one core: both halves, the check in SQL and the
re-ranking, beside a bare Chroma query over the same vectors in the same run. The vectors of the texts are
sums of random word vectors, so that 100,000 of them need no model; encoding with the real model is timed
apart. The history grows from size to size. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from triage.analysts.weights import load_weights
from triage.content import content_dir
from triage.domain import PastRequest, Reading, Request
from triage.history import read_history
from triage.ports import Allowed, Encoder
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.embed import SentenceEncoder
from triage.retrieval.index import ChromaIndex
from triage.retrieval.indexing import apply_changes
from triage.retrieval.search import WEIGHTS
from triage.retrieval.similar import SimilarSearch, query_of

SIZES = (1_000, 10_000, 100_000)
QUERIES = 60
BATCH = 500  # past requests stored at a time
DIMENSION = 384
VOCABULARY = 30_000  # words, as frequent as Zipf's law says
TOPICS = 300
TITLE_WORDS, BODY_WORDS = 5, 80
AIMS_MS = {10_000: 40, 100_000: 70}
SEED = 7
SYLLABLES = "badofigahojukalominuparosutavezi"


@dataclass(frozen=True)
class Size:
    """What was measured with so many past requests. Times in milliseconds, medians over the queries."""

    requests: int
    search_ms: float
    words_ms: float  # of that, the keyword half
    chroma_ms: float  # a bare query
    stored_per_second: float  # past requests into SQL with their counts
    indexed_per_second: float  # into Chroma, two vectors each; without encoding


@dataclass(frozen=True)
class Encoding:
    """Median milliseconds of the real model for a title alone, and for a whole request with its title."""

    words: int  # of the median request
    title_ms: float
    request_ms: float


class Writer:
    """Invents requests: frequent words as everybody uses them, and the words of one topic."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = random.Random(seed)
        self._words = [_word(number) for number in range(VOCABULARY)]
        self._heaped = np.cumsum([1 / (rank + 3) for rank in range(VOCABULARY)]).tolist()
        self._topics = [self._random.sample(self._words, 40) for _ in range(TOPICS)]

    def past(self) -> Iterator[PastRequest]:
        """Without end."""
        number = 0
        while True:
            number += 1
            title, body = self._text()
            year, month = 2015 + self._random.randrange(10), 1 + self._random.randrange(12)
            opened = f"{year}-{month:02}-{1 + self._random.randrange(28):02}"
            area = f"area {self._random.randrange(12)}"
            yield PastRequest(id=f"p-{number:07}", opened=opened, product_area=area, subject=title, body=body)

    def request(self, number: int) -> Request:
        """One that comes in."""
        title, body = self._text()
        return Request(id=f"r-{number}", subject=title, body=body, product_area="area 1")

    def _text(self) -> tuple[str, str]:
        topic = self._random.choice(self._topics)
        words = self._random.choices(self._words, cum_weights=self._heaped, k=TITLE_WORDS + BODY_WORDS)
        told = [self._random.choice(topic) if self._random.random() < 0.3 else word for word in words]
        return " ".join(told[:TITLE_WORDS]), " ".join(told[TITLE_WORDS:])


class WordVectors:
    """Stands in for the model while the history is built: texts that share words are near each other."""

    name = "word-vectors"
    dimension = DIMENSION

    def __init__(self) -> None:
        generator = np.random.default_rng(SEED)
        self._table = generator.standard_normal((4_096, DIMENSION)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows."""
        if not texts:
            return np.empty((0, DIMENSION), dtype=np.float32)
        rows = np.stack([self._table[[_place(word) for word in text.split()]].sum(axis=0) for text in texts])
        unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--queries", type=int, default=QUERIES)
    arguments = parser.parse_args()
    stay_on_one_core()
    with tempfile.TemporaryDirectory() as folder:
        sizes = measure(sorted(arguments.sizes), arguments.queries, Path(folder))
    print(as_markdown(sizes, encoding(SentenceEncoder())))


def measure(sizes: Sequence[int], queries: int, folder: Path) -> list[Size]:
    """One figure of each kind for each size; the history grows in `folder`."""
    database = open_database(f"sqlite:///{folder / 'triage.db'}")
    migrate(database)
    index = ChromaIndex(folder / "chroma")
    try:
        return list(_measured(KnowledgeStore(database), index, sizes, queries))
    finally:
        index.close()
        database.dispose()


def _measured(
    store: KnowledgeStore, index: ChromaIndex, sizes: Sequence[int], queries: int
) -> Iterator[Size]:
    encoder, writer = WordVectors(), Writer()
    search = SimilarSearch(store, index, encoder, load_weights(WEIGHTS))
    past, known = writer.past(), 0
    for size in sizes:
        stored, indexed = _grow(store, index, encoder, past, size - known)
        asked = [writer.request(number) for number in range(queries)]
        yield Size(
            requests=size,
            search_ms=_median_ms(asked, _searching(search, encoder)),
            words_ms=_median_ms(asked, lambda each: lambda: store.match_past(each.subject, each.body, 50)),
            chroma_ms=_median_ms(asked, _querying(search, index, encoder)),
            stored_per_second=(size - known) / stored,
            indexed_per_second=(size - known) / indexed,
        )
        known = size


def _grow(
    store: KnowledgeStore, index: ChromaIndex, encoder: Encoder, past: Iterator[PastRequest], number: int
) -> tuple[float, float]:
    """Seconds to store and seconds to index so many more."""
    stored = indexed = 0.0
    while number > 0 and (batch := list(islice(past, min(BATCH, number)))):
        began = time.perf_counter()
        store.put_past(batch)
        between = time.perf_counter()
        apply_changes(store, index, encoder)
        stored, indexed = stored + between - began, indexed + time.perf_counter() - between
        number -= len(batch)
    return stored, indexed


def _searching(search: SimilarSearch, encoder: Encoder) -> Callable[[Request], Callable[[], object]]:
    def prepared(request: Request) -> Callable[[], object]:
        query = query_of(request, encoder)
        assert query is not None
        return lambda: search.search(query, request, Reading(), Allowed())

    return prepared


def _querying(
    search: SimilarSearch, index: ChromaIndex, encoder: Encoder
) -> Callable[[Request], Callable[[], object]]:
    def prepared(request: Request) -> Callable[[], object]:
        query = query_of(request, encoder)
        assert query is not None
        return lambda: index.query(search.collections[0], query.full, 10)

    return prepared


def _median_ms(asked: Sequence[Request], prepared: Callable[[Request], Callable[[], object]]) -> float:
    """The first call warms up and does not count."""
    prepared(asked[0])()
    times = []
    for request in asked:
        act = prepared(request)
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def encoding(encoder: Encoder) -> Encoding:
    """The requests of the sample company through the real model. No text comes twice, because the encoder
    would know it by heart: the title alone ends in a full stop."""
    asked = [
        Request(id=past.id, subject=past.subject, body=past.body)
        for past in read_history(content_dir("knowledge") / "sample" / "history.jsonl")
    ]
    return Encoding(
        words=round(statistics.median(len(each.ask_text().split()) for each in asked)),
        title_ms=_median_ms(asked, lambda each: lambda: encoder.encode([f"{each.subject}."])),
        request_ms=_median_ms(asked, lambda each: lambda: query_of(each, encoder)),
    )


def exponent(sizes: Sequence[Size]) -> float:
    """With which power of the number of past requests the time of a search grows, first to last size."""
    first, last = sizes[0], sizes[-1]
    if first.requests == last.requests:
        return 0.0
    return math.log(last.search_ms / first.search_ms) / math.log(last.requests / first.requests)


def as_markdown(sizes: Sequence[Size], encoded: Encoding) -> str:
    """One line for each size, then encoding and the exponent."""
    lines = [
        "| past requests | search p50 | aim | of it words | bare Chroma | ratio | stored/s | indexed/s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        aim = f"{AIMS_MS[size.requests]} ms with encoding" if size.requests in AIMS_MS else ""
        lines.append(
            f"| {size.requests:,} | {size.search_ms:.1f} ms | {aim} | {size.words_ms:.1f} ms "
            f"| {size.chroma_ms:.1f} ms | {size.search_ms / size.chroma_ms:.0f} "
            f"| {size.stored_per_second:.0f} | {size.indexed_per_second:.0f} |"
        )
    lines += [
        "",
        f"Encoding a title: {encoded.title_ms:.1f} ms; a request of {encoded.words} words with its title: "
        f"{encoded.request_ms:.1f} ms (medians).",
    ]
    if len(sizes) > 1:
        lines.append(f"Search time grows with the {exponent(sizes):.2f}th power of the history (aim: 0.5).")
    return "\n".join(lines)


def stay_on_one_core() -> None:
    """Where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _word(number: int) -> str:
    """Pronounceable, the frequent ones short."""
    number, word = number + 16, ""
    while number:
        number, rest = divmod(number, 16)
        word += SYLLABLES[2 * rest : 2 * rest + 2]
    return word


def _place(word: str) -> int:
    return zlib.crc32(word.encode()) % 4_096


if __name__ == "__main__":
    main()
