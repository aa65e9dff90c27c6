"""The sample company is complete, parses, and names nobody real."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

import pytest
import yaml

from triage.catalogue import load_catalogue
from triage.content import content_dir
from triage.domain import Category, PastRequest
from triage.history import read_history, read_slips
from triage.notes import read_notes
from triage.product_map import ROLES, check_map, read_map

SAMPLE = content_dir("knowledge") / "sample"
MAILS = sorted((SAMPLE / "inbox").glob("*.eml"))
BAD_SHAPE = "09-bad-shape.eml"
ADDRESS = re.compile(r"[\w.+$-]+@[\w-]+(?:\.[\w-]+)*\.([a-z]+)")


@pytest.fixture(scope="module")
def history() -> list[PastRequest]:
    return read_history(SAMPLE / "history.jsonl")


def parsed(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_product_map_has_all_roles_and_nothing_to_complain_about() -> None:
    product_map = read_map(SAMPLE / "product_map.md")
    assert check_map(product_map) == []
    assert {part.role for part in product_map.parts} == set(ROLES)


def test_every_note_is_dated_and_has_several_passages() -> None:
    passages = read_notes(SAMPLE / "notes")
    paths = [passage.path for passage in passages]
    assert len(set(paths)) >= 12
    assert min(paths.count(path) for path in paths) >= 4
    assert all(passage.updated for passage in passages)
    assert len({passage.id for passage in passages}) == len(passages)


def test_the_history_is_rich_skewed_and_in_time_order(history: list[PastRequest]) -> None:
    sizes = sorted(past.size_days for past in history if past.size_days)
    assert len(history) >= 64
    assert [past.opened for past in history] == sorted(past.opened for past in history)
    assert sum(not past.surprises for past in history) >= 14
    assert sizes[0] <= 0.5
    assert sizes[-1] > 40
    assert sum(sizes) / len(sizes) > sizes[len(sizes) // 2]  # a long tail
    assert {surprise.category for past in history for surprise in past.surprises} == set(Category)


def test_small_past_requests_hid_nothing_and_refused_ones_cost_nothing(history: list[PastRequest]) -> None:
    assert all(not past.surprises for past in history if past.size_days and past.size_days <= 1)
    assert all(past.size_days is None for past in history if past.verdict == "no")


def test_surprises_surfaced_after_the_request_was_made(history: list[PastRequest]) -> None:
    for past in history:
        assert all(past.opened[:7] <= surprise.surfaced <= "2026-10" for surprise in past.surprises), past.id


def test_past_kinds_are_kinds_of_the_catalogue(history: list[PastRequest]) -> None:
    assert {kind for past in history for kind in past.kinds} <= load_catalogue().kinds.keys()


def test_slipped_promises_name_what_blocked_them() -> None:
    slips = read_slips(SAMPLE / "slips.csv")
    assert len(slips) == 3
    assert all(slip.what_blocked and slip.when_known for slip in slips)


def test_the_team_has_a_deputy_for_each_area_of_the_history(history: list[PastRequest]) -> None:
    team = yaml.safe_load(_text(SAMPLE / "team.yaml"))
    role = {person["address"]: person["role"] for person in team["people"]}
    assert sorted(role.values()) == ["admin", "reviewer", "reviewer", "submitter", "submitter", "submitter"]
    assert all(address.endswith("@" + team["domain"]) for address in role)
    for route in team["routes"]:
        assert role[route["reviewer"]] == role[route["deputy"]] == "reviewer"
        assert route["reviewer"] != route["deputy"]
    assert {"", *(past.product_area for past in history)} == {route["area"] for route in team["routes"]}


def test_there_are_ten_mails_with_ids_of_their_own() -> None:
    assert len(MAILS) == 10
    assert len({parsed(path)["Message-ID"] for path in MAILS}) == 10


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_mails_have_crlf_and_readable_headers(path: Path) -> None:
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") > 10
    message = parsed(path)
    assert getaddresses([message["From"]])[-1][1].endswith(".example")
    if path.name != BAD_SHAPE:
        assert message.defects == []
        sent = message["Date"].datetime
        assert datetime(2026, 11, 16, tzinfo=sent.tzinfo) <= sent < datetime(2026, 11, 20, tzinfo=sent.tzinfo)
        assert len(message.get_content()) > 150


def test_the_odd_mails_are_odd() -> None:
    html, bad = parsed(SAMPLE / "inbox" / "07-html-text-reminders.eml"), parsed(SAMPLE / "inbox" / BAD_SHAPE)
    assert html.get_content_type() == "text/html"
    assert "Sent:</b> Monday" in html.get_content()
    assert bad.get_all("Content-Type") is not None
    assert len(bad.get_all("Content-Type") or []) == 2
    with pytest.raises(LookupError, match="x-gh-8"):
        next(part for part in bad.walk() if part.get_content_type() == "text/plain").get_content()


def test_the_forward_holds_a_promise_of_our_own_colleague() -> None:
    text = parsed(SAMPLE / "inbox" / "06-forwarded-calendar-promise.eml").get_content()
    assert "---------- Forwarded message ---------" in text
    assert "> yes, we can support that." in text


def test_only_example_addresses_occur() -> None:
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    texts = [_text(path).replace("=\r\n", "") for path in files]  # quoted-printable breaks lines
    found = [match for text in texts for match in ADDRESS.finditer(text)]
    assert len(found) > 40
    assert [match[0] for match in found if match[1] != "example"] == []


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
