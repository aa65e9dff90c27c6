"""What an answer needs before it may go out (P5, P6, P12), in sentences that say what to fill in."""

from __future__ import annotations

import re

from triage.domain import Answer, Draft, PromiseResponse, PromiseStance, Verdict

_P6 = {
    "ships_first": "A date is in this answer, so say what ships first.",
    "waits": "A date is in this answer, so say what waits (“none” is fine).",
    "customer_prepares": "A date is in this answer, so say what the customer must prepare (“none” is fine).",
    "dependencies": "A date is in this answer, so say which outside dependencies it has (“none” is fine).",
    "biggest_risk": "A date is in this answer, so name the biggest risk in plain words (“none” is fine).",
    "decider": "A date is in this answer, so say who makes the final call.",
    "date_kind": "A date is in this answer, so say whether the customer's date is real, soft or wrong.",
}


def missing(draft: Draft) -> dict[str, str]:
    """What still keeps the draft from being approved: form field -> sentence; empty means it may go out.

    Fields are those of `Answer`, and `promises.<slot>.stance` or `.text` for the promises of the reading.
    """
    return {**_verdict(draft.answer), **_date(draft), **_promises(draft)}


def carries_date(draft: Draft) -> bool:
    """True when a date or duration would leave with this answer (P6), in a field of its own or in words."""
    answer = draft.answer
    said = [answer.date, answer.sentence, answer.note, *answer.conditions, answer.ships_first, answer.waits]
    said += [option.by for option in answer.options]
    for response in answer.promises:
        said.append(response.text)
        if response.stance is PromiseStance.CONFIRM:
            said.append(response.quote)
    return bool(answer.date.strip()) or any(mentions_date(text) for text in said)


def mentions_date(text: str) -> bool:
    """True when `text` names a date, a period or a duration, such as "end of Q1" or "in three weeks"."""
    return any(pattern.search(text) for pattern in _DATES)


def response_to(draft: Draft, quote: str) -> PromiseResponse | None:
    """What the answer says about the promise with this quote, if anything."""
    return next((response for response in draft.answer.promises if response.quote == quote), None)


def _verdict(answer: Answer) -> dict[str, str]:
    """P5: typed verdict; yes-but has a condition, no has a reason; all have their sentence."""
    if answer.verdict is None:
        return {"verdict": "Choose a verdict: yes, yes-but or no."}
    found = {}
    if answer.verdict is Verdict.YES_BUT and not any(text.strip() for text in answer.conditions):
        found["conditions"] = "A yes-but needs at least one condition: how much longer, or which trade-off."
    if answer.verdict is Verdict.NO and answer.no_reason is None:
        found["no_reason"] = "A no needs its reason: architecture or roadmap."
    if not answer.sentence.strip():
        found["sentence"] = "Write the one sentence that sales will read first."
    return found


def _date(draft: Draft) -> dict[str, str]:
    """P6: no date leaves until everything that decides about it is filled in."""
    if draft.answer.verdict not in (Verdict.YES, Verdict.YES_BUT) or not carries_date(draft):
        return {}
    return {
        field: sentence
        for field, sentence in _P6.items()
        if not str(getattr(draft.answer, field) or "").strip()
    }


def _promises(draft: Draft) -> dict[str, str]:
    """P12: each promise already made is confirmed, softened or withdrawn."""
    found = {}
    for slot, promise in enumerate(draft.reading.promises):
        response = response_to(draft, promise.quote)
        if response is None or response.stance is None:
            found[f"promises.{slot}.stance"] = (
                f"The customer was already told “{_short(promise.quote)}”: confirm, soften or withdraw it."
            )
        elif response.stance is PromiseStance.SOFTEN and not response.text.strip():
            found[f"promises.{slot}.text"] = f"Write how “{_short(promise.quote)}” is softened."
    return found


def _short(text: str, most: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


# --- dates and durations in words ---------------------------------------------------------------

_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|"
    r"thirty|sixty|ninety|half\s+an?|(?:an?\s+)?few|(?:an?\s+)?couple(?:\s+of)?|several|some)"
)
_COUNTED = _NUMBER.replace("an?|one", "one")  # "500 jobs a week" is no duration
_SPAN = r"(?:(?:business|working|calendar|engineer)[\s-]+)?(?:day|week|month|quarter|year|sprint|fortnight)s?"
_PERIOD = r"(?:day|week|month|quarter|year|sprint|iteration|release|half)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May|MAY)|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PLAIN_MONTH = r"(?:january|february|april|june|july|august|september|october|november|december)"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_WHEN = (
    r"(?:by|before|until|till|from|in|on|during|since|around|early|mid|late|start\s+of|end\s+of|next|this)"
)
_SEASON = r"(?:spring|summer|autumn|winter|christmas|easter|new\s+year)"
_DATES = tuple(
    re.compile(rf"\b{pattern}", re.IGNORECASE)
    for pattern in (
        r"\d{4}-\d{1,2}-\d{1,2}\b",
        r"\d{1,2}\.\d{1,2}\.\d{4}\b",
        r"\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\b",
        r"(?:by|before|until|till|on)\s+\d{1,2}[./]\d{1,2}\b",
        rf"{_COUNTED}(?:\s*(?:-|–|to|or)\s*{_COUNTED})?[\s-]+(?:more\s+|full\s+|short\s+)?{_SPAN}\b",
        rf"(?:in|within|takes?|after|under|about|roughly|up\s+to)\s+(?:\w+\s+){{0,3}}?{_SPAN}\b",
        rf"(?:in|within)\s+{_NUMBER}\s+hours?\b",
        rf"(?:next|this|coming|following|current)\s+{_PERIOD}\b",
        rf"(?:end|start|beginning|middle|close|half)\s+of\s+(?:the\s+|this\s+|next\s+)?(?:{_PERIOD}|{_MONTH}|\d{{4}})\b",
        r"[qh][1-4]\b",
        r"(?:sprint|week|kw)\s+\d{1,2}\b",
        rf"{_PLAIN_MONTH}\b",
        rf"{_MONTH}\s+(?:the\s+)?\d{{1,4}}(?:st|nd|rd|th)?\b",
        rf"\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH}(?!\w)",
        rf"{_WHEN}[\s-]+(?:the\s+)?(?:{_MONTH}(?!\w)|{_SEASON}\b|{_WEEKDAY}\b|20\d\d\b|\d{{1,2}}(?:st|nd|rd|th)\b)",
        r"(?:by|before|until|till|during|early|mid|late|end\s+of)[\s-]+(?:may|today|tonight)\b",
        r"(?:tomorrow|tonight|fortnight|eod|eow|eom|eoq|eoy)\b",
    )
)
