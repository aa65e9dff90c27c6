"""Amounts and days as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "zł": "PLN", "euro": "EUR", "euros": "EUR"}
_CODE_TEXT = "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF JPY AUD CAD NZD BRL INR SGD ZAR"
_CODES = frozenset(_CODE_TEXT.split())
_AMOUNT = re.compile(r"\d[\d.,'’ ]{0,24}")
_FACTORS = {"k": 1e3, "tsd": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "mil": 1e6}
_MONTHS = (
    "january jan januar janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar février févr febrero febbraio februari fevereiro fev",
    "march mar märz mrz mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|º)?\s(?:of\s|de\s)?([^\W\d]{3,12})\.?,?\s(?:de\s)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"([^\W\d]{3,12})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})(?!\d)")


@dataclass(frozen=True)
class Money:
    """An amount; `currency` is "" when none was named."""

    amount: float
    currency: str = ""


@dataclass(frozen=True)
class Day:
    """A calendar day and the text around it."""

    day: date
    rest: str


def read_money(text: str) -> Money | None:
    """ "48,000 EUR", "€ 1.2m", "48.000,50" -> amount and currency; None when there is no amount.

    One separator followed by exactly three digits groups thousands; otherwise it is the decimal mark.
    """
    text = text[:200]
    found = _AMOUNT.search(text)
    if not found:
        return None
    amount = _number(found[0])
    if amount is None or text[: found.start()].rstrip().endswith("-"):
        return None
    suffix = re.match(r"\s?([^\W\d]+)", text[found.end() :])
    factor = _FACTORS.get(suffix[1].lower(), 1.0) if suffix else 1.0
    return Money(amount * factor, _currency(text))


def read_day(text: str) -> Day | None:
    """The first calendar day in `text`; None for none, for an impossible and for an ambiguous one.

    03/04/2026 is a day in two months of the year, depending on the reader: it is left alone.
    """
    text = text[:500]
    for pattern, order in (
        (_ISO, "ymd"),
        (_DOTTED, "dmy"),
        (_SLASHED, "?"),
        (_DAY_FIRST, "dmy"),
        (_MONTH_FIRST, "mdy"),
    ):
        for found in pattern.finditer(text):
            day = _day(found.groups(), order)
            if day:
                return Day(day, (text[: found.start()] + text[found.end() :]).strip())
    return None


def _number(text: str) -> float | None:
    digits = re.sub(r"[\s'’]", "", text).rstrip(".,")
    last = max(digits.rfind(","), digits.rfind("."))
    whole, fraction = digits, ""
    if last >= 0:
        mark, other = digits[last], "." if digits[last] == "," else ","
        grouped = len(digits) - last == 4 and other not in digits
        if not grouped and digits.count(mark) == 1:
            whole, fraction = digits[:last], digits[last + 1 :]
    try:
        return float(whole.replace(",", "").replace(".", "") + "." + (fraction or "0"))
    except ValueError:
        return None


def _currency(text: str) -> str:
    for found in re.finditer(r"[^\W\d_]+", text):
        word = found[0]
        if word.upper() in _CODES:
            return word.upper()
        if word.lower() in _CURRENCIES:
            return _CURRENCIES[word.lower()]
    return next((code for sign, code in _CURRENCIES.items() if len(sign) == 1 and sign in text), "")


def _day(groups: tuple[str, ...], order: str) -> date | None:
    if order == "?":
        if int(groups[0]) <= 12 and int(groups[1]) <= 12 and groups[0] != groups[1]:
            return None
        order = "mdy" if int(groups[1]) > 12 else "dmy"
    parts = dict(zip(order, groups, strict=True))
    month = int(parts["m"]) if parts["m"].isdigit() else _MONTH.get(parts["m"].lower(), 0)
    try:
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None
