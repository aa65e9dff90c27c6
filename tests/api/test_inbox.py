"""The inbox over HTTP: buckets with counts, filters in the URL, pages, the list alone."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from small_services import SmallServices, ready_draft
from starlette.testclient import TestClient

from triage.domain import DateKind, Days, Deadline, Draft, Reading, Request, RoughSize
from triage.intake.accept import accept_request

VOICE = "voice@ours.example"


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def add(services: SmallServices, number: int, draft: Draft | None = None, **fields: object) -> str:
    """A request in review; the higher the number, the later it is due."""
    request_id = f"r-inbox{number:05}"
    received = datetime.now(UTC) + timedelta(seconds=number)
    values = {"subject": f"Wish number {number}", "body": "We want it.", "received": received, **fields}
    accept_request(services, Request.model_validate({"id": request_id, **values}))
    services.store.begin_drafting(request_id)
    reading = Reading(ask=f"Wish number {number}")
    drafted = draft or ready_draft(request_id)
    services.store.save_draft(drafted.model_copy(update={"request_id": request_id, "reading": reading}))
    return request_id


def shown(page: str) -> list[int]:
    """Numbers of the listed requests, in order."""
    return [int(number) for number in re.findall(r'class="row-link" href="/review/r-inbox(\d+)"', page)]


def test_it_narrows_down_by_lane_size_and_words_and_keeps_that_in_every_link(
    voice: TestClient, services: SmallServices
) -> None:
    small = RoughSize(build=Days(low=1, high=2), label="S", lane="fast")
    large = RoughSize(build=Days(low=9, high=30), label="L", lane="full")
    draft = ready_draft("r-any")
    add(services, 1, draft.model_copy(update={"size": small}), customer="Birchwood")
    add(services, 2, draft.model_copy(update={"size": large}), customer="Cedar")
    add(services, 3, draft.model_copy(update={"size": large}), customer="Birch & Sons")
    assert shown(voice.get("/review?lane=fast").text) == [1]
    assert shown(voice.get("/review?size=L").text) == [2, 3]
    page = voice.get("/review", params={"q": "birch", "size": "L", "mine": "1"}).text
    assert shown(page) == [3]
    answered = re.search(r'href="([^"]+)"[^>]*>Answered', page)
    assert answered is not None
    assert html.unescape(answered[1]) == "/review?show=answered&mine=1&size=L&q=birch"
    assert 'value="L" selected' in page
    assert 'value="birch"' in page


@pytest.mark.parametrize(
    "query", ["lane=huge", "size=XXL", "page=x", "page=0", "page=-1", "mine=maybe", "show=all", "part=2"]
)
def test_what_nobody_knows_is_left_out(voice: TestClient, services: SmallServices, query: str) -> None:
    add(services, 1)
    answer = voice.get(f"/review?{query}")
    assert (answer.status_code, shown(answer.text)) == (200, [1])
    assert "<html" in answer.text


def test_it_comes_in_pages_with_the_counts_of_all(
    voice: TestClient, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.inbox.SHOWN", 2)
    for number in range(1, 6):
        add(services, number)
    first = voice.get("/review").text
    assert shown(first) == [1, 2]
    assert "Queue 5" in text_of(first)
    assert "More urgent" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = voice.get(following[1]).text
    assert shown(second) == [3, 4]
    assert "Queue 5" in text_of(second)
    last = voice.get("/review?page=3").text
    assert shown(last) == [5]
    assert 'rel="next"' not in last
    assert 'rel="prev" href="/review?page=2"' in last
    beyond = text_of(voice.get("/review?page=9").text)
    assert "Nothing on page 9." in beyond
    assert "Back to the first page" in beyond


def test_many_are_counted_up_to_a_thousand(
    voice: TestClient, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.inbox.MOST_COUNTED", 1)
    for number in (1, 2):
        add(services, number)
    assert "Queue 1+" in text_of(voice.get("/review").text)


def test_the_list_alone_is_what_the_page_shows(voice: TestClient, services: SmallServices) -> None:
    add(services, 1)
    add(services, 2, customer="Cedar")
    whole, part = voice.get("/review?q=cedar").text, voice.get("/review?q=cedar&part=1").text
    assert "<html" not in part
    assert shown(part) == [2]
    assert part.strip() in whole


def test_needed_by_is_what_was_entered_else_what_the_text_says_with_its_kind(
    voice: TestClient, services: SmallServices
) -> None:
    add(services, 1, need_by=date(2027, 3, 1))
    draft = ready_draft("r-any")
    answer = draft.answer.model_copy(update={"date_kind": DateKind.WRONG})
    for number, deadline in ((2, Deadline(text="spring", day=date(2027, 4, 5))), (3, Deadline(text="asap"))):
        request_id = add(services, number)
        newest = services.store.latest_draft(request_id)
        assert newest is not None
        read = {"reading": newest.reading.model_copy(update={"deadline": deadline}), "answer": answer}
        services.store.save_edit(newest.model_copy(update=read), base_version=1, by=VOICE)
    words = text_of(voice.get("/review").text)
    assert "needed Mon 1 Mar 2027 Vera Voice" in words
    assert "Mon 5 Apr 2027 wrong , as read from the mail" in words
    assert "asap wrong" in words


def test_an_empty_filter_says_the_way_out(voice: TestClient, services: SmallServices) -> None:
    add(services, 1)
    for query, said in (
        ("q=nothing", "Nothing matches “nothing”."),
        ("q=nothing&mine=1", "Nothing of yours matches"),
        ("size=XL", "Nothing of that size and lane."),
        ("show=answered", "Nothing has been answered yet."),
        ("show=answered&mine=1", "You have answered nothing yet."),
    ):
        assert said in text_of(voice.get(f"/review?{query}").text)


def test_search_syntax_is_only_words(voice: TestClient, services: SmallServices) -> None:
    add(services, 1, customer="Birch")
    for query in (
        '"',
        "*",
        "birch*",
        "NOT birch",
        "words:birch",
        "birch OR",
        "'; DROP TABLE requests",
        "\x00",
    ):
        assert voice.get("/review", params={"q": query}).status_code == 200
    assert shown(voice.get("/review", params={"q": "birch*"}).text) == [1]
