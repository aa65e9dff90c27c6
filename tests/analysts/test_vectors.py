"""Vectors are looked up before they are computed, and a broken file costs time, never the start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes import WordEncoder
from triage.analysts.vectors import CatalogueVectors, shipped_file, text_key, write_vectors
from triage.catalogue import load_catalogue
from triage.retrieval.embed import SentenceEncoder


def test_equal_texts_are_encoded_once_and_then_never_again(words: WordEncoder, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "vectors.npz"
    first = CatalogueVectors(words, cache=cache).of(["one text", "another", "one text"])
    assert words.encoded == ["one text", "another"]
    again = CatalogueVectors(words, cache=cache).of(["another", "one text"])
    assert words.encoded == ["one text", "another"]
    assert np.allclose(first[:2][::-1], again, atol=0.001)
    assert not list(cache.parent.glob("*.tmp*"))


def test_only_what_is_new_is_computed(words: WordEncoder, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.npz"
    write_vectors(shipped, {text_key("known"): words.encode(["known"])[0]})
    words.encoded.clear()
    vectors = CatalogueVectors(words, shipped=shipped, cache=tmp_path / "cache.npz")
    assert vectors.of(["known", "new"]).shape == (2, words.dimension)
    assert words.encoded == ["new"]


def test_no_texts_no_rows(words: WordEncoder, tmp_path: Path) -> None:
    assert CatalogueVectors(words, cache=tmp_path / "c.npz").of([]).shape == (0, words.dimension)


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04 cut off", b"not an archive", b"\x93NUMPY"])
def test_a_broken_cache_is_computed_anew(words: WordEncoder, tmp_path: Path, broken: bytes) -> None:
    cache = tmp_path / "vectors.npz"
    cache.write_bytes(broken)
    rows = CatalogueVectors(words, cache=cache).of(["a text"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert np.load(cache)["keys"].tolist() == [text_key("a text")]


def test_vectors_of_another_length_are_not_used(words: WordEncoder, tmp_path: Path) -> None:
    cache = tmp_path / "vectors.npz"
    write_vectors(cache, {text_key("a text"): np.ones(3, dtype=np.float32)})
    assert CatalogueVectors(words, cache=cache).of(["a text"]).shape == (1, words.dimension)


def test_a_folder_that_cannot_be_written_only_costs_time(words: WordEncoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    rows = CatalogueVectors(words, cache=tmp_path / "file" / "vectors.npz").of(["a text"])
    assert rows.shape == (1, words.dimension)


@pytest.mark.model
def test_the_shipped_vectors_are_those_of_the_packaged_model(encoder: SentenceEncoder) -> None:
    texts = load_catalogue().texts()[::250]
    with np.load(shipped_file(encoder), allow_pickle=False) as stored:
        known = dict(zip(stored["keys"].tolist(), stored["vectors"].astype(np.float32), strict=True))
    cosines = [float(known[text_key(t)] @ row) for t, row in zip(texts, encoder.encode(texts), strict=True)]
    assert min(cosines) > 0.999, "run `python scripts/catalogue_vectors.py`"
