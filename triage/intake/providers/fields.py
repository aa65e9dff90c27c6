"""Values of another system as the fields of a request.

A single value that cannot be used is left out and becomes a defect that the reviewer sees; it never
costs the request.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import ValidationError

from triage.domain import Channel, FromRole
from triage.errors import BadInput
from triage.intake.form import MOST_DEAL, NewRequest, field_messages, mail_address
from triage.intake.limits import MAX_TEXT
from triage.intake.printed import name_and_address
from triage.intake.text import clean_line, clean_text, html_to_text
from triage.intake.values import read_day, read_money

_DECIMAL = re.compile(r"\d{1,15}(?:\.\d{1,15})?(?:[eE]\+?\d{1,3})?")
_GROUPED = re.compile(r"\d{1,3}\.\d{3}")  # 48.000: more often a German thousand than a decimal
_EPOCH = re.compile(r"\d{9,14}")
_MILLISECONDS = 100_000_000_000  # an epoch above this is not in seconds: those reach it in the year 5138
_MOST_READ = 4 * MAX_TEXT  # characters, markup and all
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MARKUP = re.compile(r"<(?:p|br|div|span|ul|ol|li|table|html|a|b|i|strong|em|h[1-6])\b[^<>]{0,2000}>", re.I)


class _Unusable(ValueError):
    """Why a value cannot be used, as the end of a sentence."""


@dataclass(frozen=True)
class ReadFields:
    """A request as fields, and what could not be used of it."""

    fields: NewRequest
    defects: tuple[str, ...] = ()


def read_fields(
    values: Mapping[str, object],
    places: Mapping[str, str] | None = None,
    *,
    channel: Channel,
    from_role: FromRole,
) -> ReadFields:
    """The fields that the values give.

    Args:
        values: by field name, a text or a number each, as another system wrote it.
        places: where each stood, for the words of a defect.

    Raises:
        BadInput: neither a subject nor a text; says where they were looked for.
    """
    places = places or {}
    read: dict[str, object] = {}
    defects: list[str] = []
    for name, value in values.items():
        try:
            read[name] = SHAPES[name](value)
        except _Unusable as error:
            defects.append(_defect(name, places.get(name, ""), value, str(error)))
    body = str(read.get("body") or "")
    if len(body) > MAX_TEXT:
        read["body"] = body[:MAX_TEXT]
        defects.append(f"The text is {len(body):,} characters; only the first {MAX_TEXT:,} were read.")
    _settle_currency(values, read, defects)
    if not read.get("subject") and not read.get("body"):
        raise BadInput(
            "This record does not say what the customer wants: subject and text are empty.",
            "Fill them in there, or say in the file of TRIAGE_FIELD_MAP where they stand.",
        )
    return _validated({**read, "channel": channel, "from_role": from_role}, values, places, defects)


def plain_words(text: str) -> str:
    """A text cleaned; its words alone when it is HTML. Of a monstrous one the beginning."""
    text = text[:_MOST_READ]
    return html_to_text(text).strip() if _MARKUP.search(text[:20_000]) else clean_text(text).strip()


def _validated(
    read: dict[str, object], values: Mapping[str, object], places: Mapping[str, str], defects: list[str]
) -> ReadFields:
    try:
        return ReadFields(NewRequest.model_validate(read), tuple(defects))
    except ValidationError as error:
        messages = field_messages(error)
    for name, message in messages.items():
        read.pop(name, None)
        defects.append(_defect(name, places.get(name, ""), values.get(name, ""), message))
    return ReadFields(NewRequest.model_validate(read), tuple(defects))


def _defect(name: str, place: str, value: object, why: str) -> str:
    said = clean_line(str(value), 60)
    where = f" ({place})" if place and not place.startswith("=") else ""
    return f"The {name.replace('_', ' ')} “{said}”{where} was left out: {why.rstrip('.')}."


def _settle_currency(values: Mapping[str, object], read: dict[str, object], defects: list[str]) -> None:
    """A currency written beside the amount counts when it has no field of its own."""
    if read.get("deal_value") is None or read.get("deal_currency"):
        return
    money = read_money(str(values.get("deal_value", "")))
    if money and money.currency:
        read["deal_currency"] = money.currency
    else:
        defects.append("The deal value came without a currency; EUR was taken.")


# --- one reader for each field ----------------------------------------------------------------------


def _line(value: object) -> str:
    text = _words(value)
    return clean_line(html_to_text(text) if _MARKUP.search(text[:2000]) else text)


def _text(value: object) -> str:
    return plain_words(_words(value))


def _words(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _address(value: object) -> str:
    text = clean_line(_words(value))
    address = name_and_address(text)[1] if "@" in text else text
    try:
        return mail_address(address)
    except ValueError as error:
        raise _Unusable("it is no mail address") from error


def _amount(value: object) -> float:
    """An amount as programs write it (48000, "48000.00") or as people do ("48,000 EUR")."""
    text = _words(value)
    if _DECIMAL.fullmatch(text) and not _GROUPED.fullmatch(text):
        amount = float(text)
    else:
        money = None if text.startswith("-") else read_money(text)
        amount = money.amount if money else math.inf
    if amount > MOST_DEAL:
        raise _Unusable("it is no amount of money")
    return amount


def _currency(value: object) -> str:
    text = clean_line(_words(value), 40)
    money = read_money(f"1 {text}")
    code = text.upper() if len(text) == 3 else (money.currency if money else "")
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise _Unusable("it is no currency code such as EUR")
    return code


def _day(value: object) -> date:
    """A day as written, or the day (UTC) of a Unix time in seconds or milliseconds."""
    text = _words(value)
    if _EPOCH.fullmatch(text):
        seconds = int(text) / 1000 if int(text) >= _MILLISECONDS else int(text)
        day: date | None = datetime.fromtimestamp(seconds, UTC).date()
    else:
        found = read_day(text)
        day = found.day if found else None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _Unusable("it is no day that can be told; write it as 2026-12-15")
    return day


SHAPES: Mapping[str, Callable[[object], object]] = {
    "subject": _line,
    "body": _text,
    "customer": _line,
    "asker_name": _line,
    "asker_address": _address,
    "submitter": _address,
    "deal_value": _amount,
    "deal_currency": _currency,
    "need_by": _day,
    "need_by_reason": _text,
    "already_said": _text,
    "product_area": _line,
}
