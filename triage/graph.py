"""The way of one request, wiring only.

    read ─▶ retrieve ─▶ find_gaps ─▶ size ─▶ propose ─▶ check ─▶ review ║ pause (interrupt)
     ▲                                                             ║
     └──────────────── send back ──────────────────────────────────╢
                                              ┌──── ask ─▶ deliver ╢ (back to review)
                                              └─ approve ─▶ deliver ─▶ learn ─▶ END

One LangGraph thread per request. The state holds ids and small results, never mail bodies: each node
loads what it needs from the desk, so a checkpoint can be thrown away and rebuilt from the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from triage import steps
from triage.catalogue import Catalogue
from triage.domain import (
    Answer,
    DecisionKind,
    Evidence,
    Found,
    Gaps,
    Reading,
    Request,
    RoughSize,
    StepRun,
    TrackRecord,
)
from triage.ports import Analyst, Desk, Letters, Retriever, SizeHistory

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


log = logging.getLogger(__name__)


class State(TypedDict, total=False):
    """What the checkpointer remembers of one request."""

    request_id: str
    reading: Reading
    found: tuple[Found, ...]
    record: TrackRecord
    gaps: Gaps
    size: RoughSize
    answer: Answer
    runs: tuple[StepRun, ...]
    version: int
    decision_id: str
    decided: DecisionKind


@dataclass(frozen=True)
class Tools:
    """What the nodes work with."""

    desk: Desk
    retriever: Retriever
    analyst: Analyst
    catalogue: Catalogue
    sizes: SizeHistory
    letters: Letters
    read_files: Callable[[str], None] = lambda _: None  # finds the words of a request's unread files


def build_graph(
    tools: Tools, checkpointer: BaseCheckpointSaver[Any]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Wire and compile the graph; `checkpointer` decides where threads are remembered."""
    from langgraph.graph import END, START, StateGraph

    nodes = Nodes(tools)
    graph = StateGraph(State)
    for node in (nodes.read, nodes.retrieve, nodes.find_gaps, nodes.size, nodes.propose, nodes.check):
        graph.add_node(node.__name__, node)
    graph.add_node("review", review)
    graph.add_node("deliver", nodes.deliver)
    graph.add_node("learn", nodes.learn)

    graph.add_edge(START, "read")
    graph.add_edge("read", "retrieve")
    graph.add_edge("retrieve", "find_gaps")
    graph.add_edge("find_gaps", "size")
    graph.add_edge("size", "propose")
    graph.add_edge("propose", "check")
    graph.add_edge("check", "review")
    graph.add_conditional_edges("review", nodes.after_review, ["read", "deliver"])
    graph.add_conditional_edges("deliver", after_delivery, ["review", "learn"])
    graph.add_edge("learn", END)
    return graph.compile(checkpointer=checkpointer)


class Nodes:
    """Each method loads what its step needs, calls the step and returns only what it adds."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def read(self, state: State) -> State:
        """A new round starts with an empty list of runs."""
        self.tools.desk.begin_drafting(state["request_id"])
        self.tools.read_files(state["request_id"])
        result = steps.read(self.tools.analyst, self._request(state))
        return {"reading": result.value, "runs": (self._log(state, result.run),)}

    def retrieve(self, state: State) -> State:
        result = steps.retrieve(self.tools.retriever, self._request(state), state["reading"])
        return {
            "found": result.value.found(),
            "record": result.value.record,
            "runs": (*state["runs"], self._log(state, result.run)),
        }

    def find_gaps(self, state: State) -> State:
        result = steps.find_gaps(
            self.tools.analyst, self._request(state), state["reading"], self._evidence(state)
        )
        return {"gaps": result.value, "runs": (*state["runs"], self._log(state, result.run))}

    def size(self, state: State) -> State:
        result = steps.size(
            self.tools.analyst,
            self.tools.catalogue,
            self.tools.sizes,
            self._request(state),
            state["reading"],
            self._evidence(state),
        )
        return {"size": result.value, "runs": (*state["runs"], self._log(state, result.run))}

    def propose(self, state: State) -> State:
        result = steps.propose(
            self.tools.analyst,
            self._request(state),
            state["reading"],
            self._evidence(state),
            state["gaps"],
            state["size"],
            self.tools.desk.guidance(state["request_id"]),
        )
        return {"answer": result.value, "runs": (*state["runs"], self._log(state, result.run))}

    def check(self, state: State) -> State:
        draft = steps.check(
            self._request(state),
            state["reading"],
            self._evidence(state),
            state["gaps"],
            state["size"],
            state["answer"],
            state["runs"],
        )
        saved = self.tools.desk.save_draft(draft)
        return {"version": saved.version}

    def _log(self, state: State, run: StepRun) -> StepRun:
        """One line per step: request, time and cost, never the customer's text."""
        degraded = f", degraded: {run.degraded}" if run.degraded else ""
        cost = "unknown cost" if run.cost is None else f"{run.cost:.4f} USD"
        log.info("%s %s %.0f ms, %s%s", state["request_id"], run.step, run.ms, cost, degraded)
        return run

    def after_review(self, state: State) -> str:
        return "read" if state["decided"] is DecisionKind.SEND_BACK else "deliver"

    def deliver(self, state: State) -> State:
        decision = self.tools.desk.decision(state["decision_id"])
        steps.deliver(self.tools.desk, self.tools.letters, decision)
        return {}

    def learn(self, state: State) -> State:
        decision = self.tools.desk.decision(state["decision_id"])
        steps.learn(self.tools.desk, decision)
        return {}

    def _request(self, state: State) -> Request:
        return self.tools.desk.request(state["request_id"])

    def _evidence(self, state: State) -> Evidence:
        evidence = self.tools.retriever.recall(self._request(state), state["reading"], state["found"])
        return evidence.model_copy(update={"record": state["record"]})


