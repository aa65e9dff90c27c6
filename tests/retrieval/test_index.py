from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import WordEncoder
from triage.errors import IndexUnavailable, SetupError
from triage.retrieval import index as index_module
from triage.retrieval.index import ChromaIndex, NoIndex, collection_name

ROWS = np.eye(4, 5, dtype=np.float32)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real `chroma run` on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    folder = tmp_path_factory.mktemp("chroma")
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("chroma run did not start within a minute")


@pytest.fixture(params=["memory", "folder", "server"])
def chroma(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChromaIndex]:
    """The same index in the three places it can be."""
    makers: dict[str, Callable[[], ChromaIndex]] = {
        "memory": ChromaIndex,
        "folder": lambda: ChromaIndex(tmp_path / "chroma"),
        "server": lambda: ChromaIndex(url=request.getfixturevalue("server")),
    }
    made = makers[request.param]()
    made.open()
    yield made
    made.reset("past")
    made.close()


class TestEverywhere:
    def test_finds_the_nearest_first_with_its_cosine(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a", "b", "c"], ROWS[:3])
        hits = chroma.query("past", np.array([3.0, 4.0, 0, 0, 0], dtype=np.float32), 2)
        assert [hit.id for hit in hits] == ["b", "a"]
        assert [hit.score for hit in hits] == pytest.approx([0.8, 0.6], abs=1e-6)

    def test_replaces_and_forgets(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a", "b"], ROWS[:2])
        chroma.upsert("past", ["a"], ROWS[2:3])
        chroma.delete("past", ["b", "never there"])
        assert chroma.count("past") == 1
        assert chroma.query("past", ROWS[2], 5)[0].score == pytest.approx(1.0, abs=1e-6)

    def test_gives_vectors_back(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a", "b"], ROWS[:2])
        found = chroma.vectors("past", ["b", "never there", "b"])
        assert list(found) == ["b"]
        assert np.allclose(found["b"], ROWS[1])

    def test_a_sample_is_all_of_a_small_collection(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a", "b", "c"], ROWS[:3])
        assert np.allclose(sorted(chroma.sample("past", 10).tolist()), sorted(ROWS[:3].tolist()))
        assert chroma.sample("unknown", 10).shape == (0, 0)

    def test_a_sample_of_a_large_one_goes_from_old_to_new(self, chroma: ChromaIndex) -> None:
        rows = np.eye(40, dtype=np.float32)
        chroma.upsert("past", [f"{number:02}" for number in range(40)], rows)
        taken = chroma.sample("past", 8).argmax(axis=1)
        assert len(set(taken.tolist())) == 8
        assert taken.max() - taken.min() > 20

    def test_unknown_collection_is_simply_empty(self, chroma: ChromaIndex) -> None:
        assert chroma.query("unknown", ROWS[0], 3) == []
        assert chroma.vectors("unknown", ["a"]) == {}
        assert chroma.count("unknown") == 0
        chroma.delete("unknown", ["a"])
        chroma.reset("unknown")

    def test_reset_empties(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a"], ROWS[:1])
        chroma.reset("past")
        assert chroma.count("past") == 0
        chroma.upsert("past", ["b"], ROWS[:1])
        assert [hit.id for hit in chroma.query("past", ROWS[0], 5)] == ["b"]

    def test_last_of_repeated_ids_counts(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", ["a", "a"], ROWS[:2])
        assert np.allclose(chroma.vectors("past", ["a"])["a"], ROWS[1])

    def test_writes_in_batches(self, chroma: ChromaIndex, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index_module, "BATCH", 3)
        chroma.upsert("past", [str(number) for number in range(10)], np.tile(ROWS[0], (10, 1)))
        assert chroma.count("past") == 10

    def test_nothing_to_do_is_fine(self, chroma: ChromaIndex) -> None:
        chroma.upsert("past", [], ROWS[:0])
        chroma.delete("past", [])
        assert chroma.vectors("past", []) == {}
        assert chroma.query("past", ROWS[0], 0) == []


def test_rows_must_match_ids(index: ChromaIndex) -> None:
    with pytest.raises(ValueError, match="2 ids for 1 vectors"):
        index.upsert("past", ["a", "b"], ROWS[:1])


def test_folder_keeps_what_was_written(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path)
    first.upsert("past", ["a"], ROWS[:1])
    first.close()
    second = ChromaIndex(tmp_path)
    assert [hit.id for hit in second.query("past", ROWS[0], 1)] == ["a"]
    second.close()


def test_memory_is_not_shared(index: ChromaIndex) -> None:
    other = ChromaIndex()
    other.upsert("past", ["a"], ROWS[:1])
    assert index.count("past") == 0
    other.close()
    assert other.count("past") == 0
    other.close()


def test_rebuilt_by_another_process_is_seen(server: str) -> None:
    mine, other = ChromaIndex(url=server), ChromaIndex(url=server)
    mine.upsert("note", ["old"], ROWS[:1])
    other.reset("note")
    other.upsert("note", ["new"], ROWS[:1])
    assert [hit.id for hit in mine.query("note", ROWS[0], 5)] == ["new"]
    other.reset("note")
    mine.upsert("note", ["again"], ROWS[:1])
    assert other.count("note") == 1
    mine.close()
    other.close()


def test_absent_server_is_named_and_may_be_tried_again() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(IndexUnavailable, match=rf"{url} does not answer.*TRIAGE_CHROMA_URL") as caught:
        ChromaIndex(url=url).open()
    assert not caught.value.permanent


def test_broken_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database " * 500)
    with pytest.raises(IndexUnavailable, match=rf"{tmp_path} cannot be used.*triage reindex"):
        ChromaIndex(tmp_path).query("past", ROWS[0], 1)


def test_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "chroma").write_text("not a folder")
    with pytest.raises(IndexUnavailable, match="chroma cannot be used"):
        ChromaIndex(tmp_path / "chroma").open()


@pytest.mark.parametrize(
    "url", ["chroma:8000", "ftp://host", "http://host:port", "http://host/path", "http://a:b@host"]
)
def test_address_that_is_none_is_a_setup_error(url: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_CHROMA_URL"):
        ChromaIndex(url=url)


def test_without_the_index_nothing_is_found_and_nothing_lost() -> None:
    absent = NoIndex()
    assert absent.sample("past", 5).shape == (0, 0)
    assert (absent.query("past", ROWS[0], 5), absent.vectors("past", ["a"]), absent.count("past")) == (
        [],
        {},
        0,
    )
    writes: list[Callable[[], None]] = [
        lambda: absent.upsert("past", ["a"], ROWS[:1]),
        lambda: absent.delete("past", ["a"]),
        lambda: absent.reset("past"),
    ]
    for write in writes:
        with pytest.raises(SetupError, match="does not hold the vector index"):
            write()


def test_collection_names_keep_models_apart(index: ChromaIndex) -> None:
    class Odd(WordEncoder):
        name = "team/model: äö"

    name = collection_name("note-title", Odd())
    assert name != collection_name("note-title", WordEncoder())
    index.upsert(name, ["a"], ROWS[:1])
    assert index.count(name) == 1
