"""What a past request has in common with this one and what not, in words (P16).

Only plain facts from the records, never a judgement, and never the name of another customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from triage.domain import PastRequest, Reading, Request
from triage.retrieval.words import content_words

SHARED_WORDS = 3
UNSURE = 0.5  # for a kind that came without a score


def what_is_same(
    request: Request, reading: Reading, past: PastRequest, common: Collection[str] = ()
) -> tuple[str, ...]:
    """E.g. "also export and permission rules", "same product area: invoicing", "same customer".

    `common` words say nothing, because most of the history has them.
    """
    here = _kinds_here(reading)
    shared = [name for id_, name in here.items() if id_ in past.kinds]
    lines = [f"also {_joined(shared)}"] if shared else _shared_words(request, past, common)
    if same_area(request, past):
        lines.append(f"same product area: {past.product_area}")
    if _alike(request.customer, past.customer):
        lines.append("same customer")
    return tuple(lines)


def what_differs(request: Request, reading: Reading, past: PastRequest) -> tuple[str, ...]:
    """E.g. "here also share link", "another customer", "its real size was not recorded"."""
    here = _kinds_here(reading)
    lines = _different_kinds(here, past) if here and past.kinds else []
    if _unlike(request.product_area, past.product_area):
        lines.append(f"product area there: {past.product_area}")
    if _unlike(request.customer, past.customer):
        lines.append("another customer")
    if past.size_days is None:
        lines.append("its real size was not recorded")
    return tuple(lines)


def shared_kind(reading: Reading, past: PastRequest) -> float:
    """How sure the reader is of a kind that the past request has too, 0..1; 0 when they share none."""
    return max((kind.score or UNSURE for kind in reading.kinds if kind.id in past.kinds), default=0.0)


def same_area(request: Request, past: PastRequest) -> bool:
    """True when both name the same product area."""
    return _alike(request.product_area, past.product_area)


def _kinds_here(reading: Reading) -> dict[str, str]:
    return {kind.id: _lowered(kind.name) or _spoken(kind.id) for kind in reading.sure_kinds}


def _different_kinds(here: Mapping[str, str], past: PastRequest) -> list[str]:
    only_here = [name for id_, name in here.items() if id_ not in past.kinds]
    only_there = [_spoken(id_) for id_ in past.kinds if id_ not in here]
    if len(only_here) == len(here):
        return [f"there {_joined(only_there)}, here {_joined(only_here)}"]
    lines = [f"here also {_joined(only_here)}"] if only_here else []
    return lines + ([f"there also {_joined(only_there)}"] if only_there else [])


def _shared_words(request: Request, past: PastRequest, common: Collection[str]) -> list[str]:
    """When no kind is shared: words that both requests use, first those of both titles."""
    there = content_words(f"{past.subject}\n{past.body}")
    ranked = [
        *sorted(content_words(request.subject) & content_words(past.subject)),
        *sorted(content_words(request.subject) & there),
        *sorted(content_words(request.ask_text()) & content_words(past.subject)),
    ]
    telling = [word for word in dict.fromkeys(ranked) if word not in common]
    words = [f"“{word}”" for word in telling[:SHARED_WORDS]]
    return [f"both speak of {_joined(words)}"] if words else []


def _spoken(kind_id: str) -> str:
    return kind_id.replace("_", " ").replace("-", " ")


def _lowered(name: str) -> str:
    """ "Share link" -> "share link", but "SSO sign-in" and "API" as they are."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _joined(names: Iterable[str]) -> str:
    *before, last = list(names)
    return f"{', '.join(before)} and {last}" if before else last


def _alike(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()


def _unlike(one: str, other: str) -> bool:
    return bool(one.strip() and other.strip()) and not _alike(one, other)
