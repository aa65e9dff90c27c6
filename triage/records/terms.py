"""A text as the terms that keyword search counts, the same on every database.

Words without the ones that say nothing, in lower case, without accents, English endings folded as in the
first step of Porter's stemmer (Porter 1980): "approving", "approves" and "approved" are one term. Scripts
that write no spaces are cut into pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from triage.records.text import clean

MAX_INDEXED = 50_000  # characters of one text that are searched
LONGEST = 40  # characters of one term
_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]+")
_VOWEL = re.compile(r"[aeiouy]")
_SILENT_WORDS = (
    "a about after again all also am an and any are as at be because been before being best both but by "
    "can cannot could dear did do does done each else few for from get gets give given go got had has "
    "have having he hello her here hi him his how however i if in into is it its just kind know let like "
    "look made make many may me might more most much must my need needs new no nor not now of off ok on "
    "once one only or other our out over please regards said same say see shall she should so some such "
    "take than thank thanks that the their them then there these they thing things this those to too two "
    "until up us use used very want wants was way we well were what when where which while who why will "
    "with within would yes yet you your"
)
_SILENT = frozenset(_SILENT_WORDS.split())


def terms(text: str) -> list[str]:
    """The terms of `text` in order, repeats included."""
    return [term for word in _words(text[:MAX_INDEXED]) if (term := _term(word))]


def _words(text: str) -> Iterator[str]:
    folded = clean(text).casefold()
    if folded.isascii():
        yield from _WORD.findall(folded)
        return
    for word in _WORD.findall(_without_accents(folded)):
        if _UNSPACED.search(word):
            yield from _pairs(word)
        else:
            yield word


@lru_cache(maxsize=50_000)
def _term(word: str) -> str:
    """Empty for a word that says nothing."""
    if word in _SILENT or (len(word) == 1 and word.isascii()):
        return ""
    return (_stem(word) if word.isascii() else word)[:LONGEST]


def _stem(word: str) -> str:
    """Two words of one stem may well end up as something that is no word: "invoic", "compani"."""
    if len(word) < 4:
        return word
    word = _without_past(_singular(word))
    if len(word) > 3 and word.endswith("e"):
        return word[:-1]
    return f"{word[:-1]}i" if len(word) > 3 and word.endswith("y") else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _without_past(word: str) -> str:
    """Without -ed or -ing, where at least three letters with a vowel remain."""
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and _VOWEL.search(stem):
            doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz"
            return stem[:-1] if doubled else stem
    return word


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))


def _pairs(word: str) -> Iterator[str]:
    if len(word) == 1:
        yield word
    for place in range(len(word) - 1):
        yield word[place : place + 2]
