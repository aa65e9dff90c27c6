"""Nothing later than the request may be visible: not to the history, not to the drafter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.cases import Case, in_time_order
from evals.stream import known_at
from evals.suites.hidden_work import solve
from tests.evals.material import ScriptedDrafter, case
from triage.domain import TShirt

months = st.builds("{:04d}-{:02d}".format, st.integers(2019, 2022), st.integers(1, 12))
surprises = st.tuples(st.sampled_from(["audit", "scale", "sso"]), st.just("Did it?"), months | st.just(""))


@st.composite
def streams(draw: st.DrawFn) -> list[Case]:
    count = draw(st.integers(2, 8))
    return [
        case(f"case-{place}", draw(st.lists(surprises, max_size=3)), opened=draw(months))
        for place in range(count)
    ]


@given(streams())
def test_no_draft_sees_the_future(cases: list[Case]) -> None:
    drafter = ScriptedDrafter()
    ordered = in_time_order(cases)
    solved = list(solve(drafter, ordered, grows=True))

    opened = {one.id: one.opened for one in cases}
    for place, each in enumerate(solved):
        seen = drafter.seen[each.case.id]
        assert set(seen) == {one.id for one in ordered[:place]}
        assert each.known == place
        for past in seen.values():
            assert opened[past.id] <= each.case.opened
            assert all(surprise.surfaced <= each.case.opened for surprise in past.surprises)


def test_a_lesson_becomes_visible_in_the_month_it_surfaced() -> None:
    early = case("early", [("audit", "Is it logged?", "2024-03"), ("scale", "How many?", "2024-04")])
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
