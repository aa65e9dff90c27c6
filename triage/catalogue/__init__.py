"""The hidden-work catalogue: `knowledge/hidden_work/*.yaml` read into frozen types.

    categories.yaml     the fourteen areas: name, what they cover, base rate, what they mean for an answer
    kinds/<id>.yaml     one file per kind of change: exemplars, cues, cold-start size, its questions
    general.yaml        questions that fit any kind of change
    map_questions.yaml  questions about a touched part of the product map, by its role
    narrowing.yaml      narrowing moves (P13)
    trip_wires.yaml     topics that force full review (P9)

Every file is checked strictly, and everything that is wrong is said at once: file, line, the entry, what
to do. `entries` holds the types, `texts` what their fields accept, `documents` YAML with line numbers,
`agreement` what must hold across files, `folder` puts them together.
"""

from __future__ import annotations

from triage.catalogue.documents import Problem
from triage.catalogue.entries import (
    Catalogue,
    CatalogueMove,
    CatalogueQuestion,
    CatalogueTripWire,
    CategoryInfo,
    ChangeKind,
    KindDays,
    MapQuestion,
)
from triage.catalogue.folder import check_catalogue, load_catalogue, shipped_folder
from triage.catalogue.texts import SLOTS, Part

__all__ = [
    "SLOTS",
    "Catalogue",
    "CatalogueMove",
    "CatalogueQuestion",
    "CatalogueTripWire",
    "CategoryInfo",
    "ChangeKind",
    "KindDays",
    "MapQuestion",
    "Part",
    "Problem",
    "check_catalogue",
    "load_catalogue",
    "shipped_folder",
]
