"""Neutral words in place of names, addresses and numbers; the same word for the same name every time.

A word is drawn from the name and a key that stays in the data folder: two exports agree, and nobody
without the key can try names out. What is known (see `names.py`) is replaced wherever it stands, in
whole or in part, in any spelling of case, accents and hyphens. What cannot be known is a name in the
middle of a sentence that stands in no field, greeting, signature or address: `unvouched` lists the words
to look at. And a situation may tell who it is without any name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from evals.exporting.names import ADDRESS, WORD, Known, domain_label, fold

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_GAP = re.compile(r"[\s\-_.&+'’/]{1,4}")
_LONGEST = 6  # words of a name
_LEAST = 3  # letters of a part that is looked for on its own

_LINK = re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"')]+")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_PHONE = re.compile(
    r"(?<![\w.,:])(?:\+|00|\(0|0)\d?[\d ()/.-]{5,20}\d(?![\w:])"
    r"|(?<![\w.,])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"
)
_NUMBER = re.compile(
    r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b"  # IBAN
    r"|(?<![\w.,-])\d{8,}(?![\w-])"
    r"|\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}\b"  # keys, tokens
)
_STREET = re.compile(
    r"\b\d{1,4}[a-z]?\s+(?:[A-Z][\w’'-]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Quay|Square|Drive|Close|Court|Way)\b"
    r"|\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|gasse|platz|allee|ring|damm|ufer)\s+\d{1,4}[a-z]?\b"
)
_LARGE_ROW = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]*(?: [A-ZÀ-ÖØ-Þ][\w’'-]*)*")
_PHONE_DIGITS = 7
_OWN_DOMAIN = ".example"
_OPENS = '.!?:;\n•*>“"(–-'  # after one of these a capital says nothing


class Pseudonyms:
    """Replaces what is `known`. `ordinary` are words that are no name on their own, in lower case; `hide`
    are further words to replace, whatever they are."""

    def __init__(
        self, key: bytes, known: Known, ordinary: Container[str] = (), hide: Sequence[str] = ()
    ) -> None:
        self._key = key
        self._words: dict[str, str] = {}  # folded words, joined by a blank -> what stands in their place
        self._large: set[str] = set()  # those of them that are names only when written large
        self._inside: set[str] = set()  # and only in mid-sentence
        self._ordinary = ordinary
        self.spared: set[str] = set()  # ordinary words that are names too: some of them stay
        for name in hide:
            self._learn(name, self._word("hidden", name))
            self._large |= {fold(name)} if fold(name) in ordinary else set()
        for name in _longest_first(known.firms):
            self._learn_firm(name)
        owners = _owners(known.people)
        for name in _longest_first(known.people):
            self._learn_whole(name, self._word("person", name))
        for part, names in owners.items():
            owner = names[0] if len(names) == 1 else part
            self._learn_part(part, self._word("person", owner), alone=True)
        self._given = {fold(word) for said in self._words.values() for word in said.split()} | {"example"}

    def of(self, text: str) -> str:
        """`text` without what is known."""
        text = _LINK.sub(self._link, text)
        text = ADDRESS.sub(self._address, text)
        text = _STREET.sub("[street]", text)
        text = _PHONE.sub(lambda found: "[phone]" if _is_phone(found[0]) else found[0], text)
        return self._names(_NUMBER.sub("[number]", text))

    def whole(self, kind: str, name: str) -> str:
        """For a field that holds nothing but a name; `kind` is person or firm."""
        known = self._words.get(" ".join(fold(word) for word in WORD.findall(name)))
        return known or self._word(kind, name)

    def left(self, text: str) -> list[str]:
        """Originals that still stand in `text`; looked for in another way than they were replaced."""
        names = _rows_of(WORD.findall(fold(text))) & self._words.keys() - self._large - self._inside
        names |= {fold(word) for word in _written_large(text)} & self._large
        names |= {fold(word) for word in _written_large(text, inside=True)} & self._inside
        foreign = [one for one in ADDRESS.findall(text) if not one.endswith(_OWN_DOMAIN)]
        phones = [found[0] for found in _PHONE.finditer(text) if _is_phone(found[0])]
        return sorted([*names, *foreign, *phones])

    def unvouched(self, texts: Sequence[str]) -> Counter[str]:
        """Words, and rows of words, that are always written large and of which nobody knows that they are no
        name."""
        small = {fold(word) for text in texts for word in WORD.findall(text) if word.islower()}
        found: Counter[str] = Counter()
        for text in texts:
            for row in _LARGE_ROW.findall(text):
                own = [word for word in row.split() if self._stands_out(word, small)]
                found.update([" ".join(own)] if own else [])
        return found

    def _stands_out(self, word: str, small: Container[str]) -> bool:
        folded = fold(word)
        known = folded in self._given or folded in self._ordinary or folded in small
        return len(word) >= _LEAST and not known

    def _names(self, text: str) -> str:
        words = list(WORD.finditer(text))
        out, at, place = [], 0, 0
        while place < len(words):
            length = self._match(text, words[place : place + _LONGEST])
            if length:
                last = words[place + length - 1]
                key = " ".join(fold(word[0]) for word in words[place : place + length])
                out += [text[at : words[place].start()], self._words[key]]
                at = last.end()
            place += max(1, length)
        return "".join([*out, text[at:]])

    def _match(self, text: str, words: Sequence[re.Match[str]]) -> int:
        """How many of the words make up the longest known name that begins here."""
        folded: list[str] = []
        longest = 0
        for place, word in enumerate(words):
            if place and not _GAP.fullmatch(text, words[place - 1].end(), word.start()):
                break
            folded.append(fold(word[0]))
            key = " ".join(folded)
            if key in self._words and self._is_meant(key, text, words[0]):
                longest = place + 1
        return longest

    def _is_meant(self, key: str, text: str, word: re.Match[str]) -> bool:
        """An ordinary word is a name only where it is written like one."""
        large = word[0][0].isupper()
        if key in self._inside:
            return large and _in_mid_sentence(text, word.start())
        return large or key not in self._large

    def _link(self, found: re.Match[str]) -> str:
        host = found[0].partition("//")[2] or found[0]
        return f"https://{self._word('firm', domain_label(host.partition('/')[0])).lower()}{_OWN_DOMAIN}"

    def _address(self, found: re.Match[str]) -> str:
        box, _, domain = found[0].rpartition("@")
        if domain.endswith(_OWN_DOMAIN) and fold(domain.partition(".")[0]) in self._given:
            return found[0]
        firm = self._word("firm", domain_label(domain))
        return f"{self._word('person', box)}@{firm}{_OWN_DOMAIN}".lower()

    def _learn_firm(self, name: str) -> None:
        said, parts = self._word("firm", name), WORD.findall(name)
        self._learn_whole(name, f"{said} Company" if len(parts) > 1 else said)
        if len(parts) == 1:
            self._learn_part(name, said, alone=True)
            return
        for place, part in enumerate(parts):
            new = fold(part) not in self._words
            self._learn_part(part, said, alone=False)
            if new:  # "Pumps" of Pemberley Pumps: a pump is a pump where it is written small
                (self._inside if place == len(parts) - 1 else self._large).add(fold(part))

    def _learn_whole(self, name: str, said: str) -> None:
        if len(WORD.findall(name)) > 1:
            self._learn(name, said)

    def _learn_part(self, part: str, said: str, *, alone: bool) -> None:
        """`alone`: it is a name by itself, even where it is an ordinary word too."""
        folded = fold(part)
        if len(folded) < _LEAST or folded in self._words:
            return
        if folded in self._ordinary:
            self.spared.add(part)
            if not alone:
                return
            self._inside.add(folded)
        for spelling in (folded, *_spelled_out(part)):
            self._words.setdefault(spelling, said)

    def _learn(self, name: str, said: str) -> None:
        words = [fold(word) for word in WORD.findall(name)][:_LONGEST]
        for key in {" ".join(words), "".join(words), *_spelled_out(name)}:
            if len(key) >= _LEAST:
                self._words.setdefault(key, said)

    def _word(self, kind: str, name: str) -> str:
        folded = " ".join(WORD.findall(fold(name)))
        drawn = hmac.new(self._key, f"{kind}:{folded}".encode(), hashlib.sha256).digest()
        return "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in drawn[:4]).capitalize()


def _written_large(text: str, *, inside: bool = False) -> Iterator[str]:
    """Words that begin with a capital; `inside`: only in mid-sentence, where that says something."""
    for word in WORD.finditer(text):
        if word[0][0].isupper() and not (inside and not _in_mid_sentence(text, word.start())):
            yield word[0]


def _rows_of(words: Sequence[str]) -> set[str]:
    """Every row of up to `_LONGEST` words, whatever stood between them."""
    rows = range(1, _LONGEST + 1)
    return {" ".join(words[at : at + count]) for at in range(len(words)) for count in rows}


def _in_mid_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip(" ")
    return bool(before) and before[-1] not in _OPENS


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (-len(name.split()), name))


def _owners(people: Iterable[str]) -> dict[str, list[str]]:
    """Part of a name -> whose it is."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name in sorted(people):
        for part in WORD.findall(name):
            owners[part].append(name)
    return owners


def _spelled_out(name: str) -> Iterator[str]:
    """ "boelke" for "Bölke"."""
    plain = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    yield " ".join(fold(word) for word in WORD.findall(plain)[:_LONGEST])


def _is_phone(text: str) -> bool:
    return sum(sign.isdigit() for sign in _DATE.sub("", text)) >= _PHONE_DIGITS
