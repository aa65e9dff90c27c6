"""Who and which firms a request names, as far as rules can tell: fields, addresses, greeting, signature."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from triage.domain import Request
from triage.intake.company import is_free_mail
from triage.intake.phrases import GREETINGS
from triage.intake.signature import split_signature

ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
WORD = re.compile(r"[^\W_]+")

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Herrn|Frau|Mme|Mevrouw)\.?\s+([{_CAPITAL}][\w’'-]+(?:\s+[{_CAPITAL}][\w’'-]+)?)"
)
_LEGAL = re.compile(
    rf"((?:[{_CAPITAL}&][\w&’'-]*\s+){{1,4}})(?:GmbH|AG|SE|KG|UG|Ltd|Limited|Inc|LLC|LLP|PLC|Corp|BV|NV|SAS|AB|Oy)\b"
)
_BRACKETS = re.compile(r"\(([^()]{3,60})\)")
_SEGMENT = re.compile(r"[,|·•;]| [–—-] ")
_NOBODY_TEXT = """
all team everybody everyone colleagues sir madam both folks there support herr frau herrn damen herren
mr mrs ms dr day morning afternoon evening
"""
_NOBODY = frozenset(_NOBODY_TEXT.split())
_BOXES_TEXT = """
info mail office sales support service services request requests contact hello team admin noreply reply
jobs help billing accounts accounting post kontakt buero vertrieb dispatch it hr no the
"""
_ROLE_BOXES = frozenset(_BOXES_TEXT.split())
_JOINERS_TEXT = "& and und et of for the de der den van von di da la le du + y"
_JOINERS = frozenset(_JOINERS_TEXT.split())
_GREETED = 60  # characters of a first line that is still a greeting
_SIGNED_LINES = 4
_LONGEST_NAME = 4  # words


@dataclass(frozen=True)
class Known:
    """Names as written."""

    people: frozenset[str] = frozenset()
    firms: frozenset[str] = frozenset()

    @classmethod
    def of(cls, people: Iterable[str], firms: Iterable[str]) -> Known:
        """Without the empty ones."""
        return cls(frozenset(_tidied(people)), frozenset(_tidied(firms)))

    def __or__(self, other: Known) -> Known:
        return Known(self.people | other.people, self.firms | other.firms)


def fold(text: str) -> str:
    """Lower case without accents: "Bölke" and "BOLKE" are one."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).casefold()


def named_in(request: Request) -> Known:
    """Everybody the request names in a place where names stand."""
    people = [request.asker_name, *(message.sender for message in request.thread)]
    firms = [request.customer, *headed(request.subject)]
    known = Known.of(people, firms)
    fields = [request.asker_address, request.submitter, request.forwarded_by]
    for text in (request.body, request.forwarder_note, *(message.text for message in request.thread)):
        known |= Known.of([*greeted(text), *titled(text)], legal(text)) | signed(text)
        fields.append(text)
    fields += [message.address for message in request.thread] + [request.already_said, request.subject]
    return known | addressed("\n".join(fields))


def addressed(text: str) -> Known:
    """From mail addresses: "rosalind.tey@pemberley-pumps.example" is Rosalind Tey of Pemberley Pumps."""
    people, firms = [], []
    for found in ADDRESS.findall(text):
        box, _, domain = found.rpartition("@")
        words = _LETTERS.findall(box)
        if words and not _ROLE_BOXES.intersection(map(str.casefold, words)):
            people.append(" ".join(word.capitalize() for word in words))
        if not is_free_mail(found):
            firms.append(" ".join(part.capitalize() for part in re.split(r"[-_]", domain_label(domain))))
    return Known.of(people, firms)


def greeted(text: str) -> Iterator[str]:
    """The name after "Dear" in the first line."""
    line = text.lstrip().partition("\n")[0][:_GREETED]
    words = line.replace(",", " , ").split()
    while words and words[0].casefold().strip("!") in (*GREETINGS, "good", "sehr", "geehrte", "geehrter"):
        words = words[1:]
        while words and words[0].casefold() in _NOBODY:
            words = words[1:]
        name = _leading_name(words)
        if name and (len(words) == len(name) or words[len(name)] in (",", "!", "and", "-", "–")):
            yield " ".join(name)
            return


def headed(subject: str) -> Iterator[str]:
    """Whom a colleague puts before a colon or in brackets: "Ellery Grid: approval flow" """
    before, colon, _ = subject.partition(":")
    for words in (before if colon else "", *_BRACKETS.findall(subject)):
        if " " in words.strip() and _is_name(words):
            yield words


def titled(text: str) -> Iterator[str]:
    """ "Mrs Ingleby"."""
    return (found[1] for found in _TITLED.finditer(text))


def legal(text: str) -> Iterator[str]:
    """ "Grünhag Kälte GmbH"."""
    return (found[1].strip() for found in _LEGAL.finditer(text))


def signed(text: str) -> Known:
    """Name and firm of the signature, or a last line that is nothing but a name."""
    lines = [line.strip() for line in split_signature(text).signature.split("\n") if line.strip()]
    if not lines:
        last = text.strip().rpartition("\n")[2].strip()
        lines = ["", last] if "\n" in text.strip() and _is_name(last.split(",")[0]) else []
    inline = lines[0].partition(",")[2].strip() if lines else ""
    shown = ([inline] if inline else []) + lines[1:_SIGNED_LINES]
    people, firms = [], []
    for place, line in enumerate(shown):
        segments = [segment.strip() for segment in _SEGMENT.split(line) if segment.strip()]
        if place == 0 and segments and _is_name(segments[0]):
            people.append(segments.pop(0))
        firms += [segment for segment in segments[-1:] if _is_name(segment)]
    return Known.of(people, firms)


def _leading_name(words: list[str]) -> list[str]:
    name: list[str] = []
    for word in words[:_LONGEST_NAME]:
        if not word[:1].isupper() or word.casefold() in _NOBODY:
            break
        name.append(word)
    return name


def _is_name(text: str) -> bool:
    """One to four words, all written large but for "of", "&" and the like."""
    words = text.split()
    own = [word for word in words if word.casefold() not in _JOINERS]
    return (
        0 < len(own) <= _LONGEST_NAME and all(word[:1].isupper() for word in own) and not text.endswith("?")
    )


def domain_label(domain: str) -> str:
    """ "pemberley-pumps" of "mail.pemberley-pumps.co.example"."""
    parts = domain.casefold().split(".")[:-1]
    while len(parts) > 1 and parts[-1] in ("co", "com", "org", "net", "ac", "gov"):
        parts.pop()
    return parts[-1] if parts else ""


def _tidied(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        tidy = " ".join(name.strip(" ,.;:!\"'()<>").split())
        if len(tidy) > 2 and "@" not in tidy:
            yield tidy
