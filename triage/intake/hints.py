"""What a colleague types above a forwarded mail: "Customer: …", "Deal value: …", "Need by: …" (P2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from triage.intake.phrases import GREETINGS
from triage.intake.text import clean_line
from triage.intake.values import read_day, read_money

_LABELS = {
    "customer": "customer|account|company|client|kunde|firma|cliente|klant",
    "deal": "deal value|deal|deal size|value|arr|contract value|amount|auftragswert|dealwert|volumen",
    "need_by": "need by|needed by|need-by|needs it by|deadline|due|due date|benötigt bis|bis wann|frist",
    "reason": "why|reason|because|need by reason|grund|warum",
    "said": "already said|already promised|promised|told the customer|schon gesagt|bereits zugesagt|zugesagt",
    "area": "product area|area|produktbereich|bereich",
    "asker": "contact|asked by|contact person|ansprechpartner",
}
_FIELDS = {label: name for name, labels in _LABELS.items() for label in labels.split("|")}
_ATTRIBUTES = {
    "customer": "customer",
    "reason": "need_by_reason",
    "said": "already_said",
    "area": "product_area",
    "asker": "asker",
}
_NOTE_LINES = 40
_AMOUNT_WORDS = 6  # a longer line says more than the amount and stays in the text as well
_JOINERS = re.compile(r"^(?:because|since|as|due to|weil|wegen|for)\b[:\s]*", re.IGNORECASE)


@dataclass
class Hints:
    """What the labelled lines say; `rest` is the text without them."""

    customer: str = ""
    deal_value: float | None = None
    deal_currency: str = ""
    need_by: date | None = None
    need_by_reason: str = ""
    already_said: str = ""
    product_area: str = ""
    asker: str = ""
    rest: str = ""
    defects: list[str] = field(default_factory=list)

    def found(self) -> bool:
        """True when at least one labelled line was understood."""
        told = (self.customer, self.deal_value, self.need_by, self.need_by_reason, self.already_said)
        return any(value not in ("", None) for value in (*told, self.product_area, self.asker))


def read_hints(text: str, *, anywhere: bool) -> Hints:
    """Take labelled lines out of `text`.

    `anywhere`: within the first lines of a note; otherwise only in the block the text begins with,
    because further down "Reason: …" may be the customer's own prose. The first line of a kind wins,
    and a line that cannot be understood stays in `rest`.
    """
    hints = Hints()
    rest: list[str] = []
    lines = text.split("\n")
    open_text = ""
    for number, line in enumerate(lines):
        name, value = _labelled(line)
        continued = open_text in ("said", "reason") and line[:1].isspace() and bool(line.strip())
        if number >= _NOTE_LINES or not (anywhere or name or continued or _may_precede(line)):
            rest += lines[number:]
            break
        if name and _take(hints, name, value):
            open_text = name
        elif continued:
            _append(hints, open_text, line)
        else:
            open_text = ""
            rest.append(line)
    hints.rest = "\n".join(rest).strip()
    return hints


def _labelled(line: str) -> tuple[str, str]:
    head, colon, value = line.strip().lstrip("*-• ").partition(":")
    name = _FIELDS.get(" ".join(head.strip("* ").casefold().split()), "") if colon and len(head) < 30 else ""
    return name, clean_line(value.strip("* "), 1000)


def _may_precede(line: str) -> bool:
    """Blank lines and greetings may stand above and between labelled lines."""
    words = line.strip().rstrip(",!").casefold().split()
    return not words or (words[0] in GREETINGS and len(words) <= 4)


def _take(hints: Hints, name: str, value: str) -> bool:
    """Store one labelled value; True when the line has nothing more to say.

    A line that is blank, a repeat or not understood stays in the text.
    """
    if not value:
        return False
    if name == "deal":
        return _take_deal(hints, value)
    if name == "need_by":
        return _take_need_by(hints, value)
    attribute = _ATTRIBUTES[name]
    if getattr(hints, attribute):
        return False
    setattr(hints, attribute, value)
    return True


def _take_deal(hints: Hints, value: str) -> bool:
    money = read_money(value)
    if money is None:
        hints.defects.append(f"The deal value “{value[:60]}” was not understood; write it as 48,000 EUR.")
        return False
    if hints.deal_value is not None:
        return False
    hints.deal_value, hints.deal_currency = money.amount, money.currency
    return len(value.split()) <= _AMOUNT_WORDS


def _take_need_by(hints: Hints, value: str) -> bool:
    if hints.need_by is not None:
        return False
    found = read_day(value)
    if found is None:
        hints.defects.append(f"The need-by “{value[:60]}” names no clear day; write it as 2026-12-15.")
        return False
    hints.need_by = found.day
    reason = _JOINERS.sub("", found.rest.strip(" ,;:.()–—-"))
    hints.need_by_reason = hints.need_by_reason or reason.strip(" ,;:()–—-")
    return True


def _append(hints: Hints, name: str, line: str) -> None:
    attribute = _ATTRIBUTES[name]
    setattr(hints, attribute, f"{getattr(hints, attribute)} {clean_line(line, 1000)}")


def join_defects(*groups: Iterable[str]) -> tuple[str, ...]:
    """All defects once, in order."""
    return tuple(dict.fromkeys(defect for group in groups for defect in group if defect))