def review(state: State) -> State:
    """Pause until a human has decided. Nothing else here: a resumed node runs again from its top."""
    from langgraph.types import interrupt

    decided = interrupt({"request_id": state["request_id"], "version": state["version"]})
    return {"decision_id": decided["id"], "decided": DecisionKind(decided["kind"])}


def after_delivery(state: State) -> str:
    """Questions to the submitter leave the request in review; an approval goes on to `learn`."""
    return "review" if state["decided"] is DecisionKind.ASK else "learn"


# --- running it -----------------------------------------------------------------------------------


class Pipeline:
    """Runs threads of a compiled graph up to their pause, and on from a decision. Safe to repeat."""

    def __init__(self, graph: CompiledStateGraph[Any, Any, Any, Any], desk: Desk) -> None:
        self.graph = graph
        self.desk = desk

    def process(self, request_id: str) -> None:
        """Draft a request and stop at the review; goes on where an interrupted run left off."""
        config = _thread(request_id)
        snapshot = self.graph.get_state(config)
        if not snapshot.created_at:
            self._invoke(State(request_id=request_id), config)
        elif snapshot.next and snapshot.next != ("review",):
            self._invoke(None, config)

    def decide(self, decision_id: str) -> None:
        """Carry out a stored decision: redraft, ask, or deliver and learn; nothing when it was undone."""
        from langgraph.types import Command

        if not self.desk.carry_out(decision_id):
            log.info("%s was undone", decision_id)
            return
        decision = self.desk.decision(decision_id)
        config = _thread(decision.request_id)
        snapshot = self.graph.get_state(config)
        if snapshot.values.get("decision_id") == decision_id:
            if snapshot.next and snapshot.next != ("review",):
                self._invoke(None, config)
            return
        if snapshot.next != ("review",):
            self._rebuild(decision.request_id, decision.version)
        self._invoke(Command(resume={"id": decision.id, "kind": decision.kind.value}), config)

    def forget(self, request_id: str) -> None:
        """Delete the thread; the rows keep everything that matters."""
        if self.graph.checkpointer and not isinstance(self.graph.checkpointer, bool):
            self.graph.checkpointer.delete_thread(request_id)

    def _rebuild(self, request_id: str, version: int) -> None:
        """The thread is lost or elsewhere: put it before the review again, from the draft's row."""
        draft = self.desk.draft(request_id, version)
        self.forget(request_id)
        state = State(
            request_id=request_id,
            reading=draft.reading,
            found=draft.evidence.found(),
            record=draft.evidence.record,
            gaps=Gaps(questions=draft.questions[:5], folded=draft.folded, cleared=draft.cleared),
            size=draft.size,
            answer=draft.answer,
            runs=draft.runs,
            version=version,
        )
        config = self.graph.update_state(_thread(request_id), dict(state), as_node="check")
        self._invoke(None, config)

    def _invoke(self, value: Any, config: Any) -> None:
        self.graph.invoke(value, config, durability="sync")


def _thread(request_id: str) -> Any:
    return {"configurable": {"thread_id": request_id}}


def make_graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph `langgraph.json` names: services from the environment, threads in memory."""
    from triage.bootstrap import open_services
    from triage.settings import load_settings

    return open_services(load_settings(), worker=False).graph
