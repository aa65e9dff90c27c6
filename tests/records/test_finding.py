"""The words requests are found by: the same on every database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.records.finding import drop_request_words, hits, put_request_words, words_of

TEXTS = {
    1: "Übergabe der Prüfberichte, 100% digital (r-01k9x2)",
    2: "予約の変更をお願いします",
    3: "Экспорт отчётов to a file",
    4: "O'Brien & Sons: e-mail alerts",
    5: "a b",
}


@pytest.fixture
def filled(database: sa.Engine) -> sa.Engine:
    with database.begin() as connection:
        put_request_words(connection, TEXTS)
    return database


def found(engine: sa.Engine, search: str) -> list[int]:
    with engine.connect() as connection:
        return sorted(hits(connection, search))


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("ubergabe PRÜF", [1]),
        ("01k9", [1]),
        ("r-01k9x2", [1]),
        ("予約", [2]),
        ("変更を", [2]),
        ("約予", []),
        ("экспорт отчетов", [3]),
        ("экс", [3]),
        ("brien son", [4]),
        ("mail e", [4]),
        ("mail x", [4]),
        ("b", [4, 5]),
        ("x", []),
        ("export", []),
        (" ".join(["uber"] * 400), [1]),
        ("", []),
        ("'\"*:()%_-", []),
    ],
)
def test_every_word_begins_a_word(filled: sa.Engine, search: str, numbers: list[int]) -> None:
    assert found(filled, search) == numbers


def test_what_is_dropped_is_found_no_more(filled: sa.Engine) -> None:
    with filled.begin() as connection:
        drop_request_words(connection, 4, TEXTS[4])
        put_request_words(connection, {4: "Cedar"})
    assert (found(filled, "brien"), found(filled, "cedar")) == ([], [4])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), cut=st.integers(1, 5))
def test_any_text_is_found_by_how_its_words_begin(filled: sa.Engine, text: str, cut: int) -> None:
    with filled.connect() as connection, connection.begin() as transaction:
        put_request_words(connection, {99: text})
        words = words_of(text)
        assert (99 in hits(connection, text)) == bool(words)
        for word in [word for word in words if len(word) > 1][:3]:
            assert 99 in hits(connection, word[: max(cut, 2)])
        transaction.rollback()
