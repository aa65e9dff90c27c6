"""What was drafted or asked before is taken over as long as nothing it rests on has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.running.cache import CachedAnalyst, StepCache, digest_of, digest_of_code
from evals.running.kept import KeepingDrafter, KeptDrafts
from evals.running.solving import solve
from evals.running.spending import BudgetReached, Meter
from tests.evals.material import ScriptedDrafter, case
from tests.fakes import ScriptedAnalyst
from triage.domain import Answer, Draft, Evidence, Gaps, PastRequest, Reading, Request, RoughSize, StepRun
from triage.errors import BadInput, SetupError
from triage.ports import Result

REQUEST = Request(id="r-1", body="An export.")


class PricedAnalyst(ScriptedAnalyst):
    """Each step costs ten cents; `degraded` says why it fell back."""

    def __init__(self, cost: float | None = 0.1, degraded: str = "") -> None:
        super().__init__()
        self.cost = cost
        self.degraded = degraded

    def _say(self, step: str, value: object) -> Result[Any]:
        said = super()._say(step, value)
        return Result(
            said.value,
            said.run.model_copy(update={"cost": self.cost, "degraded": self.degraded, "model": "m"}),
        )


def cached(
    analyst: ScriptedAnalyst, folder: Path, meter: Meter | None = None, prompt: str = "1"
) -> CachedAnalyst:
    cache = StepCache(folder)
    return CachedAnalyst(analyst, cache, lambda step: f"{step}-{prompt}", meter or Meter())


def play(analyst: CachedAnalyst) -> tuple[Result[Any], ...]:
    reading = analyst.read(REQUEST)
    gaps = analyst.find_gaps(REQUEST, reading.value, Evidence())
    opinion = analyst.estimate(REQUEST, reading.value, Evidence())
    answer = analyst.propose(REQUEST, reading.value, Evidence(), gaps.value, RoughSize(), "")
    return reading, gaps, opinion, answer


class TestSteps:
    def test_a_second_run_asks_nothing_and_gets_the_same(self, tmp_path: Path) -> None:
        first, second = PricedAnalyst(), PricedAnalyst()
        meters = Meter(), Meter()
        assert play(cached(first, tmp_path, meters[0])) == play(cached(second, tmp_path, meters[1]))
        assert (len(first.calls), second.calls) == (4, [])
        assert (round(meters[0].spent, 3), meters[1].spent) == (0.4, 0.0)

    def test_values_come_back_as_the_types_they_were(self, tmp_path: Path) -> None:
        play(cached(PricedAnalyst(), tmp_path))
        reading, gaps, opinion, answer = play(cached(PricedAnalyst(), tmp_path))
        assert isinstance(reading.value, Reading)
        assert isinstance(gaps.value, Gaps)
        assert opinion.value is None
        assert isinstance(answer.value, Answer)

    def test_another_prompt_is_asked_again(self, tmp_path: Path) -> None:
        play(cached(PricedAnalyst(), tmp_path))
        again = PricedAnalyst()
        play(cached(again, tmp_path, prompt="2"))
        assert len(again.calls) == 4

    def test_only_what_follows_from_a_changed_step_is_asked_again(self, tmp_path: Path) -> None:
        play(cached(PricedAnalyst(), tmp_path))
        again = PricedAnalyst()
        changed = CachedAnalyst(
            again, StepCache(tmp_path), lambda step: f"{step}-{2 if step == 'propose' else 1}", Meter()
        )
        play(changed)
        assert again.calls == ["propose"]

    def test_another_request_is_asked_but_not_another_day(self, tmp_path: Path) -> None:
        cached(PricedAnalyst(), tmp_path).read(REQUEST)
        again = PricedAnalyst()
        later = REQUEST.received.replace(hour=0 if REQUEST.received.hour else 1)
        cached(again, tmp_path).read(REQUEST.model_copy(update={"received": later}))
        assert again.calls == []
        cached(again, tmp_path).read(REQUEST.model_copy(update={"body": "Another export."}))
        assert again.calls == ["read"]

    def test_a_step_that_fell_back_is_not_kept(self, tmp_path: Path) -> None:
        play(cached(PricedAnalyst(degraded="model timed out"), tmp_path))
        again = PricedAnalyst()
        play(cached(again, tmp_path))
        assert len(again.calls) == 4

    def test_a_broken_entry_is_asked_again(self, tmp_path: Path) -> None:
        play(cached(PricedAnalyst(), tmp_path))
        for path in tmp_path.rglob("*.json"):
            path.write_text(path.read_text()[:40])
        again = PricedAnalyst()
        play(cached(again, tmp_path))
        assert len(again.calls) == 4

    def test_a_folder_that_cannot_be_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(BadInput, match="cannot be written"):
            StepCache(tmp_path / "file" / "cache")


class TestDrafts:
    def test_only_what_is_missing_is_drafted(self, tmp_path: Path) -> None:
        cases = [case("a"), case("b"), case("c")]
        first = keeping(tmp_path, ScriptedDrafter(interrupted_at=3))
        with pytest.raises(KeyboardInterrupt):
            list(solve(first, cases, grows=False))
        inner = ScriptedDrafter()
        second = keeping(tmp_path, inner)
        solved = list(solve(second, cases, grows=False))
        assert [one.draft.request_id for one in solved] == ["a", "b", "c"]
        assert list(inner.seen) == ["c"]
        assert second.reused == 2

    def test_anything_it_rests_on_makes_it_new(self, tmp_path: Path) -> None:
        list(solve(keeping(tmp_path, ScriptedDrafter()), [case("a")], grows=False))
        inner = ScriptedDrafter()
        list(solve(keeping(tmp_path, inner, rests_on="another catalogue"), [case("a")], grows=False))
        assert list(inner.seen) == ["a"]
        list(solve(keeping(tmp_path, inner), [case("a", body="Another list.")], grows=False))
        assert len(inner.seen["a"]) == 0
        assert keeping_count(tmp_path) == 3

    def test_a_stream_learns_what_it_skipped_before_it_drafts_again(self, tmp_path: Path) -> None:
        cases = [case("a", [("audit", "Is it logged?")]), case("b"), case("c", opened="2024-04")]
        with pytest.raises(KeyboardInterrupt):
            list(solve(keeping(tmp_path, ScriptedDrafter(interrupted_at=3)), cases, grows=True))
        inner = ScriptedDrafter()
        list(solve(keeping(tmp_path, inner), cases, grows=True))
        assert list(inner.seen) == ["c"]
        assert set(inner.seen["c"]) == {"a", "b"}

    def test_another_past_makes_another_draft(self, tmp_path: Path) -> None:
        told = keeping(tmp_path, ScriptedDrafter())
        told.learn_past([PastRequest(id="p")])
        told.draft(REQUEST)
        fresh = ScriptedDrafter()
        keeping(tmp_path, fresh).draft(REQUEST)
        assert list(fresh.seen) == ["r-1"]

    def test_rounds_are_kept_apart(self, tmp_path: Path) -> None:
        inner = CountingDrafter()
        (solved,) = solve(keeping(tmp_path, inner), [case("a")], grows=False, rounds=3)
        assert [draft.reading.ask for draft in solved.drafts] == ["1", "2", "3"]
        (again,) = solve(keeping(tmp_path, CountingDrafter()), [case("a")], grows=False, rounds=3)
        assert again.drafts == solved.drafts

    def test_a_draft_with_a_failed_step_is_tried_again(self, tmp_path: Path) -> None:
        inner = CountingDrafter(degraded="model timed out")
        keeping(tmp_path, inner).draft(REQUEST)
        keeping(tmp_path, inner).draft(REQUEST)
        assert inner.drafted == 2

    def test_a_line_cut_off_by_a_kill_is_drafted_again(self, tmp_path: Path) -> None:
        keeping(tmp_path, CountingDrafter()).draft(REQUEST)
        path = tmp_path / "kept.jsonl"
        path.write_text(path.read_text()[:-30])
        inner = CountingDrafter()
        keeping(tmp_path, inner).draft(REQUEST)
        assert inner.drafted == 1

    def test_what_a_complete_run_did_not_use_is_forgotten(self, tmp_path: Path) -> None:
        kept = KeptDrafts(tmp_path / "kept.jsonl")
        kept.put("old", draft())
        later = KeptDrafts(tmp_path / "kept.jsonl")
        later.put("new", draft())
        later.drop_unused()
        rows = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
        assert [row["key"] for row in rows] == ["new"]


class TestBudget:
    def test_nothing_more_is_drafted_when_it_is_spent(self, tmp_path: Path) -> None:
        meter = Meter(budget=0.25)
        drafter = KeepingDrafter(CountingDrafter(), KeptDrafts(tmp_path / "kept.jsonl"), "", meter)
        meter.add(StepRun(step="read", analyst="llm", cost=0.2))
        drafter.draft(REQUEST)
        meter.add(StepRun(step="read", analyst="llm", cost=0.1))
        drafter.draft(REQUEST)  # kept: costs nothing
        with pytest.raises(BudgetReached):
            drafter.draft(REQUEST.model_copy(update={"id": "r-2"}))

    def test_an_unknown_price_cannot_be_kept_to(self) -> None:
        meter = Meter(budget=1.0)
        meter.add(StepRun(step="read", analyst="llm", model="openai/loopback", cost=None))
        with pytest.raises(BadInput, match="no known price for openai/loopback"):
            meter.check()


def test_a_digest_tells_values_apart() -> None:
    assert digest_of("a", ["b"]) != digest_of("a", "b")
    assert digest_of(REQUEST, {"x": [REQUEST]}) == digest_of(REQUEST, {"x": [REQUEST]})
    assert len(digest_of_code()) == 64


class CountingDrafter:
    """Says in `ask` how often it has drafted."""

    def __init__(self, degraded: str = "") -> None:
        self.drafted = 0
        self._degraded = degraded

    def draft(self, request: Request) -> Draft:
        self.drafted += 1
        runs = (StepRun(step="read", analyst="llm", degraded=self._degraded),)
        return Draft(request_id=request.id, reading=Reading(ask=str(self.drafted)), runs=runs)

    def learn_past(self, past: object) -> None:
        raise SetupError("it has no past")


def keeping(folder: Path, drafter: Any, rests_on: str = "a catalogue") -> KeepingDrafter:
    return KeepingDrafter(drafter, KeptDrafts(folder / "kept.jsonl"), rests_on, Meter())


def keeping_count(folder: Path) -> int:
    return len((folder / "kept.jsonl").read_text().splitlines())


def draft() -> Draft:
    return Draft(request_id="r-1")
