"""One loaded model for all tests of the analysts, and vectors that leave the user's cache alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import WordEncoder
from triage.analysts.vectors import CatalogueVectors
from triage.retrieval.embed import SentenceEncoder


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The packaged model; loads at its first use, about six seconds."""
    return SentenceEncoder()


@pytest.fixture
def words() -> WordEncoder:
    """Likeness by shared words, without a model."""
    return WordEncoder()


@pytest.fixture
def vectors(words: WordEncoder, tmp_path: Path) -> CatalogueVectors:
    """Vectors of `words`, cached in a folder of this test."""
    return CatalogueVectors(words, cache=tmp_path / "vectors.npz")
