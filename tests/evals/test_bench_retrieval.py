"""What the bench counts and prints; how long it takes is no matter of a test."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from evals.bench.retrieval import (
    Encoding,
    Size,
    WordVectors,
    Writer,
    as_markdown,
    encoding,
    exponent,
    measure,
)
from tests.fakes import WordEncoder


def size(requests: int, ms: float) -> Size:
    return Size(requests, ms, 2.0, 0.5, 900.0, 400.0)


def test_every_size_is_measured_in_one_growing_history(tmp_path: Path) -> None:
    sizes = measure([20, 60], 3, tmp_path)
    assert [each.requests for each in sizes] == [20, 60]
    for each in sizes:
        assert each.search_ms > each.words_ms > 0
        assert each.search_ms > each.chroma_ms > 0
        assert min(each.stored_per_second, each.indexed_per_second) > 0


def test_invented_requests_are_the_same_each_time_and_differ() -> None:
    first, again = (list(islice(Writer().past(), 50)) for _ in range(2))
    assert first == again
    assert len({past.body for past in first}) == 50
    rows = WordVectors().encode([past.body for past in first])
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (rows @ rows.T - np.eye(50)).max() > 0.3  # some are about the same


def test_the_exponent_is_the_slope_between_first_and_last() -> None:
    assert exponent([size(1_000, 10.0), size(10_000, 99.0), size(100_000, 100.0)]) == pytest.approx(0.5)
    assert exponent([size(1_000, 10.0)]) == 0.0


def test_the_table_shows_aims_ratio_and_encoding() -> None:
    told = as_markdown([size(1_000, 5.0), size(10_000, 10.0)], Encoding(60, 4.56, 12.34))
    assert "| 10,000 | 10.0 ms | 40 ms with encoding | 2.0 ms | 0.5 ms | 20 | 900 | 400 |" in told
    assert "a title: 4.6 ms; a request of 60 words with its title: 12.3 ms" in told
    assert "0.30th power" in told


def test_no_text_is_encoded_that_an_encoder_may_know_by_heart() -> None:
    encoder = WordEncoder()
    found = encoding(encoder)
    assert found.words > 20
    assert min(found.title_ms, found.request_ms) > 0
    warmed_up = [text for text, times in Counter(encoder.encoded).items() if times > 1]
    assert len(warmed_up) == 3  # a title; a whole request and its title
