"""Twelve invented requests to four projects, labelled as `evals/data/kind_labels.json` is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.small_catalogue import catalogue, concern, kind
from triage.catalogue import Catalogue
from triage.domain import Category

REPOSITORIES = ("invented:atlas", "invented:barge", "invented:cedar", "invented:delta")
_WISHES = (  # of each project: kind, body, what surfaced, what would be absurd
    ("export", "An export wish of {whom}: the whole list as a file, please.", ["scale"], ["sso", "billing"]),
    ("merge", "A merge wish of {whom}: two contacts should become one.", ["audit"], ["sso", "imports"]),
    ("rename", "A rename wish of {whom}: call the button done.", [], ["sso", "billing", "imports"]),
)


def small_catalogue() -> Catalogue:
    """The kinds that those requests ask for."""
    return catalogue(
        kind("export", concern("scale.rows", 0.6), concern("permissions.who", 0.5)),
        kind("merge", concern("audit.undo", 0.6)),
        kind("rename", small=True),
        general=(concern("clients.any", 0.3),),
    )


def cases() -> list[dict[str, object]]:
    """Lines of a file of cases, three to a project."""
    return [
        {
            "id": f"{source.split(':')[1]}-{kind_id}",
            "source": f"{source}#{number}",
            "opened": "2024-03",
            "request": {"subject": "", "body": body.format(whom="very " * number + "busy people")},
            "hidden_work": [{"category": area, "question": f"What of {area}?"} for area in hidden],
            "irrelevant": list(map(Category, absurd)),
        }
        for number, source in enumerate(REPOSITORIES)
        for kind_id, body, hidden, absurd in _WISHES
    ]


def labels() -> dict[str, dict[str, list[str]]]:
    """The kinds that each of the cases asks for."""
    return {
        str(case["id"]): {"primary": [str(case["id"]).split("-")[1]], "secondary": []} for case in cases()
    }


def write_cases(path: Path, wanted: list[dict[str, object]] | None = None) -> Path:
    """A file of them."""
    path.write_text("\n".join(map(json.dumps, cases() if wanted is None else wanted)), encoding="utf-8")
    return path
