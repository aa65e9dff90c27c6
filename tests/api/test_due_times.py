"""Due times on the pages and in the API: by the team's clock, and every one explained."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from small_services import SmallServices, ready_draft
from starlette.testclient import TestClient

from triage.clock import BusinessCalendar, Team, Teams, explain_due
from triage.domain import Request

ID = "r-clock00001"
ALWAYS = "mon,tue,wed,thu,fri,sat,sun"


@pytest.fixture
def waiting(services: SmallServices) -> str:
    """A request of the billing team, which works around the clock in Tokyo and answers within two hours."""
    tokyo = BusinessCalendar("Asia/Tokyo", ALWAYS)
    money = Team("money", tokyo, 2, 4, areas=frozenset({"billing"}))
    services.teams = Teams(Team("", BusinessCalendar("Europe/Berlin", ALWAYS)), [money])
    received = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    request = Request(
        id=ID, subject="Credit notes", body="We need them.", product_area="billing",
        submitter="sales@ours.example", received=received,
    )  # fmt: skip
    given = services.teams.of_area("billing").deadlines(received)
    services.store.accept(
        request,
        services.engine.enqueue_process,
        reviewer="admin@ours.example",
        due=given.due,
        breach=given.breach,
        team="money",
    )
    services.store.begin_drafting(ID)
    services.store.save_draft(ready_draft(ID))
    return ID


def why(services: SmallServices) -> str:
    record = services.store.record(ID)
    said = explain_due(record, services.teams.of(record))
    assert said.startswith("Due ")
    assert "2 h on business days" in said
    assert said.endswith("Times are those of Asia/Tokyo.")
    return said


def test_the_inbox_explains_the_time_to_mouse_and_keyboard(
    voice: TestClient, services: SmallServices, waiting: str
) -> None:
    page = voice.get("/review").text
    said = why(services)
    assert f'href="/review/{ID}" title="{said}"' in page
    assert f"{said}</span>" in page
    assert 'id="bucket-soon"' in page  # by its own two hours; by the default's it would have a day


def test_the_pages_of_the_request_explain_it_where_one_opens_it(
    voice: TestClient, sales: TestClient, services: SmallServices, waiting: str
) -> None:
    said = re.escape(why(services))
    for page in (voice.get(f"/review/{ID}").text, sales.get(f"/requests/{ID}").text):
        assert re.search(
            rf"<details class=\"why-open\"><summary[^>]*>The answer is due .*<p [^>]*>{said}</p>", page
        )
    assert re.search(rf'title="{said}"', sales.get("/requests").text)


def test_the_api_explains_it_too(sales: TestClient, services: SmallServices, waiting: str) -> None:
    [line] = sales.get("/api/v1/requests").json()
    assert (line["due_explained"], line["team"]) == (why(services), "money")


def test_a_deputy_takes_it_over_with_one_button(
    voice: TestClient, admin: TestClient, services: SmallServices, waiting: str
) -> None:
    assert "Take it over" not in admin.get(f"/review/{ID}").text
    page = voice.get(f"/review/{ID}").text
    form = re.search(
        r'<form [^>]*action="([^"]+)">\s*<input type="hidden" name="reviewer" value="([^"]+)">', page
    )
    assert form
    assert voice.post(form[1], data={"reviewer": form[2]}).status_code == 303
    assert services.store.record(ID).reviewer == "voice@ours.example"
    assert "Take it over" not in voice.get(f"/review/{ID}").text


def test_a_paused_clock_says_so(
    voice: TestClient, sales: TestClient, services: SmallServices, drafted: str
) -> None:
    voice.post(f"/review/{drafted}/ask", data={"version": "1", "question.q-1.state": "accepted"})
    page = sales.get(f"/requests/{drafted}").text
    assert "The clock stands still since" in page
    assert "it waits for answers; that time is added." in page
