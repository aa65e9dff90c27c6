"""Text at the border of the database."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tests.records.material import new_request
from triage.domain import Request
from triage.records.text import as_json, clean, digest


def test_composes_drops_nul_and_replaces_surrogates() -> None:
    assert clean("Cafe\u0301") == "Café"
    assert clean("a\0b") == "ab"
    assert clean("x\ud800y") == "x\ufffdy"
    assert clean("\U0001f600") == "\U0001f600"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_is_storable_and_stable(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert "\0" not in once
    assert unicodedata.is_normalized("NFC", once)
    assert clean(once) == once


def test_cleans_inside_json_and_keeps_the_rest() -> None:
    request = new_request(body="Cafe\u0301 \0 and a backslash \\u0000", defects=("a\0",))
    stored = Request.model_validate_json(as_json(request))
    assert stored.body == "Café  and a backslash \\u0000"
    assert stored.defects == ("a",)
    assert stored.model_copy(update={"body": request.body, "defects": request.defects}) == request


def test_digest_does_not_see_what_clean_removes() -> None:
    assert digest("Cafe\u0301\0") == digest("Café")
    assert digest("a") != digest("b")
