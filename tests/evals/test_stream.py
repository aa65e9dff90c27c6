"""Nothing later than the request may be visible: not to the history, not to the drafter."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from evals.cases import Case, in_time_order
from evals.inputs.stream import known_at
from evals.suites.hidden_work import solve
from tests.evals.material import ScriptedDrafter, case
from triage.domain import Category, PastRequest, Surprise, TShirt

days = st.dates(date(2021, 11, 20), date(2022, 2, 10)).map(date.isoformat)  # close together on purpose
moments = days | days.map(lambda day: day[:7])
surprises = st.tuples(st.sampled_from(["audit", "scale", "sso"]), st.just("Did it?"), moments | st.just(""))


@st.composite
def streams(draw: st.DrawFn) -> list[Case]:
    count = draw(st.integers(2, 8))
    return [
        case(
            f"case-{place}",
            draw(st.lists(surprises, max_size=3)),
            opened=draw(moments),
            size=TShirt.M,
        ).model_copy(update={"closed": draw(moments | st.just(""))})
        for place in range(count)
    ]


def after(moment: str, now: str) -> bool:
    """True when `moment` is certainly later: as far as both say it."""
    return moment[: len(now)] > now[: len(moment)]


@given(streams())
def test_no_draft_sees_the_future(cases: list[Case]) -> None:
    drafter = ScriptedDrafter()
    ordered = in_time_order(cases)
    solved = list(solve(drafter, ordered, grows=True))

    known = {one.id: one for one in cases}
    for place, each in enumerate(solved):
        seen = drafter.seen[each.case.id]
        assert set(seen) == {one.id for one in ordered[:place]}
        assert each.known == place
        for past in seen.values():
            assert not after(known[past.id].opened, each.case.opened)
            for surprise in past.surprises:
                assert not after(surprise.surfaced or known[past.id].closed, each.case.opened)
            if past.size_days is not None:
                assert not after(known[past.id].closed, each.case.opened)
            assert (past.outcome, past.closed, past.verdict) == ("", "", None)


@given(streams())
def test_what_was_known_is_not_held_back(cases: list[Case]) -> None:
    """The other half: a check that hid everything would pass the one above."""
    drafter = ScriptedDrafter()
    ordered = in_time_order(cases)
    for place, each in enumerate(solve(drafter, ordered, grows=True)):
        for earlier in ordered[:place]:
            past, now = drafter.seen[each.case.id][earlier.id], each.case.opened
            due = [s for s in earlier.hidden if not after(s.surfaced or earlier.closed, now)]
            assert len(past.surprises) == len(due)
            assert (past.size_days is not None) == (not after(earlier.closed, now))


@given(streams(), days)
def test_what_nobody_had_asked_for_yet_is_not_there(cases: list[Case], now: str) -> None:
    """Whatever order the cases come in."""
    asked = {each.id: each.opened for each in cases}
    assert not [past for past in known_at(cases, now) if after(asked[past.id], now)]


def test_a_day_is_compared_where_both_have_one() -> None:
    early = case("early", [("audit", "Is it logged?", "2024-03-20")], size=TShirt.M)
    early = early.model_copy(update={"closed": "2024-03-10"})
    (before,), (after_closing,), (later,) = (
        known_at([early], f"2024-03-{day}") for day in ("09", "10", "20")
    )
    assert (before.size_days, len(before.surprises)) == (None, 0)
    assert (after_closing.size_days, len(after_closing.surprises)) == (5.5, 0)
    assert len(later.surprises) == 1


def test_a_lesson_becomes_visible_in_the_month_it_surfaced() -> None:
    lessons = [("audit", "Is it logged?", "2024-03"), ("scale", "How many?", "2024-04")]
    early = case("early", lessons, opened="2024-01")
    assert [
        [s.question for s in known_at([early], now)[0].surprises]
        for now in ("2024-02", "2024-03", "2024-04-02")
    ] == [
        [],
        ["Is it logged?"],
        ["Is it logged?", "How many?"],
    ]


def test_without_a_month_a_lesson_is_known_once_the_request_is_past() -> None:
    (past,) = known_at([case("early", [("audit", "Is it logged?")])], "2024-03")
    assert [surprise.question for surprise in past.surprises] == ["Is it logged?"]


def test_how_it_ended_is_not_told() -> None:
    early = case("early", [("audit", "Is it logged?", "2024-01")], size=TShirt.M)
    told = early.model_copy(
        update={"hidden": tuple(s.model_copy(update={"evidence": "fixed in 2026"}) for s in early.hidden)}
    )
    (past,) = known_at([told], "2024-03", {"early": ("export",)})
    assert "2026" not in past.model_dump_json()
    assert (past.outcome, past.closed, past.size_days, past.kinds) == ("", "", 5.5, ("export",))


@given(streams(), st.lists(st.tuples(moments | st.just(""), moments | st.just(""), moments | st.just(""))))
def test_past_requests_that_are_no_cases_are_seen_as_they_were_known(
    cases: list[Case], dates: list[tuple[str, str, str]]
) -> None:
    history = {
        f"past-{place}": PastRequest(
            id=f"past-{place}",
            opened=opened,
            closed=closed,
            size_days=3,
            outcome="shipped",
            surprises=(Surprise(category=Category.AUDIT, question="Was it?", surfaced=surfaced),),
        )
        for place, (opened, closed, surfaced) in enumerate(dates)
    }
    drafter = ScriptedDrafter()
    for each in solve(drafter, in_time_order(cases), grows=True, history=tuple(history.values())):
        now = each.case.opened
        seen = {key: past for key, past in drafter.seen[each.case.id].items() if key in history}
        for key, whole in history.items():
            surfaced = whole.surprises[0].surfaced or whole.closed
            if key not in seen:
                assert whole.opened[:7] >= now[:7]
                continue
            assert not after(whole.opened, now)
            told = seen[key]
            assert (told.size_days, told.outcome) in [(None, ""), (3, "shipped")]
            assert not (told.size_days and after(whole.closed, now))
            assert not (told.surprises and after(surfaced, now))
            if max(whole.closed, surfaced)[:7] < now[:7]:
                assert told == whole


def test_a_later_lesson_reaches_the_history_when_its_month_comes() -> None:
    cases = [
        case("a", [("audit", "Is it logged?", "2024-05")], opened="2024-01"),
        case("b", opened="2024-02"),
        case("c", opened="2024-06"),
    ]
    drafter = ScriptedDrafter()
    list(solve(drafter, cases, grows=True))
    assert not drafter.seen["b"]["a"].surprises
    assert drafter.seen["c"]["a"].surprises
    assert drafter.seen["c"]["a"].kinds == ("export",)


def test_without_history_nothing_is_learned() -> None:
    drafter = ScriptedDrafter()
    list(solve(drafter, [case("a"), case("b")], grows=False))
    assert drafter.seen == {"a": {}, "b": {}}
