"""The retrieval suite: are the past requests that should be found found, and how far up?

Runs the service's own store, index and search over a public collection in time order and compares them with
what each half finds alone. No part of it knows of a document that came later than the query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.progress import progress_bar
from evals.retrieval.data import Collection
from evals.retrieval.measures import HEADLINE, K, ratio_of_means, scores
from evals.retrieval.replay import Asked, Replay, encode_collection
from triage.domain import PastRequest, Reading
from triage.ports import Encoder
from triage.retrieval.ranking import aged, fixed_formula
from triage.retrieval.signs import Facts, facts_of

SPLIT = "test"
WORDS = "words alone (BM25)"
DENSE = "vectors alone (Chroma)"
FIXED = "fixed formula, text"
FIXED_AGED = "fixed formula, text and age"
TEXT = "product, text only"
FULL = "product, age and area too"
WAYS = (WORDS, DENSE, FIXED, FIXED_AGED, TEXT, FULL)

Scores = dict[str, list[dict[str, float]]]
"""By way of searching, one dict of measures for each query, in time order."""


def search(collection: Collection, encoder: Encoder, console: Console, out: Path, split: str) -> Scores:
    """The measures of each query of the split for each way of searching, in time order; prints the ratios.

    The vectors of the texts are kept in `out`, so that a second run over the same files with the same model
    is quick. Ctrl+C stops with the query in hand: fewer queries come back.
    """
    found: Scores = {way: [] for way in WAYS}
    with progress_bar(console) as bar:
        encoding = bar.add_task("Encoding", total=None)
        vectors = encode_collection(
            collection, encoder, out, lambda done, total: bar.update(encoding, completed=done, total=total)
        )
        bar.update(encoding, completed=1, total=1, visible=False)
        searching = bar.add_task("Searching", total=len(collection.queries(split)))
        with Replay(collection, vectors) as replay:
            try:
                for asked in replay.ask(split):
                    relevant = collection.relevant[asked.report.id]
                    for way, ranked in rankings(replay, asked).items():
                        found[way].append(scores(ranked, relevant))
                    bar.update(searching, advance=1)
            except KeyboardInterrupt:
                console.print(f"Interrupted: {len(found[DENSE])} queries are done.")
    whole = min(map(len, found.values()))
    found = {way: each[:whole] for way, each in found.items()}
    if whole:
        print_ratios(console, found)
    return found


def rankings(replay: Replay, asked: Asked) -> dict[str, list[str]]:
    """Ids, best first, at least as many as are measured where there are so many."""
    query, items = asked.query, asked.found.items
    request = asked.report.request()
    facts = [facts_of(request, Reading(), past) for past in items]
    fixed = fixed_formula(asked.found.full @ query.full, asked.found.title @ query.title, asked.found.words)
    days = np.array([each.days or 0.0 for each in facts])
    hits = replay.store.match_past(request.subject, request.body, K)
    whole, _ = replay.search.collections
    return {
        WORDS: [hit.id for hit in hits],
        DENSE: [hit.id for hit in replay.index.query(whole, query.full, K)],
        FIXED: _by(fixed, items),
        FIXED_AGED: _by(aged(fixed, days), items),
        TEXT: [each.past.id for each in replay.search.ranked(query, asked.found, [Facts()] * len(items))],
        FULL: [each.past.id for each in replay.search.ranked(query, asked.found, facts)],
    }


def print_ratios(console: Console, found: Scores) -> None:
    """How each way of searching does by vectors alone, with its 95 % interval over the queries."""
    table = Table(title=f"{HEADLINE} by that of {DENSE}", title_justify="left")
    table.add_column("way", no_wrap=True)
    for name in ("ratio", "95 % interval"):
        table.add_column(name, justify="right")
    for way, measured in found.items():
        ratio = ratio_of_means(measured, found[DENSE]) if way != DENSE else None
        if ratio:
            table.add_row(way, f"{ratio.value:.3f}", f"{ratio.low:.3f}–{ratio.high:.3f}")
    console.print(table)


def _by(values: np.ndarray, items: Sequence[PastRequest]) -> list[str]:
    order: Mapping[str, float] = {past.id: float(value) for past, value in zip(items, values, strict=True)}
    return sorted(order, key=lambda id_: (-order[id_], id_))
