"""The graph over a desk in memory: the pause, the three ways on from it, and repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import ListRetriever, NoSizes, ScriptedAnalyst, request, similar
from triage.catalogue import load_catalogue
from triage.desk import MemoryDesk
from triage.domain import Decision, DecisionKind, Evidence, OutgoingMessage
from triage.graph import Pipeline, Tools, build_graph

NODES = ["read", "retrieve", "find_gaps", "size", "propose", "check", "review", "deliver", "learn"]


class Letters:
    """One letter per decision that has one."""

    def for_decision(self, record, draft, decision):  # type: ignore[no-untyped-def]
        if decision.kind is DecisionKind.SEND_BACK:
            return []
        letter = OutgoingMessage(
            id=f"{decision.id}.letter",
            request_id=decision.request_id,
            kind=decision.kind.value,
            to="sam@example.com",
            subject="s",
            text="t",
        )
        return [letter]


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.add(request())
    return desk


@pytest.fixture
def analyst() -> ScriptedAnalyst:
    return ScriptedAnalyst()


@pytest.fixture
def pipeline(desk: MemoryDesk, analyst: ScriptedAnalyst) -> Pipeline:
    from langgraph.checkpoint.memory import InMemorySaver

    retriever = ListRetriever(Evidence(similar=(similar(),)))
    tools = Tools(desk, retriever, analyst, load_catalogue(), NoSizes(), Letters())
    return Pipeline(build_graph(tools, InMemorySaver()), desk)


def decide(desk: MemoryDesk, kind: DecisionKind, decision_id: str = "d-1", **changes: object) -> Decision:
    decision = Decision(
        id=decision_id,
        request_id="r-1",
        kind=kind,
        version=len(desk.drafts["r-1"]),
        by="rev@example.com",
        **changes,
    )
    desk.decisions[decision.id] = decision
    return decision


def test_a_request_is_drafted_and_waits_for_a_human(pipeline: Pipeline, desk: MemoryDesk) -> None:
    pipeline.process("r-1")
    draft = desk.drafts["r-1"][0]
    assert [q.id for q in draft.questions] == ["permissions.who"]
    assert draft.evidence.similar[0].past.id == "past-1"
    assert [run.step for run in draft.runs] == ["read", "retrieve", "find_gaps", "size", "propose"]
    assert not desk.messages


def test_processing_twice_drafts_once(pipeline: Pipeline, desk: MemoryDesk, analyst: ScriptedAnalyst) -> None:
    pipeline.process("r-1")
    pipeline.process("r-1")
    assert len(desk.drafts["r-1"]) == 1
    assert analyst.calls.count("read") == 1


def test_an_approval_is_delivered_and_learnt_once(pipeline: Pipeline, desk: MemoryDesk) -> None:
    pipeline.process("r-1")
    decide(desk, DecisionKind.APPROVE)
    pipeline.decide("d-1")
    pipeline.decide("d-1")
    assert [message.kind for message in desk.messages] == ["approve"]
    assert [past.id for past in desk.remembered] == ["r-1"]


def test_what_was_undone_is_neither_delivered_nor_learnt(
    pipeline: Pipeline, desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.process("r-1")
    decide(desk, DecisionKind.APPROVE)
    monkeypatch.setattr(desk, "carry_out", lambda decision_id: decision_id != "d-1")
    pipeline.decide("d-1")
    assert (desk.messages, desk.remembered) == ([], [])
    decide(desk, DecisionKind.APPROVE, "d-2")
    pipeline.decide("d-2")
    assert [past.id for past in desk.remembered] == ["r-1"]


def test_sent_back_it_is_drafted_again_with_the_guidance(
    pipeline: Pipeline, desk: MemoryDesk, analyst: ScriptedAnalyst
) -> None:
    pipeline.process("r-1")
    decide(desk, DecisionKind.SEND_BACK, guidance="Think of the branch managers.")
    pipeline.decide("d-1")
    assert len(desk.drafts["r-1"]) == 2
    assert analyst.guidance == ["", "Think of the branch managers."]
    decide(desk, DecisionKind.APPROVE, "d-2")
    pipeline.decide("d-2")
    assert len(desk.remembered) == 1


def test_asking_sends_questions_and_goes_back_to_review(pipeline: Pipeline, desk: MemoryDesk) -> None:
    pipeline.process("r-1")
    decide(desk, DecisionKind.ASK)
    pipeline.decide("d-1")
    assert [message.kind for message in desk.messages] == ["ask"]
    assert not desk.remembered
    decide(desk, DecisionKind.APPROVE, "d-2")
    pipeline.decide("d-2")
    assert [message.kind for message in desk.messages] == ["ask", "approve"]


def test_a_lost_thread_is_rebuilt_from_the_draft(
    pipeline: Pipeline, desk: MemoryDesk, analyst: ScriptedAnalyst
) -> None:
    pipeline.process("r-1")
    pipeline.forget("r-1")
    decide(desk, DecisionKind.APPROVE)
    pipeline.decide("d-1")
    assert [past.id for past in desk.remembered] == ["r-1"]
    assert analyst.calls.count("read") == 1


def test_no_mail_body_in_the_checkpoint(pipeline: Pipeline, desk: MemoryDesk) -> None:
    secret = "the customer's own long explanation of the branch rules"
    desk.add(request(id="r-2", body=secret))
    pipeline.process("r-2")
    snapshots = pipeline.graph.get_state_history({"configurable": {"thread_id": "r-2"}})
    assert all(secret not in str(snapshot.values) for snapshot in snapshots)


def test_the_wiring_is_the_diagram(pipeline: Pipeline) -> None:
    drawn = pipeline.graph.get_graph()
    assert [node for node in drawn.nodes if not node.startswith("__")] == NODES
    edges = {(edge.source, edge.target) for edge in drawn.edges}
    assert {("check", "review"), ("review", "deliver"), ("review", "read"), ("deliver", "learn")} <= edges


def test_langgraph_json_names_a_graph_that_compiles(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib
    import json

    named = json.loads((root / "langgraph.json").read_text())["graphs"]["triage"]
    path, factory = named.removeprefix("./").split(":")
    assert (root / path).is_file()
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    graph = getattr(module, factory)()
    assert set(NODES) <= set(graph.get_graph().nodes)


def test_files_are_read_before_the_request_is_each_round(desk: MemoryDesk, analyst: ScriptedAnalyst) -> None:
    from langgraph.checkpoint.memory import InMemorySaver

    def read_files(request_id: str) -> None:
        analyst.calls.append(f"files of {request_id}")

    tools = Tools(desk, ListRetriever(), analyst, load_catalogue(), NoSizes(), Letters(), read_files)
    pipeline = Pipeline(build_graph(tools, InMemorySaver()), desk)
    pipeline.process("r-1")
    assert analyst.calls[:2] == ["files of r-1", "read"]
    decide(desk, DecisionKind.SEND_BACK, guidance="Shorter.")
    pipeline.decide("d-1")
    assert analyst.calls.count("files of r-1") == 2
