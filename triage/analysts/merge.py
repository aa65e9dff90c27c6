"""From a model's reading to the domain: joined with what the rules found, every quote proved.

A promise found by rule is never lost, whatever the model says; what the model quotes counts only when it
stands in the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from triage.analysts.schemas import DeadlineAnswer, KindAnswer, PromiseAnswer, ReadAnswer
from triage.domain import Deadline, KindFound, Promise, Reading, best_score

MAX_KINDS = 6
_STRONGEST = 0.95  # score of the kind a model names first; each further one a step less
_STEP = 0.1
_UNCONFIRMED = 0.5  # what a rule's score is worth when the model did not name the kind
_ALIKE = str.maketrans("’‘“”«»„\u00a0–—", '\'\'""""" --')


def literal(quote: str, text: str) -> str:
    """The stretch of `text` that `quote` means, letter by letter from `text`; "" when there is none.

    Spacing, case and typographic quotes may differ: models change them without meaning to.
    """
    words = [re.escape(word) for word in quote.translate(_ALIKE).split()]
    if not words:
        return ""
    found = re.search(r"\s+".join(words), text.translate(_ALIKE), re.IGNORECASE)
    return text[found.start() : found.end()] if found else ""


def merge_reading(answer: ReadAnswer, rules: Reading, text: str, kind_names: Mapping[str, str]) -> Reading:
    """The model's reading of `text`, joined with that of the rules."""
    return Reading(
        ask=answer.ask or rules.ask,
        kinds=_kinds(answer.kinds, rules.kinds, text, kind_names),
        action=answer.action or rules.action,
        object=answer.object or rules.object,
        actors=tuple(answer.actors) or rules.actors,
        systems=_quotes(answer.systems, rules.systems, text),
        numbers=_quotes(answer.numbers, rules.numbers, text),
        minimisers=_quotes(answer.minimisers, rules.minimisers, text),
        promises=_promises(answer.promises, rules.promises, text),
        deadline=_deadline(answer.deadline, rules.deadline, text),
        flags=_quotes(answer.addressed_to_machine, rules.flags, text),
        smallness=_smallness(answer, rules),
    )


def _smallness(answer: ReadAnswer, rules: Reading) -> float:
    """Two imperfect judges, neither alone decides; a text that steers the machine gets no discount."""
    if answer.addressed_to_machine or rules.flags:
        return min(answer.smallness, rules.smallness)
    return (answer.smallness + rules.smallness) / 2


def _kinds(
    found: Iterable[KindAnswer], rules: tuple[KindFound, ...], text: str, names: Mapping[str, str]
) -> tuple[KindFound, ...]:
    named: dict[str, KindFound] = {}
    for place, kind in enumerate(kind for kind in found if kind.id in names):
        score = max(_STRONGEST - _STEP * place, best_score(rules, kind.id))
        named.setdefault(
            kind.id, KindFound(id=kind.id, name=names[kind.id], quote=literal(kind.quote, text), score=score)
        )
    unnamed = [k.model_copy(update={"score": k.score * _UNCONFIRMED}) for k in rules if k.id not in named]
    return tuple(sorted([*named.values(), *unnamed], key=lambda kind: -kind.score)[:MAX_KINDS])


def _quotes(found: Iterable[str], rules: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The rules' quotes, then those of the model that are literal and say something new."""
    kept = list(rules)
    for quote in (literal(quote, text) for quote in found):
        if quote and not any(_overlap(quote, other) for other in kept):
            kept.append(quote)
    return tuple(kept)


def _promises(found: Iterable[PromiseAnswer], rules: tuple[Promise, ...], text: str) -> tuple[Promise, ...]:
    kept = list(rules)
    for promise in found:
        quote = literal(promise.quote, text)
        same = next((place for place, other in enumerate(kept) if _overlap(quote, other.quote)), None)
        if not quote:
            continue
        if same is None:
            kept.append(Promise(quote=quote, by=promise.by, date=literal(promise.date, text)))
        else:
            kept[same] = _completed(kept[same], promise, text)
    return tuple(kept)


def _completed(known: Promise, promise: PromiseAnswer, text: str) -> Promise:
    date_said = known.date or literal(promise.date, text)
    return Promise(quote=known.quote, by=known.by or promise.by, date=date_said)


def _overlap(one: str, other: str) -> bool:
    a, b = one.casefold(), other.casefold()
    return bool(a and b) and (a in b or b in a)


def _deadline(found: DeadlineAnswer | None, rules: Deadline | None, text: str) -> Deadline | None:
    if rules and not rules.quote:
        return rules  # it comes from the request's own field
    quote = literal(found.quote, text) if found else ""
    if found is None or not quote:
        return rules
    day = (rules.day if rules else None) or _day(found.day)
    reason = found.reason or (rules.reason if rules else "")
    return Deadline(text=found.text or quote, quote=quote, reason=reason, day=day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
