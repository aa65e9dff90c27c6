"""Closed requests of a real database become cases: what surfaced is the label, and no name is left."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from evals.cases import read_cases
from evals.exporting.export import Exported, export
from triage.domain import (
    Answer,
    Category,
    Decision,
    DecisionKind,
    Draft,
    Message,
    PastRequest,
    Person,
    Question,
    QuestionState,
    Request,
    Surprise,
    TShirt,
    Verdict,
)
from triage.errors import BadInput
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.people import People
from triage.records.store import Store
from triage.settings import Settings

WHO = Question(id="q1", question="Who may export them?", category=Category.PERMISSIONS)
LOAD = Question(id="q2", question="How many rows?", category=Category.SCALE)
COLOUR = Question(id="q3", question="Which language has the file?", category=Category.CLIENTS)
ADDED = Question(
    id="h1",
    question="Does Rosalind's archive count too?",
    category=Category.EXISTING_DATA,
    answer="Yes, says Rosalind Tey.",
    origin="human",
    state=QuestionState.ANSWERED,
)
LOST = Surprise(
    category=Category.AUDIT, question="Who at Pemberley took it?", evidence="E", surfaced="2026-05"
)


@dataclass
class Desk:
    """Real records in memory, and the few moves a request makes until it is over."""

    settings: Settings
    store: Store
    people: People
    knowledge: KnowledgeStore

    def request(self, key: str = "r-1", day: int = 2, **more: Any) -> str:
        """A request, drafted."""
        asked = {
            "subject": "Export for Pemberley Pumps",
            "body": "Dear Leonie,\n\nplease export our jobs to rosalind.tey@pemberley-pumps.example.",
            "customer": "Pemberley Pumps",
            "asker_name": "Rosalind Tey",
            "thread": (Message(sender="Leonie Marsh", text="Hi Rosalind,\n\nyes, call 0171 2345678."),),
        }
        received = datetime(2026, 3, day, 9, tzinfo=UTC)
        self.store.accept(Request(id=key, received=received, **(asked | more)), lambda *_: None)
        draft = Draft(request_id=key, questions=(WHO, LOAD, COLOUR), answer=Answer(verdict=Verdict.YES))
        self.store.save_draft(draft)
        return key

    def answer(self, key: str, verdict: Verdict = Verdict.YES) -> None:
        """Approved as the reviewer left it: one kept, one reworded, one dropped, one added."""
        draft = self.store.draft(key, 1)
        questions = (
            WHO.model_copy(update={"state": QuestionState.ACCEPTED}),
            LOAD.model_copy(update={"question": "How many rows at most?"}),
            COLOUR.model_copy(update={"state": QuestionState.DROPPED}),
            ADDED,
        )
        final = draft.model_copy(update={"questions": questions, "answer": Answer(verdict=verdict)})
        approve = Decision(
            id=f"d-{key}", request_id=key, kind=DecisionKind.APPROVE, version=1, by="ines@ours.example"
        )
        self.store.decide(approve, final, lambda *_: None)

    def look_back(self, key: str, *surprises: Surprise, days: float | None = 6.0, closed: str = "") -> None:
        """What a closing form, or an import of the history, leaves behind."""
        past = PastRequest(
            id=key, customer="Pemberley Pumps", size_days=days, closed=closed, surprises=surprises
        )
        self.knowledge.put_past([past])

    def export(self, out: Path, **more: Any) -> Exported:
        return export(self, more.pop("since", date(2026, 1, 1)), out, **more)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = open_database("sqlite://")
    migrate(engine)
    settings = Settings(data_dir=tmp_path, team_domains="ours.example", _env_file=None)
    people = People(engine)
    people.add(Person(address="ines@ours.example", name="Ines Kallas"))
    people.add(Person(address="leonie@ours.example", name="Leonie Marsh"))
    yield Desk(settings, Store(engine), people, KnowledgeStore(engine))
    engine.dispose()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_closed_request_becomes_a_case_without_names(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request())
    desk.store.close("r-1", "Live at Pemberley since May.", "ines@ours.example")
    desk.look_back("r-1", LOST)
    out = tmp_path / "out" / "cases.jsonl"

    told = desk.export(out, product="Fieldhand plans jobs.")

    assert (told.cases, told.small, dict(told.left_out)) == (1, 0, {})
    (found,) = read_cases(out).cases
    assert [(item.category, item.surfaced) for item in found.hidden] == [
        (Category.AUDIT, "2026-05"),
        (Category.EXISTING_DATA, ""),
    ]
    assert (found.opened, found.size, found.shipped) == ("2026-03-02", TShirt.M, True)
    assert found.irrelevant == (Category.CLIENTS,)
    assert found.request.product == "Fieldhand plans jobs."
    assert len(found.request.thread) == 1
    text = out.read_text(encoding="utf-8").lower()
    for name in ("pemberley", "rosalind", "tey", "leonie", "marsh", "ines", "kallas", "2345678"):
        assert f" {name}" not in text
        assert f"{name}@" not in text
    assert "please export our jobs" in text


def test_the_review_stands_beside_the_labels(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request())
    desk.look_back("r-1", LOST)
    desk.export(tmp_path / "cases.jsonl")
    (row,) = lines(tmp_path / "cases.jsonl")
    fates = [(one["category"], one["fate"]) for one in row["review"]["questions"]]
    assert fates == [
        ("permissions", "kept"),
        ("scale", "reworded"),
        ("clients", "dropped"),
        ("existing_data", "added"),
    ]
    assert row["review"]["verdict"] == "yes"


def test_an_area_that_surfaced_after_all_is_not_irrelevant(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request())
    desk.look_back("r-1", LOST.model_copy(update={"category": Category.CLIENTS}))
    desk.export(tmp_path / "cases.jsonl")
    assert lines(tmp_path / "cases.jsonl")[0]["irrelevant"] == []


def test_what_nobody_looked_back_at_is_no_case(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request("r-1"))
    desk.answer(desk.request("r-2"), Verdict.NO)
    desk.request("r-3")
    desk.store.close("r-3", "withdrawn", "ines@ours.example")
    desk.request("r-4")
    desk.answer(desk.request("r-5", day=1))
    desk.look_back("r-5", days=None, closed="2026-04-01")  # closed, nothing surfaced: it hid nothing
    told = desk.export(tmp_path / "cases.jsonl")
    assert (told.cases, sum(told.left_out.values())) == (1, 3)
    assert [reason.split(":")[0].split(" (")[0] for reason in sorted(told.left_out)] == [
        "answered no",
        "closed without an answer",
        "nobody wrote down how it ended",
    ]
    assert lines(tmp_path / "cases.jsonl")[0]["closed"] == "2026-04-01"


def test_only_what_came_in_since_and_in_time_order(desk: Desk, tmp_path: Path) -> None:
    for key, day in (("r-1", 20), ("r-2", 9), ("r-3", 10)):
        desk.answer(desk.request(key, day=day, message_id=key))
        desk.look_back(key)
    desk.export(tmp_path / "cases.jsonl", since=date(2026, 3, 10))
    assert [row["id"] for row in lines(tmp_path / "cases.jsonl")] == ["r-3", "r-1"]


def test_two_exports_use_the_same_words_and_the_key_is_private(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request())
    desk.look_back("r-1", LOST)
    desk.export(tmp_path / "one.jsonl")
    desk.export(tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_text() == (tmp_path / "two.jsonl").read_text()
    assert stat.S_IMODE((tmp_path / "pseudonyms.key").stat().st_mode) == 0o600


def test_a_name_that_no_rule_knows_is_shown_and_can_be_hidden(desk: Desk, tmp_path: Path) -> None:
    desk.answer(desk.request(body="Please copy what Hollin Drives have."))
    desk.look_back("r-1")
    assert "Hollin Drives" in desk.export(tmp_path / "cases.jsonl").unvouched
    desk.export(tmp_path / "cases.jsonl", hide=["Hollin Drives"])
    assert "Hollin" not in (tmp_path / "cases.jsonl").read_text()


def test_a_name_of_another_request_is_known_here_too(desk: Desk, tmp_path: Path) -> None:
    desk.request("r-2", asker_name="Maud Ingleby", customer="Brightwell Heating")
    desk.answer(desk.request(body="Please copy what Maud has at Brightwell Heating.", message_id="x"))
    desk.look_back("r-1")
    desk.export(tmp_path / "cases.jsonl")
    text = (tmp_path / "cases.jsonl").read_text(encoding="utf-8")
    assert "Maud" not in text
    assert "Brightwell" not in text


def test_nothing_is_written_while_an_original_is_left(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.answer(desk.request())
    desk.look_back("r-1")
    monkeypatch.setattr("evals.exporting.pseudonyms.Pseudonyms.of", lambda _self, text: text)
    with pytest.raises(BadInput, match=r"In r-1 .*pemberley.* could not be removed"):
        desk.export(tmp_path / "cases.jsonl")
    assert not (tmp_path / "cases.jsonl").exists()
