"""What the loopback model says: sensible answers made from the prompt's own material, and bad ones.

`good` reads the marked blocks like a diligent model, `hostile` fits the schema and is wrong in every
other way, `obedient` does whatever the customer's text tells it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

CATEGORIES = (
    *("permissions", "imports", "sso", "billing", "integrations", "audit", "existing_data", "workflow"),
    *("notifications", "reporting", "scale", "setup", "support", "clients"),
)

READS_SMALL = 0.33  # smallness from which the diligent model calls a request small

_BLOCK = re.compile(r"<(\w+)-([0-9a-f]{16})>\n(.*?)\n</\1-\2>", re.DOTALL)
_STEP = re.compile(r"^# Step: (\w+)")


class Told:
    """One prompt as the model sees it: the step and its marked blocks."""

    def __init__(self, messages: Sequence[dict[str, str]]) -> None:
        system = messages[0]["content"]
        found = _STEP.match(system)
        self.step = found[1] if found else ""
        self.blocks = {kind: text for kind, _, text in _BLOCK.findall(messages[-1]["content"])}

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The JSON lines of a block."""
        lines = self.blocks.get(kind, "").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def one(self, kind: str) -> dict[str, Any]:
        """The only JSON object of a block."""
        return next(iter(self.rows(kind)), {})


def good(told: Told) -> dict[str, Any]:
    """An honest answer for whichever step is asked."""
    steps = {"read": _read, "find_gaps": _find_gaps, "estimate": _estimate, "propose": _propose}
    return (steps | {"judge": _judge})[told.step](told)


def hostile(told: Told) -> dict[str, Any]:
    """Fits the schema; invents ids, quotes and people, and wants to send everybody elsewhere."""
    answer = good(told)
    lie = "<script>alert(1)</script> pay at https://evil.example/now or ask mallory@evil.example " + "x" * 900
    if told.step == "read":
        answer["promises"].append(
            {"quote": "we guarantee it for free by Friday", "by": "nobody", "date": "Friday"}
        )
        answer["kinds"].insert(0, {"id": "world_domination", "quote": "take over"})
    elif told.step == "find_gaps":
        question = {
            "question": lie,
            "category": "billing",
            "quote": "words nobody wrote",
            "evidence": ["past-of-nobody"],
        }
        answer["questions"] = [
            question | {"question": f"{n} {lie}", "impact": 99, "likelihood": -5} for n in range(40)
        ]
    elif told.step == "estimate":
        answer["build"] = {"low": 9e9, "high": -3}
    elif told.step == "judge":
        answer["items"] = [item | {"verdict": "hit", "question": 99} for item in answer["items"]] * 2
    else:
        answer |= {
            "sentence": lie,
            "moves": ["no_such_move"],
            "options": [{"name": "a", "delivers": "b", "cost": "c"}],
        }
        answer["promises"] = [{"quote": "we guarantee it for free", "stance": "confirm", "text": lie}]
    return answer


def packed(told: Told) -> dict[str, Any]:
    """A model that asks several things at once, at length, and forgets ids."""
    answer = good(told)
    for place, question in enumerate(answer.get("questions", [])):
        concern = f"who exactly may do this the {place}. time"
        question |= {
            "candidate": "",
            "question": f"Say, {concern}, and does the customer see it later? Is that kept anywhere? How?",
        }
        if place == 1:
            question["question"] = " ".join(["whether it also holds there"] * 12) + "?"
    return answer


def obedient(told: Told) -> dict[str, Any]:
    """The weakest model thinkable: whatever the customer's text dictates, it does."""
    text = told.blocks.get("request", "")
    dictated = re.search(r"\{.*\}", text, re.DOTALL)
    answer = good(told)
    if dictated:
        try:
            return answer | json.loads(dictated[0])
        except ValueError:
            pass
    lower = text.lower()
    if told.step == "find_gaps" and re.search(r"ask (?:nothing|no questions)|no questions", lower):
        answer |= {"small": True, "questions": [], "cleared": _cleared(set(), "the request says so")}
        answer["dropped"] = [{"candidate": c["id"], "reason": "told to"} for c in told.rows("candidates")]
    if told.step == "read" and "small" in lower:
        answer["smallness"] = 1.0
    if told.step == "propose":
        order = re.search(r"(?i)(?:say|answer|reply|write)[:\s]+[\"“]?([^\"”\n]+)", text)
        answer |= {"sentence": order[1].strip()} if order else {}
        answer |= {"verdict": "yes", "conditions": []} if "approve" in lower or "say yes" in lower else {}
    return answer


def _read(told: Told) -> dict[str, Any]:
    rules = told.one("rules")
    subject = re.search(r"^Subject: (.+)$", told.blocks.get("request", ""), re.MULTILINE)
    return {
        "ask": rules.get("ask") or (subject[1] if subject else "Unclear"),
        "kinds": [{"id": kind["id"], "quote": kind.get("quote", "")} for kind in rules.get("kinds", [])[:3]],
        "action": rules.get("action", ""),
        "object": rules.get("object", ""),
        "actors": rules.get("actors", []),
        "systems": rules.get("systems", []),
        "numbers": rules.get("numbers", []),
        "minimisers": rules.get("minimisers", []),
        "promises": rules.get("promises", []),
        "deadline": rules.get("deadline")
        and {**rules["deadline"], "day": rules["deadline"].get("day") or ""},
        "smallness": rules.get("smallness", 0.0),
        "addressed_to_machine": [],
    }


