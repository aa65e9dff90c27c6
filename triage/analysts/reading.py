"""Reads a request by rule: kinds of change, ask, actors, promises, deadline, and whether it is small."""

from __future__ import annotations

import math

from triage.analysts import phrases, wording
from triage.analysts.kinds import KindDetector
from triage.analysts.weights import load_weights
from triage.catalogue import Catalogue
from triage.domain import KindFound, Reading, Request, distinct_words

# A request is small when it exposes or rewords something that exists: no new data, right or message.
# The features of knowledge/weights/small.json. Minimisers are none of them: they raise scrutiny (P11).
SMALL_FEATURES = (
    "small_kind",  # best score of a kind marked small
    "other_kinds",  # sum of the scores of all other kinds
    "log_words",  # natural logarithm of the number of different words, of SHORT at least
)
SHORT = 75  # words below which length says nothing more: a one-line mail may ask for an export
USUAL_WORDS = 85.0  # different words of a usual request among those the weights were fitted on


def read_request(catalogue: Catalogue, detector: KindDetector, request: Request) -> Reading:
    """The whole reading; every quote in it is literal."""
    body = request.wish()
    sentences = phrases.sentences(body)
    text = request.heard()
    kinds = detector.find(request)
    promised = phrases.promises(request)
    words = distinct_words(request.ask_text())
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
        flags=phrases.addressed_to_machine(text, *(file.text for file in request.files)),
        smallness=0.0 if promised or request.deal_value else smallness(catalogue, kinds, words),
    )


def smallness(catalogue: Catalogue, kinds: tuple[KindFound, ...], words: float) -> float:
    """Probability (0..1) that nothing is hidden behind a request of so many different words."""
    import numpy as np

    row = np.array([small_signs(catalogue, kinds, words)])
    return round(float(load_weights("small").probabilities(row)[0]), 3)


def smallness_here(catalogue: Catalogue, reading: Reading, words: float, usual: float) -> float:
    """The smallness of a reading at a company whose requests usually have `usual` different words.

    People who write short mails ask for as much in fewer words, so only the length relative to their own
    usual one counts; the odds of the reading shift by what that makes of the rules' figure.
    """
    if reading.smallness <= 0:
        return 0.0
    plain = smallness(catalogue, reading.kinds, words)
    here = smallness(catalogue, reading.kinds, words * USUAL_WORDS / usual)
    odds = _odds(reading.smallness) * _odds(here) / _odds(plain)
    return odds / (1 + odds)


def small_signs(
    catalogue: Catalogue, kinds: tuple[KindFound, ...], words: float
) -> tuple[float, float, float]:
    """The SMALL_FEATURES of a request."""
    small = [kind.score for kind in kinds if catalogue.kinds[kind.id].small]
    other = [kind.score for kind in kinds if not catalogue.kinds[kind.id].small]
    return max(small, default=0.0), sum(other), math.log(max(SHORT, words))


def _odds(probability: float) -> float:
    bounded = min(0.999, max(0.001, probability))
    return bounded / (1 - bounded)
