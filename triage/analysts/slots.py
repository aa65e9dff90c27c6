"""Fills a question's slots with what the request names and with the real parts of the product map.

A question is asked with its slots only when every one of them can be filled; otherwise its plain
wording is used. A slot filled wrongly reads worse than no slot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from triage.catalogue import CatalogueQuestion
from triage.domain import MapPart, Reading

_SLOT = re.compile(r"\{(\w+)\}")
_MAP_ROLES = {
    "route": "route",
    "surface": "surface",
    "role": "actor",
    "job": "message",
    "vendor": "vendor",
    "variant": "variant",
}
MAX_PARTS = 2  # concrete parts named in one question


class Slots:
    """The words available for one request."""

    def __init__(self, reading: Reading, parts: Sequence[MapPart] = ()) -> None:
        self._words = {
            "object": reading.object,
            "action": reading.action,
            "actor": reading.actors[0] if reading.actors else "",
            "system": reading.systems[0] if reading.systems else "",
            "number": reading.numbers[0] if reading.numbers else "",
        }
        self._parts = {
            slot: [p for p in parts if p.role == role][:MAX_PARTS] for slot, role in _MAP_ROLES.items()
        }

    def fill(self, question: CatalogueQuestion) -> tuple[str, tuple[MapPart, ...]]:
        """The wording and the map parts it names; the plain wording when a slot stays empty."""
        slots = _SLOT.findall(question.question)
        used = tuple(part for slot in slots for part in self._parts.get(slot, ()))
        words = {slot: self._words.get(slot) or _joined(self._parts.get(slot, [])) for slot in slots}
        if not all(words.values()):
            return question.plain, ()
        text = _SLOT.sub(lambda match: words[match[1]], question.question)
        return text[:1].upper() + text[1:], used


def _joined(parts: Sequence[MapPart]) -> str:
    names = [re.split(r"[:;,.(–—]| - ", part.text, maxsplit=1)[0].strip() for part in parts]
    return " and ".join(
        name[:1].lower() + name[1:] if not name[:2].isupper() else name for name in names if name
    )
