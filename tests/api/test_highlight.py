"""Quotes are found where they stand, whatever the line breaks, and never break the text."""

from __future__ import annotations

from pages_fixtures import BODY, field_service_draft

from api.highlight import Mark, marks_of, split


def test_the_segments_are_the_text() -> None:
    assert "".join(part.text for part in split(BODY, marks_of(field_service_draft()))) == BODY


def test_a_quote_is_found_across_line_ends_and_in_any_case() -> None:
    parts = split("It is JUST\n  one button.", [Mark("just one", "minimiser")])
    assert [(part.text, bool(part.marks)) for part in parts] == [
        ("It is ", False),
        ("JUST\n  one", True),
        (" button.", False),
    ]


def test_overlapping_quotes_share_a_segment_and_the_first_gives_the_look() -> None:
    parts = split(
        "we can support that in May", [Mark("support that", "promise"), Mark("that in", "question")]
    )
    assert [[mark.kind for mark in part.marks] for part in parts] == [[], ["promise", "question"], []]


def test_what_does_not_occur_marks_nothing() -> None:
    assert split("abc", [Mark("x.*", "question"), Mark("  ", "question")])[0].marks == ()
