"""`retrieve` asks the retriever; a request is never its own past."""

from __future__ import annotations

from tests.fakes import ListRetriever, request, similar
from triage.domain import Evidence, MapPart, Reading
from triage.steps import retrieve


def test_the_request_itself_is_not_evidence() -> None:
    part = MapPart(id="map-1", role="route", text="CSV importer")
    known = Evidence(similar=(similar("r-1"), similar("past-2")), map_parts=(part,))
    result = retrieve(ListRetriever(known), request(id="r-1"), Reading())
    assert [each.past.id for each in result.value.similar] == ["past-2"]
    assert result.value.map_parts == (part,)
    assert result.run.step == "retrieve"
    assert result.run.ms >= 0


def test_the_request_itself_is_not_among_the_related_either() -> None:
    known = Evidence(related=(similar("past-3"), similar("r-1")))
    result = retrieve(ListRetriever(known), request(id="r-1"), Reading())
    assert [each.past.id for each in result.value.related] == ["past-3"]


def test_nothing_known_is_no_trouble() -> None:
    assert retrieve(ListRetriever(), request(), Reading()).value == Evidence()
