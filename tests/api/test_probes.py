"""Liveness, readiness, metrics and the description of the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

from api.metrics import Family, Meter, Sample, exposition
from triage.worker_status import WorkerStatus


def test_alive_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def a_worker(services: SmallServices, *, loaded: bool = True, before: timedelta = timedelta()) -> None:
    """Speaks as a worker does."""
    status = WorkerStatus(at=datetime.now(UTC) - before, process=7, model="small", loaded=loaded)
    services.store.put_memory("worker", status.model_dump_json())


def test_ready_names_each_check(client: TestClient, services: SmallServices) -> None:
    a_worker(services)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert [check["name"] for check in response.json()["checks"]] == ["database", "worker", "encoder"]


def test_not_ready_while_the_model_is_loaded(client: TestClient, services: SmallServices) -> None:
    a_worker(services, loaded=False)
    response = client.get("/readyz")
    assert response.status_code == 503
    (missing,) = [check for check in response.json()["checks"] if not check["ready"]]
    assert (missing["name"], "still loading" in missing["says"]) == ("encoder", True)


@pytest.mark.parametrize("before", [None, timedelta(minutes=1)])
def test_not_ready_without_a_worker_that_was_heard_of_lately(
    client: TestClient, voice: TestClient, services: SmallServices, before: timedelta | None
) -> None:
    if before:
        a_worker(services, before=before)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"][1]["name"] == "worker"
    assert "triage_worker 0\n" in voice.get("/metrics").text


def test_a_database_that_is_gone_makes_it_unready(
    client: TestClient, services: SmallServices, tmp_path: Path
) -> None:
    for file in tmp_path.glob("triage.db*"):
        file.write_bytes(b"no database")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert not response.json()["checks"][0]["ready"]


def test_metrics_count_requests_and_responses(voice: TestClient, submit: Callable[[], str]) -> None:
    submit()
    text = voice.get("/metrics").text
    assert 'triage_requests{status="received"} 1\n' in text
    assert "triage_requests_overdue 0\n" in text
    assert 'triage_http_responses_total{method="POST",route="/api/v1/requests",status="202"} 1\n' in text


def test_paths_nobody_serves_share_one_label(voice: TestClient) -> None:
    for number in range(3):
        voice.get(f"/nowhere/{number}")
    assert 'route="unmatched",status="404"} 3\n' in voice.get("/metrics").text


def test_a_histogram_is_cumulative() -> None:
    meter = Meter()
    for seconds in (0.004, 0.04, 20.0):
        meter.count("GET", "/x", 200, seconds)
    text = exposition(meter.families())
    assert 'triage_http_seconds_bucket{route="/x",le="0.01"} 1\n' in text
    assert 'triage_http_seconds_bucket{route="/x",le="10"} 2\n' in text
    assert 'triage_http_seconds_bucket{route="/x",le="+Inf"} 3\n' in text
    assert 'triage_http_seconds_count{route="/x"} 3\n' in text


def test_label_values_are_escaped() -> None:
    family = Family("f", "gauge", "Help.", (Sample(1, (("a", 'x"\\\ny'),)),))
    assert exposition([family]).splitlines()[2] == 'f{a="x\\"\\\\\\ny"} 1'


def test_the_openapi_document_holds_the_api_and_no_pages(voice: TestClient) -> None:
    document = voice.get("/api/v1/openapi.json").json()
    assert {"/api/v1/requests", "/api/v1/requests/{request_id}/decision", "/intake/email"} <= document[
        "paths"
    ].keys()
    assert not [path for path in document["paths"] if path.startswith(("/review", "/requests"))]


def test_the_docs_page_lists_operations_with_their_fields(voice: TestClient) -> None:
    page = voice.get("/api/v1/docs")
    assert page.status_code == 200
    for word in ("/intake/email", "message/rfc822", "Idempotency-Key", "need_by", "question_ids"):
        assert word.lower() in page.text.lower()
