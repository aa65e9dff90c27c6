"""What the fields of a catalogue accept. Each fault says what is wrong and, as `remedy`, what to do."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from triage.domain import Category, Days
from triage.product_map import ROLES

SLOTS = frozenset(
    {"object", "action", "actor", "system", "number", "route", "surface", "role", "job", "vendor", "variant"}
)
_BRACED = re.compile(r"\{([^{}]*)\}|[{}]")
_QUESTION_ID = re.compile(r"[a-z_]+\.[a-z0-9-]+")

Part = Literal["groundwork", "setup", "build", "support"]


def fault(what: str, remedy: str) -> PydanticCustomError:
    """An error of a field with its remedy."""
    return PydanticCustomError("catalogue", "{what}", {"what": what, "remedy": remedy})


def _filled(text: str) -> str:
    if not text.strip():
        raise fault("is empty", "Write a text or remove the entry.")
    return text


def _without_slots(text: str) -> str:
    if _BRACED.search(text):
        raise fault("must not have slots or braces", "Slots are filled in `question` only; use plain words.")
    return text


def _with_slots(text: str) -> str:
    _check_slots(text, SLOTS)
    return text


def _with_kinds(text: str) -> str:
    _check_slots(text, frozenset({"kinds"}))
    return text


def _with_part(text: str) -> str:
    _check_slots(text, frozenset({"part"}))
    if "{part}" not in text:
        raise fault("names no {part}", "Write {part} where the line of the product map is to stand.")
    return text


def _role(text: str) -> str:
    if text not in ROLES:
        raise fault(f"no such role of the product map: {text}", f"Known: {', '.join(ROLES)}.")
    return text


def _check_slots(text: str, known: frozenset[str]) -> None:
    for match in _BRACED.finditer(text):
        if match[1] not in known:
            raise fault(f"unknown slot {match[0]}", f"Known: {', '.join(sorted(known))}.")


def _one_question(text: str) -> str:
    if (marks := text.count("?")) != 1:
        raise fault(
            f"one question mark per question, found {marks}",
            "Ask one thing; make a second question of the rest.",
        )
    return text


def _question_id(text: str) -> str:
    if not _QUESTION_ID.fullmatch(text):
        raise fault(
            f"not an id of a question: {text}", "Write area, dot, name, such as permissions.who-may-export."
        )
    area = text.split(".")[0]
    if area not in list(Category):
        raise fault(f"no such area: {area}", f"One of the fourteen: {', '.join(Category)}.")
    return text


def _pattern(text: str) -> str:
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise fault(
            f"not a regular expression: {text} ({error})",
            r"Correct it; a literal ( ) . ? needs a \ before it.",
        ) from error
    if compiled.search(""):
        raise fault(
            f"matches every text, even an empty one: {text}",
            "Remove the empty alternative, such as a | at the end.",
        )
    return text


def _range(value: Any) -> Any:
    if isinstance(value, Days):
        return value
    pair = value if isinstance(value, list) and len(value) == 2 else []
    if not pair or not all(map(_is_number, pair)) or not 0 <= pair[0] <= pair[1]:
        raise fault(
            f"not a range of engineer-days: {value}",
            "Write [low, high] with 0 ≤ low ≤ high, such as [0.5, 2].",
        )
    return Days(low=pair[0], high=pair[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def at_least(count: int) -> AfterValidator:
    """So many entries. Looked at last, so that a broken entry is not reported as a missing one too."""

    def check(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(entries) < count:
            raise fault(f"at least {count} needed, found {len(entries)}", "Add what is missing.")
        return entries

    return AfterValidator(check)


def _no_repeats(texts: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((text for index, text in enumerate(texts) if text in texts[:index]), None)
    if twice is not None:
        raise fault(f"stands there twice: {twice}", "Remove one of them.")
    return texts


Words = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_without_slots)
]  # may be empty
Text = Annotated[str, AfterValidator(_filled), AfterValidator(_without_slots)]
Reason = Annotated[str, AfterValidator(_filled), AfterValidator(_with_kinds)]  # {kinds} is filled
Wording = Annotated[str, AfterValidator(_with_slots), AfterValidator(_one_question)]
PartWording = Annotated[str, AfterValidator(_with_part), AfterValidator(_one_question)]
Role = Annotated[str, AfterValidator(_role)]
Plain = Annotated[str, AfterValidator(_without_slots), AfterValidator(_one_question)]
QuestionId = Annotated[str, AfterValidator(_question_id)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Pattern = Annotated[str, AfterValidator(_pattern)]  # a regular expression, used without regard to case
Patterns = Annotated[tuple[Pattern, ...], AfterValidator(_no_repeats)]
Ids = Annotated[tuple[str, ...], AfterValidator(_no_repeats)]
Exemplars = Annotated[tuple[Text, ...], AfterValidator(_no_repeats), at_least(5)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Weight = Annotated[float, Field(gt=0, le=1, strict=True)]
Range = Annotated[Days, BeforeValidator(_range)]  # [low, high] in engineer-days
