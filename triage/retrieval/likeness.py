"""What a past request has in common with this one and what not, in words (P16).

Only plain facts from the records, never a judgement, and never the name of another customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from triage.analysts import wording
from triage.domain import PastRequest, Reading, Request
from triage.retrieval.words import content_words

SHARED_WORDS = 3
MOST_ACTORS = 2  # named in one line
UNSURE = 0.5  # for a kind that came without a score


def what_is_same(
    request: Request, reading: Reading, past: PastRequest, common: Collection[str] = ()
) -> tuple[str, ...]:
    """E.g. "also export and permission rules", "both about managers", "both with Okta", "same product area:
    invoicing", "same customer".

    `common` words say nothing, because most of the history has them.
    """
    here = _kinds_here(reading)
    shared = [name for id_, name in here.items() if id_ in past.kinds]
    lines = [f"also {_joined(shared)}"] if shared else _shared_words(request, past, common)
    if actors := _shared(reading.actors, _actors(past)):
        lines.append(f"both about {_joined(actors[:MOST_ACTORS])}")
    if systems := _shared(reading.systems, _systems(past)):
        lines.append(f"both with {_joined(systems)}")
    if same_area(request, past):
        lines.append(f"same product area: {past.product_area}")
    if same_customer(request, past):
        lines.append("same customer")
    return tuple(lines)


def what_differs(request: Request, reading: Reading, past: PastRequest) -> tuple[str, ...]:
    """E.g. "here also share link", "there customers, here technicians", "there also Okta", "another
    customer", "its real size was not recorded"."""
    here = _kinds_here(reading)
    lines = _different_kinds(here, past) if here and past.kinds else []
    lines += _different_actors(reading.actors, _actors(past))
    lines += _different_systems(reading.systems, _systems(past))
    if _unlike(request.product_area, past.product_area):
        lines.append(f"product area there: {past.product_area}")
    if same_customer(request, past) is False:
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


def same_customer(request: Request, past: PastRequest) -> bool | None:
    """None when one of them is unknown."""
    if not (request.customer.strip() and past.customer.strip()):
        return None
    return _alike(request.customer, past.customer)


def _kinds_here(reading: Reading) -> dict[str, str]:
    return {kind.id: _lowered(kind.name) or _spoken(kind.id) for kind in reading.sure_kinds}


def _different_kinds(here: Mapping[str, str], past: PastRequest) -> list[str]:
    only_here = [name for id_, name in here.items() if id_ not in past.kinds]
    only_there = [_spoken(id_) for id_ in past.kinds if id_ not in here]
    if len(only_here) == len(here):
        return [f"there {_joined(only_there)}, here {_joined(only_here)}"]
    lines = [f"here also {_joined(only_here)}"] if only_here else []
    return lines + ([f"there also {_joined(only_there)}"] if only_there else [])


def _actors(past: PastRequest) -> tuple[str, ...]:
    """People it names by their role, as the reader finds them in a request."""
    return wording.actors(past.body)


def _systems(past: PastRequest) -> tuple[str, ...]:
    return wording.systems(f"{past.subject}\n\n{past.body}")


def _different_actors(here: Sequence[str], there: Sequence[str]) -> list[str]:
    """Only when both name people and none of them are the same: a shared role says enough."""
    if not here or not there or _shared(here, there):
        return []
    return [f"there {_joined(there[:MOST_ACTORS])}, here {_joined(here[:MOST_ACTORS])}"]


def _different_systems(here: Sequence[str], there: Sequence[str]) -> list[str]:
    only_here, only_there = _missing(here, there), _missing(there, here)
    lines = [f"here also {_joined(only_here)}"] if only_here else []
    return lines + ([f"there also {_joined(only_there)}"] if only_there else [])


def _shared(here: Sequence[str], there: Sequence[str]) -> list[str]:
    names = {_one(name) for name in there}
    return [name for name in here if _one(name) in names]


def _missing(here: Sequence[str], there: Sequence[str]) -> list[str]:
    names = {_one(name) for name in there}
    return [name for name in here if _one(name) not in names]


def _one(name: str) -> str:
    """ "Branch managers" and "branch manager" are the same people."""
    return name.casefold().removesuffix("s")


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
