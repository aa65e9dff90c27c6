"""Catalogues small enough to see why a question was asked."""

from __future__ import annotations

from triage.catalogue import (
    Catalogue,
    CatalogueMove,
    CatalogueQuestion,
    CatalogueTripWire,
    CategoryInfo,
    ChangeKind,
    KindDays,
    MapQuestion,
)
from triage.domain import Category, Days, KindFound

DAYS = KindDays(setup=Days(low=0.2, high=1), build=Days(low=2, high=6), support=Days(low=0.5, high=1))


def concern(question_id: str, weight: float = 0.8, **changes: object) -> CatalogueQuestion:
    """One question of a catalogue; its wording follows from its id, so that no two are alike."""
    slug = question_id.split(".")[1].replace("-", " ")
    values: dict[str, object] = {
        "id": question_id,
        "weight": weight,
        "question": f"What about {slug} of {{object}}?",
        "plain": f"What about {slug}?",
        "why": "It came up before.",
        "ask": "customer",
        "effect": "adds a day",
        "impact": 3,
        "part": "build",
    }
    return CatalogueQuestion(**{**values, **changes})


def about(question_id: str, role: str, weight: float = 0.8, **changes: object) -> MapQuestion:
    """A question about a part of the product map."""
    plain = concern(question_id, weight)
    slug = question_id.split(".")[1].replace("-", " ")
    wording = {"role": role, "question": f"What about {slug} with this: {{part}}?"}
    return MapQuestion(**{**dict(plain), **wording, **changes})


def kind(kind_id: str, *questions: CatalogueQuestion, **changes: object) -> ChangeKind:
    """A kind of change; its id is its only cue."""
    values: dict[str, object] = {
        "id": kind_id,
        "name": kind_id.capitalize(),
        "exemplars": tuple(f"{kind_id} wish number {number}" for number in range(5)),
        "cues": (rf"\b{kind_id}",),
        "days": DAYS,
        "questions": questions or (concern(f"workflow.{kind_id}-how"),),
    }
    return ChangeKind(**{**values, **changes})


def catalogue(
    *kinds: ChangeKind,
    general: tuple[CatalogueQuestion, ...] = (),
    map_questions: tuple[MapQuestion, ...] = (),
    moves: tuple[CatalogueMove, ...] = (),
    trip_wires: tuple[CatalogueTripWire, ...] = (),
) -> Catalogue:
    """All fourteen categories and these kinds."""
    areas = [
        CategoryInfo(
            id=c,
            name=c.value,
            covers=c.value,
            base_rate=0.2,
            not_relevant="{kinds} leaves it alone",
            mentioned_by=(rf"\b{c.value}",),
            condition=f"{c.value} is settled first",
            prepares=f"a list for {c.value}",
            risk=f"what {c.value} hides",
        )
        for c in Category
    ]
    return Catalogue(
        categories={area.id: area for area in areas},
        kinds={each.id: each for each in kinds},
        general=general,
        map_questions=map_questions,
        moves=moves,
        trip_wires=trip_wires,
        digest="small",
    )


def found(kind_id: str, score: float = 1.0, quote: str = "") -> KindFound:
    """A kind as a reading names it."""
    return KindFound(id=kind_id, name=kind_id.capitalize(), quote=quote, score=score)
