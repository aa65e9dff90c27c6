"""What an answer needs before it may go out (P5, P6, P12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain import (
    Answer,
    DateKind,
    Draft,
    NoReason,
    Option,
    Promise,
    PromiseResponse,
    PromiseStance,
    Reading,
    Verdict,
)
from triage.rules import carries_date, mentions_date, missing

P6_FIELDS = (
    "ships_first",
    "waits",
    "customer_prepares",
    "dependencies",
    "biggest_risk",
    "decider",
    "date_kind",
)


def draft(promised: tuple[str, ...] = (), **answer: object) -> Draft:
    reading = Reading(promises=tuple(Promise(quote=quote) for quote in promised))
    return Draft(request_id="r-1", reading=reading, answer=Answer.model_validate(answer))


FILLED = dict.fromkeys(P6_FIELDS[:-1], "none") | {"date_kind": DateKind.SOFT}


def test_a_plain_yes_needs_its_sentence_only() -> None:
    assert missing(draft(verdict="yes", sentence="Yes, it can be exported.")) == {}
    assert list(missing(draft(verdict="yes", sentence="  "))) == ["sentence"]


def test_without_a_verdict_only_that_is_asked_for() -> None:
    assert missing(draft()) == {"verdict": "Choose a verdict: yes, yes-but or no."}


def test_a_yes_but_needs_a_condition_and_a_no_a_reason() -> None:
    assert list(missing(draft(verdict="yes_but", conditions=(" ",), sentence="Yes."))) == ["conditions"]
    assert missing(draft(verdict="yes_but", conditions=("no branch logic",), sentence="Yes.")) == {}
    assert list(missing(draft(verdict="no", sentence="No."))) == ["no_reason"]
    assert missing(draft(verdict="no", no_reason="roadmap", sentence="No, not before 2028.")) == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"date": "three weeks", "sentence": "Yes."},
        {"sentence": "Yes, in three weeks."},
        {"sentence": "Yes.", "note": "We aim for the end of Q1."},
        {"sentence": "Yes.", "conditions": ("ten days longer than asked",)},
        {"sentence": "Yes.", "options": (Option(name="fast", delivers="x", cost="", by="May 4"),)},
    ],
)
def test_a_date_anywhere_needs_everything_that_decides_about_it(answer: dict[str, object]) -> None:
    plain = draft(verdict="yes", **answer)
    wanted = set(P6_FIELDS)
    assert set(missing(plain)) == wanted
    assert missing(draft(verdict="yes", **(FILLED | answer))) == {}


def test_a_confirmed_promise_with_a_date_is_a_date() -> None:
    quote = "we can have that by March"
    confirmed = PromiseResponse(quote=quote, stance=PromiseStance.CONFIRM)
    withdrawn = PromiseResponse(quote=quote, stance=PromiseStance.WITHDRAW)
    assert carries_date(draft((quote,), promises=(confirmed,)))
    assert not carries_date(draft((quote,), promises=(withdrawn,)))


def test_each_promise_needs_a_stance_and_softening_its_words() -> None:
    quotes = ("yes, we support that", "it is easy")
    answer = {"verdict": "yes", "sentence": "Yes."}
    found = missing(draft(quotes, **answer))
    assert list(found) == ["promises.0.stance", "promises.1.stance"]
    assert "“yes, we support that”" in found["promises.0.stance"]
    responses = (
        PromiseResponse(quote=quotes[0], stance=PromiseStance.WITHDRAW),
        PromiseResponse(quote=quotes[1], stance=PromiseStance.SOFTEN),
    )
    assert list(missing(draft(quotes, promises=responses, **answer))) == ["promises.1.text"]
    softened = responses[1].model_copy(update={"text": "It is possible."})
    assert missing(draft(quotes, promises=(responses[0], softened), **answer)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "in three weeks",
        "First version in 2-3 weeks",
        "two to three weeks",
        "by March 3",
        "by march",
        "3rd of March",
        "3 May",
        "in May",
        "by may",
        "mid-June",
        "in early Sept.",
        "end of Q1",
        "Q3",
        "in H2",
        "2026-12-01",
        "1.12.2026",
        "12/01/26",
        "on 12/1",
        "next sprint",
        "this quarter",
        "within 10 days",
        "within 24 hours",
        "in a week",
        "within the coming weeks",
        "a couple of weeks",
        "a few days",
        "ten business days",
        "a three-week build",
        "half a year",
        "by Friday",
        "before Christmas",
        "this summer",
        "in 2027",
        "by the 15th",
        "tomorrow",
        "by EOD",
        "in sprint 14",
        "takes a month",
        "by the end of the month",
        "after the next release",
    ],
)
def test_dates_and_durations_are_noticed(text: str) -> None:
    assert mentions_date(f"Yes: {text}, if nothing comes up.")
    assert mentions_date(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes, managers may approve job reports.",
        "This may take some care; that may 'just' work.",
        "API access on day one",
        "the monthly invoice run and the Monday report",
        "500 jobs a day for two regions",
        "version 1.2 of the importer, rule 3 of 7",
        "We march on, one step at a time.",
        "The second approval step waits for the first.",
        "available 24/7 in all 14 branches",
        "deny, decide, declare; marching orders; a junior manager",
        "secondary market, augmented data, octal numbers, separate roles",
    ],
)
def test_other_words_are_not_taken_for_dates(text: str) -> None:
    assert not mentions_date(text)


def test_a_long_crafted_text_is_read_quickly() -> None:
    assert not mentions_date("in " * 20_000 + "1" * 20_000 + " a few" * 5_000)


WORDS = st.sampled_from(["", " ", "none", "in three weeks", "API access", "by March 3", "end of Q1"])
ANSWERS = st.builds(
    Answer,
    verdict=st.none() | st.sampled_from(Verdict),
    no_reason=st.none() | st.sampled_from(NoReason),
    conditions=st.lists(WORDS, max_size=2).map(tuple),
    ships_first=WORDS,
    waits=WORDS,
    customer_prepares=WORDS,
    dependencies=WORDS,
    biggest_risk=WORDS,
    date=WORDS,
    date_kind=st.none() | st.sampled_from(DateKind),
    decider=WORDS,
    sentence=WORDS,
    note=WORDS,
    promises=st.lists(
        st.builds(
            PromiseResponse,
            quote=st.sampled_from(["a", "b", "by March 3"]),
            stance=st.none() | st.sampled_from(PromiseStance),
            text=WORDS,
        ),
        max_size=3,
    ).map(tuple),
)
READINGS = st.lists(st.sampled_from(["a", "b", "by March 3"]), max_size=2, unique=True).map(
    lambda quotes: Reading(promises=tuple(Promise(quote=quote) for quote in quotes))
)


@given(answer=ANSWERS, reading=READINGS)
def test_nothing_missing_means_the_rules_hold(answer: Answer, reading: Reading) -> None:
    found = Draft(request_id="r-1", reading=reading, answer=answer)
    if missing(found):
        return
    assert answer.verdict is not None
    assert answer.sentence.strip()
    assert answer.verdict is not Verdict.YES_BUT or any(text.strip() for text in answer.conditions)
    assert answer.verdict is not Verdict.NO or answer.no_reason is not None
    says_when = answer.date.strip() or mentions_date(answer.sentence) or mentions_date(answer.note)
    if answer.verdict is not Verdict.NO and says_when:
        assert all(str(getattr(answer, field) or "").strip() for field in P6_FIELDS)
    for promise in reading.promises:
        response = next(r for r in answer.promises if r.quote == promise.quote)
        assert response.stance is not None
        assert response.stance is not PromiseStance.SOFTEN or response.text.strip()
