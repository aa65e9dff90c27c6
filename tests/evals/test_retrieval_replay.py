"""The replay knows nothing of what came later: no hit, no count of words, no mean of vectors."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from evals.retrieval.data import Collection, Report
from evals.retrieval.replay import Asked, KnownVectors, Replay, encode_collection
from evals.suites import retrieval as suite
from evals.suites.retrieval import DENSE, FULL, TEXT, WAYS, WORDS, rankings, search
from tests.fakes import WordEncoder
from triage.domain import Reading
from triage.retrieval.signs import facts_of

THINGS = ("printer", "window", "invoice", "calendar", "spelling", "table", "branch", "parts")


def report(number: int, title: str, body: str = "") -> Report:
    day = date(2020, 1, 1) + timedelta(days=number)
    return Report(f"d{number:03}", day.isoformat(), title, body, "Jobs", day)


def collection(*extra: Report) -> Collection:
    """Every thing breaks, and is reported again in the same order; every second report is a query."""
    first = [report(n, f"The {thing} is broken") for n, thing in enumerate(THINGS)]
    again = [report(20 + n, f"Broken {thing} since today") for n, thing in enumerate(THINGS)]
    reports = sorted([*first, *again, *extra], key=lambda each: each.t)
    relevant = {late.id: frozenset({early.id}) for early, late in zip(first, again, strict=True)}
    split = {id_: "test" if n % 2 else "dev" for n, id_ in enumerate(relevant)}
    return Collection("things", "0" * 64, tuple(reports), relevant, split)


def seen(of: Collection, split: str = "test") -> list[tuple[str, list[tuple[str, float, tuple[float, ...]]]]]:
    """For each query what was ranked, with score and signs."""
    found = []
    with Replay(of, WordEncoder()) as replay:
        for asked in replay.ask(split):
            request = asked.report.request()
            facts = [facts_of(request, Reading(), past) for past in asked.found.items]
            ranked = replay.search.ranked(asked.query, asked.found, facts)
            found.append((asked.report.id, [(each.past.id, each.score, each.signs) for each in ranked]))
    return found


def test_only_what_is_earlier_is_found() -> None:
    whole = collection()
    when = {each.id: each.t for each in whole.reports}
    ranked = seen(whole)
    assert [query for query, _ in ranked] == ["d021", "d023", "d025", "d027"]
    for query, hits in ranked:
        assert hits
        assert all(when[id_] < when[query] for id_, _, _ in hits)
        assert whole.relevant[query] <= {id_ for id_, _, _ in hits}


def test_later_reports_change_nothing_at_all() -> None:
    """Neither a copy of the query nor many reports of its words: scores are the same to the last digit."""
    copies = [report(22, "Broken window since today"), *(report(23 + n, "window " * 9) for n in range(40))]
    later = [Report(f"z{n}", each.t, each.title, "", "Jobs", each.day) for n, each in enumerate(copies)]
    assert seen(collection(*later))[0] == seen(collection())[0]


def test_of_the_same_moment_nothing_is_known() -> None:
    twin = Report("twin", "2020-01-22", "Broken window since today", "", "Jobs", date(2020, 1, 22))
    first, *_ = seen(collection(twin))
    assert first[0] == "d021"
    assert "twin" not in {id_ for id_, _, _ in first[1]}


def test_the_suite_measures_every_way_over_the_same_queries(tmp_path: Path) -> None:
    console = Console(record=True, width=120, file=(tmp_path / "out.txt").open("w", encoding="utf-8"))
    found = search(collection(), WordEncoder(), console, tmp_path, "test")
    assert tuple(found) == WAYS
    assert {len(measured) for measured in found.values()} == {4}
    assert all(found[way][0]["hit@5"] == 1.0 for way in (WORDS, DENSE, TEXT, FULL))
    told = console.export_text()
    assert "nDCG@10 by that of vectors alone" in told
    assert FULL in told
    console.file.close()


def test_a_stopped_run_gives_the_queries_that_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def stopped_at_the_third(replay: Replay, one: Asked) -> dict[str, list[str]]:
        asked.append(one)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return rankings(replay, one)

    monkeypatch.setattr(suite, "rankings", stopped_at_the_third)
    found = search(collection(), WordEncoder(), Console(quiet=True), tmp_path, "test")
    assert {len(measured) for measured in found.values()} == {2}


def test_vectors_are_kept_for_the_next_run(tmp_path: Path) -> None:
    whole, first, second = collection(), WordEncoder(), WordEncoder()
    computed = encode_collection(whole, first, tmp_path)
    text = whole.reports[3].title
    kept = encode_collection(whole, second, tmp_path)
    assert second.encoded == []
    assert np.array_equal(kept.encode([text]), computed.encode([text]))
    (file,) = tmp_path.glob("vectors-*.npy")
    file.write_bytes(file.read_bytes()[:50])
    encode_collection(whole, second, tmp_path)
    assert second.encoded


def test_a_text_that_is_not_ready_is_computed() -> None:
    encoder = WordEncoder()
    known = KnownVectors(encoder, {"a": np.ones(encoder.dimension, dtype=np.float32)})
    rows = known.encode(["a", "new", "a"])
    assert rows.shape == (3, encoder.dimension)
    assert (rows[0] == 1).all()
    assert rows[1] == pytest.approx(encoder.encode(["new"])[0])
    assert known.encode([]).shape == (0, encoder.dimension)
