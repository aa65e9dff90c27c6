"""The form a model's answer must have, one class per step.

Strict where a wrong value would do harm (categories, verdicts, numbers), lenient where it would only
cost a repair: texts are cut at their cap, `null` becomes empty, unknown fields are ignored. Links and mail
addresses are taken out of all that a model words itself: it has no business choosing where people go.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

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
    return round(min(max(value, 1), 3)) if isinstance(value, int | float) else value


Id = Annotated[str, BeforeValidator(partial(_copied, 200))]
Quote = Annotated[str, BeforeValidator(partial(_copied, 300))]
Short = Annotated[str, BeforeValidator(partial(_worded, 80))]
Line = Annotated[str, BeforeValidator(partial(_worded, 300))]
Passage = Annotated[str, BeforeValidator(partial(_worded, 600))]
OneToThree = Annotated[int, BeforeValidator(_one_to_three)]
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
        """The JSON schema in the strict dialect: every property required, nothing additional, no caps."""
        schema = _strict(cls.model_json_schema())
        assert isinstance(schema, dict)
        return schema

    @classmethod
    def schema_text(cls) -> str:
        """The same schema as one line of text, for the prompt."""
        return json.dumps(cls.json_schema(), separators=(",", ":"))


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
    question: Line
    category: Category
    why: Line = ""
    quote: Quote = ""
    ask: Short = ""
    effect: Line = ""
    evidence: Few[Id] = []
    impact: OneToThree
    likelihood: OneToThree


class ClearedAnswer(Form):
    """A category without a question."""

    category: Category
    reason: Line
    quote: Quote = ""


class DroppedAnswer(Form):
    """A candidate the model decided against."""

    candidate: Id
    reason: Line = ""


class GapsAnswer(Form):
    """Answer of the step `find_gaps`."""

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


def _strict(node: object) -> object:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _strict(value) for key, value in node.items() if key not in _NOISE}
    for key in ("properties", "$defs"):  # their keys are names of ours, not words of the dialect
        if key in node:
            kept[key] = {name: _strict(value) for name, value in node[key].items()}
    if "properties" in node:
        kept |= {"required": list(node["properties"]), "additionalProperties": False}
    return kept


_NOISE = frozenset({"title", "default", "description"})
