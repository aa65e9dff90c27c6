"""Reads a request by rule: kinds of change, ask, actors, promises, deadline, and whether it is small."""

from __future__ import annotations

import math

from triage.analysts import phrases, wording
from triage.analysts.kinds import KindDetector
from triage.analysts.weights import load_weights
from triage.catalogue import Catalogue
from triage.domain import KindFound, Reading, Request

# A request is small when it exposes or rewords something that exists: no new data, right or message.
# The features of knowledge/weights/small.json. Minimisers are none of them: they raise scrutiny (P11).
SMALL_FEATURES = (
    "small_kind",  # best score of a kind marked small
    "other_kind",  # best score of any other kind
    "log_words",  # natural logarithm of the number of words, of SHORT at least
)
SHORT = 80  # words below which length says nothing more: a one-line mail may ask for an export


def read_request(catalogue: Catalogue, detector: KindDetector, request: Request) -> Reading:
    """The whole reading; every quote in it is literal."""
    body = request.body or request.forwarder_note
    sentences = phrases.sentences(body)
    text = request.text()
    kinds = detector.find(request)
    promised = phrases.promises(request)
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
        promises=promised,
        deadline=phrases.deadline(request),
        flags=phrases.addressed_to_machine(text),
        smallness=0.0 if promised or request.deal_value else smallness(catalogue, kinds, body),
    )


def smallness(catalogue: Catalogue, kinds: tuple[KindFound, ...], body: str) -> float:
    """Probability (0..1) that nothing is hidden behind the request."""
    import numpy as np

    row = np.array([small_signs(catalogue, kinds, body)])
    return round(float(load_weights("small").probabilities(row)[0]), 3)


def small_signs(catalogue: Catalogue, kinds: tuple[KindFound, ...], body: str) -> tuple[float, float, float]:
    """The SMALL_FEATURES of a request."""
    small = {kind.id for kind in catalogue.kinds.values() if kind.small}
    best_small = max((kind.score for kind in kinds if kind.id in small), default=0.0)
    best_other = max((kind.score for kind in kinds if kind.id not in small), default=0.0)
    return best_small, best_other, math.log(max(SHORT, len(body.split())))
