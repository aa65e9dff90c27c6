"""The answers in a reply to a list of numbered questions, and replies that only say thanks.

Three ways people answer: below each quoted question, by number, or, when there is one question, in one
piece. Anything else stays one text that the reviewer reads: an answer put to the wrong question is worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.intake.markers import read_lines

_NUMBER = re.compile(
    r"\s{0,8}(?:\(|ad |to |zu |re |q|#|no\.? |nr\.? )?(\d{1,2})\s?[.):\-–—]\s?(.*)", re.IGNORECASE
)
_SAME = 30  # characters of a question that tell it from the others, however the client wrapped it
_THANKS_WORDS = 15
_SAYING_MORE = 6  # words beside the thanks, such as "perfect, I will tell them"
_THANKS = re.compile(
    r"\b(?:thank|thanks|thx|danke|vielen dank|merci|gracias|grazie|obrigad[oa]|bedankt|dank je|dank u|"
    r"tack|tak|takk|kiitos|dziękuję|dzięki|děkuji|díky|teşekkür)|ありがとう|谢谢|謝謝|感谢",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:but|however|except|instead|also|now|need|needs|want|wants|wait|stop|aber|jedoch|mais|pero|ma|maar)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """A question as it stood in our mail."""

    number: int
    id: str
    text: str


def read_answers(text: str, words: str, asked: Sequence[Asked]) -> tuple[tuple[str, str], ...]:
    """(question id, answer) for each answer that is clearly to one question.

    Args:
        text: the whole reply with its quotes.
        words: the writer's own, without quotes and signature.
        asked: the questions that are still open.
    """
    below = dict(_below_quotes(text, asked))
    if below:
        return tuple(below.items())
    numbered = dict(_numbered(words, asked))
    if numbered:
        return tuple(numbered.items())
    return ((asked[0].id, words.strip()),) if len(asked) == 1 and words.strip() else ()


def only_thanks(words: str) -> bool:
    """True for a short reply that does little more than thank: nobody has to look at it again."""
    written = words.split()
    if len(written) > _THANKS_WORDS or re.search(r"[?？\d]", words) or not _THANKS.search(words):
        return False
    after = [part for part in re.split(r"[.!\n]+", words) if part.strip() and not _THANKS.search(part)]
    return sum(len(part.split()) for part in after) <= _SAYING_MORE and not _BUT.search(words)


def _below_quotes(text: str, asked: Sequence[Asked]) -> Iterator[tuple[str, str]]:
    """What stands unquoted below each quoted question."""
    keys = {_key(question.text)[:_SAME]: question for question in asked}
    quoted = ""
    current: Asked | None = None
    found: dict[str, list[str]] = {}
    for line in read_lines(text):
        if line.depth:
            quoted += _key(line.text)
            at = {key: quoted.rfind(key) for key in keys}
            newest = max(at, key=lambda key: at[key], default="")
            current = keys[newest] if newest and at[newest] >= 0 else current
        elif line.text.strip() and current:
            found.setdefault(current.id, []).append(line.text.strip())
            quoted = ""
    last = current.id if current else ""
    for key, lines in found.items():
        yield key, "\n".join(_unsigned(lines) if key == last else lines)


def _numbered(words: str, asked: Sequence[Asked]) -> Iterator[tuple[str, str]]:
    known = {question.number: question for question in asked}
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in words.split("\n"):
        number = _NUMBER.fullmatch(line[:2000])
        question = known.get(int(number[1])) if number else None
        if number and question and question.id not in found:
            current = found.setdefault(question.id, [number[2]])
        elif current is not None:
            current.append(line)
    for key, lines in found.items():
        answer = "\n".join(lines).strip()
        if answer:
            yield key, answer


def _unsigned(lines: list[str]) -> list[str]:
    from triage.intake.signature import split_signature

    return split_signature("\n".join(lines)).text.split("\n")


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
