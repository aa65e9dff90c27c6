from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from triage.errors import SetupError
from triage.retrieval import embed
from triage.retrieval.embed import SentenceEncoder, packaged_folder

TEXTS = [
    "Managers should approve job reports before an invoice is drafted.",
    "Invoices",
    "We need an export of all parts with prices, and it must run every night without anybody at the screen. "
    * 9,
    "Bitte schickt uns die Liste als Datei.",
]


def linked_model(folder: Path, pooling: str) -> Path:
    """A model folder of one's own: the packaged files, with other pooling."""
    for path in packaged_folder().iterdir():
        if path.name != "1_Pooling":
            (folder / path.name).symlink_to(path)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(pooling)
    return folder


@pytest.mark.model
class TestPackagedModel:
    def test_gives_unit_rows_of_the_known_dimension(self, encoder: SentenceEncoder) -> None:
        vectors = encoder.encode(TEXTS)
        assert vectors.shape == (4, 384)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    def test_is_the_published_model(self, encoder: SentenceEncoder) -> None:
        (vector,) = encoder.encode(["This is an example sentence"])
        assert vector[:3] == pytest.approx([0.0676569819, 0.0634959713, 0.0487131178], abs=1e-5)

    def test_many_at_once_is_the_same_as_one_by_one(self) -> None:
        together = SentenceEncoder().encode(TEXTS)
        alone = SentenceEncoder()
        one_by_one = np.concatenate([alone.encode([text]) for text in TEXTS])
        assert np.allclose(together, one_by_one, atol=1e-5)

    def test_packing_gives_the_vectors_of_the_library(self, encoder: SentenceEncoder) -> None:
        usual = embed._open_model(str(packaged_folder())).encode(TEXTS, show_progress_bar=False)
        assert np.allclose(encoder.encode(TEXTS), usual, atol=1e-5)

    def test_puts_the_same_wish_in_other_words_nearer(self, encoder: SentenceEncoder) -> None:
        wish, alike, other = encoder.encode(
            [
                "sign in with the company account",
                "single sign-on with our directory",
                "print the invoice twice",
            ]
        )
        assert wish @ alike > wish @ other + 0.2

    def test_answers_nothing_for_nothing(self, encoder: SentenceEncoder) -> None:
        assert encoder.encode([]).shape == (0, 384)

    def test_keeps_order_and_repeats(self, encoder: SentenceEncoder) -> None:
        vectors = encoder.encode(["b", "a", "b"])
        assert np.array_equal(vectors[0], vectors[2])
        assert not np.array_equal(vectors[0], vectors[1])

    @pytest.mark.parametrize(
        "text", ["", "   ", "\ud800 lone surrogate", "a\x00b", "word " * 40_000, "字" * 5_000]
    )
    def test_survives_strange_text(self, encoder: SentenceEncoder, text: str) -> None:
        assert np.isfinite(encoder.encode([text])).all()

    def test_does_not_hand_out_its_memory(self, encoder: SentenceEncoder) -> None:
        encoder.encode(["kept"])[:] = 0.0
        assert encoder.encode(["kept"]).any()

    def test_may_be_shared_by_threads(self, encoder: SentenceEncoder) -> None:
        batches = [[f"thread {number} text {place}" for place in range(5)] for number in range(8)]
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(encoder.encode, batches))
        fresh = SentenceEncoder()
        assert all(np.allclose(fresh.encode(b), r, atol=1e-5) for b, r in zip(batches, results, strict=True))

    def test_warms_in_the_background(self) -> None:
        cold = SentenceEncoder()
        assert not cold.ready
        cold.warm().join()
        assert cold.ready


@pytest.mark.model
class TestOwnModel:
    def test_other_pooling_goes_the_usual_way(self, tmp_path: Path, encoder: SentenceEncoder) -> None:
        config = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True}
        own = SentenceEncoder(str(linked_model(tmp_path, json.dumps(config))))
        vectors = own.encode(TEXTS)
        assert own.dimension == 384
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        assert not np.allclose(vectors, encoder.encode(TEXTS), atol=0.1)

    def test_unknown_name_is_a_setup_error_without_a_network(self) -> None:
        with pytest.raises(SetupError, match=r"no-such-model cannot be loaded.*TRIAGE_EMBEDDING_MODEL"):
            SentenceEncoder("no-such-model").encode(["text"])

    def test_trouble_while_warming_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR):
            SentenceEncoder("no-such-model").warm().join()
        assert "no-such-model cannot be loaded" in caplog.text


def test_folder_without_a_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=f"{tmp_path} holds no complete .*TRIAGE_EMBEDDING_MODEL"):
        SentenceEncoder(str(tmp_path))


def test_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "PACKAGE", "no_such_package")
    with pytest.raises(SetupError, match=r"no_such_package.*pip install"):
        SentenceEncoder()


def test_models_of_ones_own_have_names_of_their_own() -> None:
    names = {SentenceEncoder(source).name for source in ("", "team/model v2", "other/model v2")}
    assert len(names) == 3
    assert all(" " not in name and "/" not in name for name in names)


def test_finding_the_model_imports_nothing_heavy() -> None:
    code = (
        "import sys; from triage.retrieval.embed import SentenceEncoder; e = SentenceEncoder(); "
        "import triage.retrieval.search, triage.retrieval.indexing; "
        "print(e.dimension, [m for m in ('torch', 'chromadb', 'numpy', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "384 []"


def test_cache_forgets_what_was_used_longest_ago() -> None:
    cache = embed._VectorCache(2)
    one = np.ones(1)
    cache.put({b"a": one, b"b": one})
    cache.get([b"a"])
    cache.put({b"c": one})
    assert set(cache.get([b"a", b"b", b"c"])) == {b"a", b"c"}
