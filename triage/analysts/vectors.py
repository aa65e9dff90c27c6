"""Vectors of the catalogue's own texts, so that nobody waits for them.

A text's vector never changes for a given model, so it is looked up by a hash of the text: first in the
file that ships beside the catalogue (made by `scripts/catalogue_vectors.py`), then in the user's cache
folder. Only what a team has added or reworded is computed, once.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from triage.content import content_dir
from triage.ports import Encoder

if TYPE_CHECKING:
    import numpy as np


class CatalogueVectors:
    """Remembers vectors by text. May be shared by threads: a lost update is only computed again."""

    def __init__(self, encoder: Encoder, shipped: Path | None = None, cache: Path | None = None) -> None:
        self._encoder = encoder
        self._cache = cache or _cache_dir() / f"vectors-{encoder.name}.npz"
        self._known = _read(shipped or shipped_file(encoder), encoder) | _read(self._cache, encoder)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of shape (len(texts), dimension)."""
        import numpy as np

        new = list(dict.fromkeys(text for text in texts if text_key(text) not in self._known))
        if new:
            computed = self._encoder.encode(new)
            self._known |= {text_key(text): vector for text, vector in zip(new, computed, strict=True)}
            write_vectors(self._cache, self._known)
        if not texts:
            return np.zeros((0, self._encoder.dimension), dtype=np.float32)
        return np.stack([self._known[text_key(text)] for text in texts])


def shipped_file(encoder: Encoder) -> Path:
    """Where the vectors made with this model ship; need not exist."""
    return content_dir("knowledge") / "vectors" / f"{encoder.name}.npz"


def text_key(text: str) -> str:
    """Twelve hexadecimal digits of the text's SHA-256: no clash among a few thousand texts."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_vectors(path: Path, vectors: dict[str, np.ndarray]) -> None:
    """Write atomically, as 16-bit floats; a folder that cannot be written only costs time later."""
    import numpy as np

    partial = path.with_suffix(f".{os.getpid()}.tmp.npz")
    keys = sorted(vectors)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = np.stack([vectors[key] for key in keys]).astype(np.float16)
        np.savez(partial, keys=np.array(keys), vectors=rows)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _read(path: Path, encoder: Encoder) -> dict[str, np.ndarray]:
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            keys, rows = stored["keys"], stored["vectors"].astype(np.float32)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return {}  # not there, or broken: it is only a cache
    if rows.ndim != 2 or rows.shape[1] != encoder.dimension:
        return {}
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return dict(zip(keys.tolist(), rows, strict=True))


def _cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "request-triage"
