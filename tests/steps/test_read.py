"""`read` keeps only what can be proved from the request."""

from __future__ import annotations

from tests.fakes import ScriptedAnalyst, request
from triage.domain import KindFound, Message, Promise, Reading
from triage.steps import read


def test_what_is_not_literal_is_dropped() -> None:
    said = Reading(
        ask="Export job reports",
        kinds=(
            KindFound(id="export", name="Export", quote="export the job reports", score=0.9),
            KindFound(id="merge", name="Merge", quote="merge everything", score=0.5),
        ),
        promises=(Promise(quote="we can do that"), Promise(quote="by June at the latest"), Promise(quote="")),
        minimisers=("It is just one button.", "It is tiny."),
    )
    thread = (Message(text="Yes, we can do that."),)
    result = read(ScriptedAnalyst(reading=said), request(thread=thread))
    assert [(kind.id, kind.quote) for kind in result.value.kinds] == [
        ("export", "export the job reports"),
        ("merge", ""),
    ]
    assert [promise.quote for promise in result.value.promises] == ["we can do that"]
    assert result.value.minimisers == ("It is just one button.",)


def test_what_holds_stays_as_it_is() -> None:
    said = Reading(
        ask="Export", action="export", object="job reports", minimisers=("It is just one button.",)
    )
    result = read(ScriptedAnalyst(reading=said), request())
    assert result.value == said
    assert (result.run.step, result.run.analyst) == ("read", "scripted")