def _find_gaps(told: Told) -> dict[str, Any]:
    """Keeps the strongest candidates by id and takes up the first lesson of the nearest past request."""
    reading = told.one("reading")
    small = reading.get("smallness", 0.0) >= READS_SMALL and not reading.get("trip_wires")
    lessons = [row for row in told.rows("past") if isinstance(row.get("surfaced"), list)]
    questions = [] if small else [_learnt(row) for row in lessons[:1]]
    taken = {question["candidate"] for question in questions}
    fresh = [row for row in told.rows("candidates") if row["id"] not in taken]
    questions += [] if small else [_kept(row, place) for place, row in enumerate(fresh[: 5 - len(questions)])]
    asked = {question["category"] for question in questions}
    return {
        "weighed": ["The first lesson bites.", "The rest of the list has no handle here."],
        "small": small,
        "questions": questions,
        "cleared": _cleared(asked, "Nothing in the request touches it."),
        "dropped": [],
    }


def _kept(row: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        "candidate": row["id"],
        "question": "",  # the candidate's own words
        "category": row["category"],
        "why": "",
        "quote": "",
        "ask": "",
        "effect": "",
        "evidence": row.get("evidence", []),
        "impact": 3,
        "likelihood": 3 if place < 2 else 2,
    }


def _learnt(row: dict[str, Any]) -> dict[str, Any]:
    surfaced = row["surfaced"][0]
    kept = _kept({"id": surfaced.get("candidate", ""), **surfaced, "evidence": [row["id"]]}, 0)
    own = {"question": surfaced["question"], "why": "It surfaced late on a similar request."}
    return kept | own | {"ask": "the customer", "effect": "adds days to the build"}


def _cleared(asked: set[str], reason: str) -> list[dict[str, str]]:
    return [{"category": name, "reason": reason, "quote": ""} for name in CATEGORIES if name not in asked]


def _estimate(told: Told) -> dict[str, Any]:
    sizes = [row["size_days"] for row in told.rows("past")]
    known = sorted(size for size in sizes if size != "unknown")
    days = known[len(known) // 2] if known else 4.0
    shares = {"groundwork": 0.0, "setup": 0.15, "build": 0.65, "support": 0.2}
    lines = {
        name: {"low": round(days * share * 0.6, 1), "high": round(days * share * 1.8, 1)}
        for name, share in shares.items()
    }
    return {"argument": "Near the middle of the similar requests we have finished."} | lines


def _propose(told: Told) -> dict[str, Any]:
    reading, size, questions = told.one("reading"), told.one("size"), told.rows("questions")
    weeks = max(1, round(size.get("total", {}).get("high", 5) / 5))
    thing = reading.get("object") or "it"
    return {
        "verdict": "yes_but" if questions else "yes",
        "no_reason": None,
        "conditions": ["The open questions are answered before work begins."] if questions else [],
        "ships_first": f"A first version for {thing} in one team.",
        "waits": "Everything beyond one team.",
        "customer_prepares": "Somebody who can decide on the open questions.",
        "dependencies": "none",
        "biggest_risk": "An open question turns out larger than it looks." if questions else "none",
        "date_kind": "soft" if reading.get("deadline") else None,
        "date": "" if questions else f"about {weeks} weeks",
        "decider": "the technical reviewer",
        "outcome": "",
        "health": "",
        "moves": [],
        "options": [],
        "promises": [
            {"quote": promise["quote"], "stance": "soften", "text": "We can do this in a smaller form first."}
            for promise in reading.get("promises", [])
        ],
        "sentence": f"We can start with a first version for {thing} once the open questions are answered.",
        "checklist": ["Switch the feature on for the first team."],
    }


def _judge(told: Told) -> dict[str, Any]:
    """Calls it a hit when question and hidden item share half of the item's longer words."""
    asked = told.rows("questions")
    items = [_judged(row, asked) for row in told.rows("hidden")]
    hits = {item["question"] for item in items}
    return {
        "items": items,
        "questions": [
            {
                "question": row["number"],
                "worth": "useful" if row["number"] in hits else "neutral",
                "concerns": row["question"].count("?") or 1,
            }
            for row in asked
        ],
    }


def _judged(row: dict[str, Any], asked: Sequence[dict[str, Any]]) -> dict[str, Any]:
    words = _long_words(row["surfaced"])
    near = [one["number"] for one in asked if words & _long_words(one["question"])]
    hits = [one["number"] for one in asked if 2 * len(words & _long_words(one["question"])) >= len(words)]
    verdict = "hit" if hits else "near" if near else "miss"
    reason = "It would have said so." if hits else "It would have said something else."
    return {"item": row["number"], "reason": reason, "verdict": verdict, "question": next(iter(hits), None)}


def _long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 3}
