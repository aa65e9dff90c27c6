"""Reads a request by rule: kinds of change, ask, actors, promises, deadline, and whether it is small."""

from __future__ import annotations

import math

from triage.analysts import phrases, wording
from triage.analysts.kinds import KindDetector
from triage.catalogue import Catalogue
from triage.domain import KindFound, Reading, Request

# A request is small when it exposes or rewords something that exists: no new data, right or message.
# The weights are a first, hand-set logistic; "Hidden work" learns them from the company's outcomes.
_BIAS = -1.6
_SMALL_KIND = 3.2  # share of the found scores that belongs to kinds marked small
_PER_KIND = -0.55  # each further kind of change
_LONG = -0.9  # per factor e of words above 60


def read_request(catalogue: Catalogue, detector: KindDetector, request: Request) -> Reading:
    """The whole reading; every quote in it is literal."""
    body = request.body or request.forwarder_note
    sentences = phrases.sentences(body)
    text = request.text()
    kinds = detector.find(request)
    ask = wording.find_ask(request.subject, sentences)
    return Reading(
        ask=wording.one_line(request.subject, sentences),
        kinds=kinds,
        action=ask.action,
        object=ask.object,
        actors=wording.actors(body),
        systems=wording.systems(text),
        numbers=wording.numbers(body),
        minimisers=phrases.minimisers(text),
        promises=phrases.promises(request),
        deadline=phrases.deadline(request),
        flags=phrases.addressed_to_machine(text),
        smallness=smallness(catalogue, kinds, body),
    )


def smallness(catalogue: Catalogue, kinds: tuple[KindFound, ...], body: str) -> float:
    """Probability (0..1) that nothing is hidden. Minimisers do not count: they raise scrutiny (P11)."""
    total = sum(kind.score for kind in kinds)
    small = sum(kind.score for kind in kinds if kind.id in catalogue.kinds and catalogue.kinds[kind.id].small)
    share = small / total if total else 0.3
    words = max(1, len(body.split()))
    z = (
        _BIAS
        + _SMALL_KIND * share
        + _PER_KIND * max(0, len(kinds) - 1)
        + _LONG * max(0.0, math.log(words / 60))
    )
    return round(1 / (1 + math.exp(-z)), 3)
