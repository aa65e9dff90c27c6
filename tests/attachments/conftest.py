"""Likeness by shared words, so that no test here loads the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import WordEncoder
from triage.analysts.vectors import CatalogueVectors


@pytest.fixture
def words() -> WordEncoder:
    """An encoder without a model."""
    return WordEncoder()


@pytest.fixture
def vectors(words: WordEncoder, tmp_path: Path) -> CatalogueVectors:
    """Vectors of `words`, cached in a folder of this test."""
    return CatalogueVectors(words, cache=tmp_path / "vectors.npz")
