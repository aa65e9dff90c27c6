"""The one sentence that goes on top of an answer (P7), assembled from its fields. Editable afterwards.

"Yes: first version in three weeks if your team gives us API access on day one; the only serious risk is
the billing provider's approval."
"""

from __future__ import annotations

import re

from triage.domain import Answer, NoReason, Verdict

_NOTHING = re.compile(r"(?i)^(?:none|nothing|no|n/?a|[-–—]|unknown|tbd)?(?: known| seen| needed| so far)*$")
_LONGEST = 160  # characters of one field inside the sentence
_NO = {
    NoReason.ARCHITECTURE: "No: what we have built does not carry this today",
    NoReason.ROADMAP: "No: it is not where the product is going",
    None: "No",
}
_COUNTS = {1: "one condition", 2: "two conditions", 3: "three conditions"}
_CLAUSE = re.compile(
    r"(?i)^(?:you|your \w+|we|they|the customer|customers?|there|it|someone|somebody)\b.*"
    r"\b(?:is|are|has|have|can|will|(?:accept|agree|clean|confirm|decide|deliver|export|give|grant|help|name|open|"
    r"prepare|provide|send|set|share|sign|tell|test)s?)\b"
)
_FINITE = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|can|could|may|might|must|will|would|does|do|did|go|goes|need|needs|"
    r"get|gets|run|runs|stay|stays|break|breaks|see|sees|if|unless|when|who|what|whether|nobody|somebody)\b"
)
_IMPERATIVE = re.compile(  # no verb that is a noun too: "export of old data" is a thing to be given
    r"(?i)^(?:agree|appoint|approve|choose|collect|confirm|create|decide|define|deliver|fill|give|grant|invite|"
    r"make|name|nominate|pick|prepare|provide|send|set|share|supply|tell|upload|verify|write)\b"
)
_ALREADY_PLACED = re.compile(
    r"(?i)^(?:in|by|within|on|at|before|after|until|from|during|next|this|tomorrow|today|not|no later|"
    r"early|mid|late|as soon|when|once)\b"
)
_DURATION = re.compile(
    r"(?i)^(?:about |around |roughly |some |approximately |~ ?)?"
    r"(?:\d[\d.,–-]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|couple)\b.*"
    r"\b(?:hour|day|week|month|quarter|year|sprint)s?\b"
)


def assemble_sentence(answer: Answer) -> str:
    """The sentence for the fields filled so far; empty when there is nothing to say yet (P7)."""
    if answer.verdict is Verdict.NO:
        return _finish(_no(answer))
    body = _first_version(answer)
    risk = _inside(answer.biggest_risk)
    if risk:
        body = "; ".join(filter(None, [body, f"the only serious risk{_names(risk)} {risk}"]))
    return _finish(_lead(answer, body))


def _no(answer: Answer) -> str:
    said = _NO[answer.no_reason]
    instead = _inside(answer.ships_first) or (answer.moves and _inside(answer.moves[0].name)) or ""
    return f"{said}; what would work instead: {instead}" if instead else said


def _lead(answer: Answer, body: str) -> str:
    if answer.verdict is Verdict.YES:
        return f"Yes: {body}" if body else "Yes, this can be done as asked"
    if answer.verdict is None:
        return body
    conditions = [text for text in answer.conditions if text.strip()]
    if not conditions:
        return f"Yes, but: {body}" if body else ""
    return f"{_on(conditions)}: {body}" if body else _on(conditions)


def _on(conditions: list[str]) -> str:
    number = _COUNTS.get(len(conditions), f"{len(conditions)} conditions")
    said = [_inside(text) for text in conditions]
    return f"Yes, but on {number} ({'; '.join(said) if all(said) else 'see below'})"


def _names(risk: str) -> str:
    """ " is" before a name for the risk, a colon before a whole statement."""
    return ":" if _FINITE.search(risk) or len(risk.split()) > 12 else " is"


def _first_version(answer: Answer) -> str:
    what, when, needs = _inside(answer.ships_first), _when(answer.date), _needs(answer.customer_prepares)
    if not (what or when or needs):
        return ""
    parts = ["first version", f"({what})" if what else "", when or "can go ahead", needs]
    return " ".join(part for part in parts if part)


def _when(date: str) -> str:
    """The date with the preposition it needs: "in three weeks", "by end of Q1"."""
    said = _inside(date)
    if not said or _ALREADY_PLACED.match(said):
        return said
    return f"in {said}" if _DURATION.match(said) else f"by {said}"


def _needs(text: str) -> str:
    """What the customer must bring, as an if-clause."""
    items = [said for item in re.split(r"[;\n]+", text) if (said := _inside(item))]
    return "if " + _joined([_need(item) for item in items]) if items else ""


def _need(item: str) -> str:
    if _CLAUSE.match(item):
        return item
    return f"you {item}" if _IMPERATIVE.match(item) else f"your team gives us {item}"


def _joined(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _inside(text: str) -> str:
    """A field as it reads inside a sentence: one line, no bullet, no full stop, small first letter."""
    line = " ".join(text.split()).lstrip("-*• ").rstrip(" .;:,!?")
    if _NOTHING.match(line) or len(line) > _LONGEST:
        return ""
    first, _, _ = line.partition(" ")
    keep = (len(first) == 1 and first != "A") or any(
        letter.isupper() or letter.isdigit() for letter in first[1:]
    )
    return line if keep or _is_name(first) else line[0].lower() + line[1:]


def _is_name(word: str) -> bool:
    names = "January February March April May June July August September October November December"
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    return word.rstrip(",") in f"{names} {days}".split()


def _finish(text: str) -> str:
    said = " ".join(text.split())
    return f"{said[0].upper()}{said[1:]}." if said else ""
