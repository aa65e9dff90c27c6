"""What was retrieved: what may be cited, what the checkpoint keeps of it, and a team's own record."""

from __future__ import annotations

import pytest

from tests.fakes import past, similar
from triage.domain import (
    Category,
    Evidence,
    EvidenceKind,
    FoundPassage,
    MapPart,
    Passage,
    Surprise,
    TrackRecord,
    distinct_words,
)

NOTE = FoundPassage(passage=Passage(id="n.md#a", path="n.md", title="A", text="Text."), score=0.7)
PART = MapPart(id="map-1", role="route", text="CSV importer")
EVIDENCE = Evidence(
    similar=(similar("near", 0.9), similar("nearish", 0.7)),
    related=(similar("far", 0.2).model_copy(update={"cosine": 0.4}),),
    notes=(NOTE,),
    map_parts=(PART,),
    touch={"map-1": 0.35},
)


def test_one_learns_from_the_comparable_requests_first_and_then_from_the_related_ones() -> None:
    assert [each.past.id for each in EVIDENCE.precedents] == ["near", "nearish", "far"]


def test_everything_retrieved_may_be_cited_and_nothing_else() -> None:
    assert EVIDENCE.ids() == {"near", "nearish", "far", "n.md#a", "map-1"}
    assert Evidence().ids() == frozenset()


def test_the_pointers_say_which_precedents_are_only_related_and_how_far_each_carries() -> None:
    pointers = {found.id: found for found in EVIDENCE.found()}
    assert set(pointers) == EVIDENCE.ids()
    assert [id_ for id_, found in pointers.items() if found.related] == ["far"]
    assert pointers["far"].cosine == 0.4
    assert (pointers["map-1"].kind, pointers["map-1"].score) == (EvidenceKind.MAP, 0.35)


# --- the record ----------------------------------------------------------------------------------


def test_repetition_adds_no_words() -> None:
    assert distinct_words("The list, the LIST") == 3  # the · list, · list
    assert distinct_words("please " * 400) == 1
    assert distinct_words("") == 0


def test_a_record_counts_each_area_and_kind_once_per_request_that_hid_something() -> None:
    twice = tuple(Surprise(category=Category.AUDIT, question=f"And {what}?") for what in ("who", "when"))
    counted = TrackRecord.of(
        [
            past("a", kinds=("export", "export"), surprises=twice),
            past(
                "b",
                kinds=("export", "import"),
                surprises=(*twice, Surprise(category=Category.SSO, question="?")),
            ),
            past("c", kinds=("rename",), surprises=()),
        ]
    )
    assert (counted.requests, counted.surprised) == (3, 2)
    assert counted.by_category == {Category.AUDIT: 2, Category.SSO: 1}
    assert counted.by_kind == {"export": 2, "import": 1}


def test_the_usual_length_is_not_stretched_by_one_endless_mail() -> None:
    short = [past(f"p-{number}", subject="", body="one two three four") for number in range(3)]
    endless = past("long", subject="", body=" ".join(map(str, range(1024))))
    assert TrackRecord.of([*short, endless]).typical_words == pytest.approx(16)  # (4³ · 1024) ^ ¼


def test_no_past_is_an_empty_record() -> None:
    assert TrackRecord.of([]) == TrackRecord()
    assert TrackRecord.of([past(subject="", body="", surprises=())]).surprised == 0
