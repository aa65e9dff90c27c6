"""The form a model's answer must have, one class per step.

Strict where a wrong value would do harm (categories, verdicts, numbers), lenient where it would only
cost a repair: texts are cut at their cap, `null` becomes empty, unknown fields are ignored. Links and mail
addresses are taken out of all that a model words itself: it has no business choosing where people go.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from triage.analysts.forms import outline, strict_schema
from triage.domain import Category, DateKind, NoReason, PromiseStance, Verdict

MAX_MODEL_QUESTIONS = 12  # five are shown, the rest is folded

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ud800-\udfff]+")
_LINK = re.compile(r"(?i)\b(?:https?://|www\.|mailto:)\S+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def _copied(limit: int, value: object) -> object:
    """Ids and quotes: cut without an ellipsis, so that they stay literal."""
    text = _plain(value)
    return text[:limit].rstrip() if isinstance(text, str) else text


def _worded(limit: int, value: object) -> object:
    """Texts of the model's own."""
    text = _plain(value)
    if not isinstance(text, str):
        return text
    text = _LINK.sub("[link removed]", text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    return " ".join(_CONTROL.sub(" ", value).split()) if isinstance(value, str) else value


def _first(limit: int, value: object) -> object:
    if value is None:
        return []
    return value[:limit] if isinstance(value, list) else value


def _blank_to_none(value: object) -> object:
    return None if value in ("", "none", "null") else value


def _clamp(low: float, high: float, value: object) -> object:
    return min(max(value, low), high) if isinstance(value, int | float) else value


def _one_to_three(value: object) -> object:
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    return round(min(max(value, 1), 3)) if isinstance(value, int | float) else value


def _as_id(value: object) -> object:
    """ "Existing data" means existing_data; a repair would cost a call."""
    return "_".join(value.strip().lower().replace("-", " ").split()) if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(partial(_copied, 200))]
Quote = Annotated[str, BeforeValidator(partial(_copied, 300))]
Short = Annotated[str, BeforeValidator(partial(_worded, 80))]
Line = Annotated[str, BeforeValidator(partial(_worded, 300))]
Wording = Annotated[
    str, BeforeValidator(partial(_worded, 900))
]  # of a question: see `triage.analysts.concerns`
Passage = Annotated[str, BeforeValidator(partial(_worded, 600))]
CategoryId = Annotated[Category, BeforeValidator(_as_id)]
OneToThree = Annotated[Literal[1, 2, 3], BeforeValidator(_one_to_three)]
Share = Annotated[float, BeforeValidator(partial(_clamp, 0.0, 1.0))]
DayCount = Annotated[float, BeforeValidator(partial(_clamp, 0.0, 400.0))]

T = TypeVar("T")
Few = Annotated[list[T], BeforeValidator(partial(_first, 8))]
Some = Annotated[list[T], BeforeValidator(partial(_first, MAX_MODEL_QUESTIONS))]
Many = Annotated[list[T], BeforeValidator(partial(_first, 40))]


class Form(BaseModel):
    """Base of every answer form."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The form in the strict dialect of JSON schema, for servers that hold a model to one."""
        return strict_schema(cls.model_json_schema())

    @classmethod
    def outline(cls) -> str:
        """The same form as one line, for the prompt."""
        return outline(cls.json_schema())


class KindAnswer(Form):
    """One kind of change."""

    id: Id
    quote: Quote = ""


class PromiseAnswer(Form):
    """One promise already made (P12)."""

    quote: Quote
    by: Id = ""  # may be a mail address
    date: Short = ""


class DeadlineAnswer(Form):
    """When it is needed; `day` as YYYY-MM-DD or empty."""

    text: Line
    quote: Quote = ""
    reason: Line = ""
    day: Short = ""


class ReadAnswer(Form):
    """Answer of the step `read`."""

    ask: Line
    kinds: Few[KindAnswer]
    action: Short = ""
    object: Short = ""
    actors: Few[Short] = []
    systems: Few[Short] = []
    numbers: Few[Short] = []
    minimisers: Few[Quote] = []
    promises: Few[PromiseAnswer] = []
    deadline: DeadlineAnswer | None = None
    smallness: Share = 0.0
    addressed_to_machine: Few[Quote] = []


class QuestionAnswer(Form):
    """One question; `candidate` is the id it keeps or rewrites, empty for a new one."""

    candidate: Id = ""
    question: Wording
    category: CategoryId
    why: Line = ""
    quote: Quote = ""
    ask: Short = ""
    effect: Line = ""
    evidence: Few[Id] = []
    impact: OneToThree
    likelihood: OneToThree


class ClearedAnswer(Form):
    """A category without a question."""

    category: CategoryId
    reason: Line
    quote: Quote = ""


class DroppedAnswer(Form):
    """A candidate the model decided against."""

    candidate: Id
    reason: Line = ""


class GapsAnswer(Form):
    """Answer of the step `find_gaps`. `weighed` is room to think before deciding; nobody reads it."""

    weighed: Many[Line] = []
    small: bool
    questions: Some[QuestionAnswer]
    cleared: Many[ClearedAnswer] = []
    dropped: Many[DroppedAnswer] = []


class RangeAnswer(Form):
    """A range of engineer-days."""

    low: DayCount
    high: DayCount


class EstimateAnswer(Form):
    """Answer of the step `estimate`, in engineer-days."""

    argument: Passage
    groundwork: RangeAnswer
    setup: RangeAnswer
    build: RangeAnswer
    support: RangeAnswer


class OptionAnswer(Form):
    """One side of the two-option card (P14)."""

    name: Short
    delivers: Line
    cost: Line
    by: Short = ""


class PromiseResponseAnswer(Form):
    """What to say about one promise (P12)."""

    quote: Quote
    stance: PromiseStance
    text: Line = ""


class ProposeAnswer(Form):
    """Answer of the step `propose`."""

    verdict: Verdict
    no_reason: Annotated[NoReason | None, BeforeValidator(_blank_to_none)] = None
    conditions: Few[Line] = []
    ships_first: Line = ""
    waits: Line = ""
    customer_prepares: Line = ""
    dependencies: Line = ""
    biggest_risk: Line = ""
    date_kind: Annotated[DateKind | None, BeforeValidator(_blank_to_none)] = None
    date: Short = ""
    decider: Short = ""
    outcome: Line = ""
    health: Line = ""
    moves: Few[Id] = []
    options: Few[OptionAnswer] = []
    promises: Few[PromiseResponseAnswer] = []
    sentence: Passage
    checklist: Some[Line] = []
