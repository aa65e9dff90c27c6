"""People, routing and secrets."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.conftest import Clock
from triage.domain import Person, Role
from triage.errors import BadInput, NotFound, NotSignedIn
from triage.records.people import People, Route

HOUR = timedelta(hours=1)
TARA = Person(address="tara@example.com", name="Tara", role=Role.REVIEWER)
UTE = Person(address="ute@example.com", role=Role.REVIEWER)
ADA = Person(address="ada@example.com", role=Role.ADMIN)
SAM = Person(address="sam@example.com")


@pytest.fixture(autouse=True)
def _team(people: People) -> None:
    for person in (TARA, UTE, ADA, SAM):
        people.add(person)


def test_people_are_added_and_replaced(people: People) -> None:
    assert people.get(" TARA@example.com ") == TARA
    assert people.get("nobody@example.com") is None
    people.add(TARA.model_copy(update={"name": "Tara O."}))
    assert [person.name for person in people.everyone()] == ["", "", "Tara O.", ""]
    with pytest.raises(BadInput, match="no mail address"):
        people.add(Person(address="tara"))


def test_routes_choose_by_area_then_default(people: People) -> None:
    people.route("", "tara@example.com")
    people.route("Billing  and Invoices", "ute@example.com", deputy="tara@example.com")
    assert people.reviewer_for("billing and invoices") == "ute@example.com"
    assert people.reviewer_for("maps") == people.reviewer_for("") == "tara@example.com"
    assert people.routes() == [
        Route(area="", reviewer="tara@example.com"),
        Route(area="billing and invoices", reviewer="ute@example.com", deputy="tara@example.com"),
    ]


def test_the_deputy_takes_over_during_absence(people: People) -> None:
    people.route("", "tara@example.com", deputy="ute@example.com")
    people.set_away("tara@example.com", True)
    assert people.reviewer_for("maps") == "ute@example.com"
    people.set_away("tara@example.com", False)
    assert people.reviewer_for("maps") == "tara@example.com"
    with pytest.raises(NotFound, match=r"nobody@example\.com"):
        people.set_away("nobody@example.com", True)


def test_the_deputy_of_whoever_has_it_is_the_other_one_of_the_row(people: People) -> None:
    people.route("", "tara@example.com", deputy="ada@example.com")
    people.route("billing", "tara@example.com", deputy="ute@example.com")
    assert people.deputy_for("Billing", "tara@example.com") == "ute@example.com"
    assert people.deputy_for("billing", "ute@example.com") == "tara@example.com"
    assert people.deputy_for("portal", "tara@example.com") == "ada@example.com"
    assert people.deputy_for("portal", "ute@example.com") == "tara@example.com"  # from another row
    assert people.deputy_for("portal", "sam@example.com") == ""
    people.set_away("ute@example.com", True)
    assert people.deputy_for("billing", "tara@example.com") == "ada@example.com"
    people.add(ADA.model_copy(update={"active": False}))
    assert people.deputy_for("billing", "tara@example.com") == ""
    assert people.present() == {"tara@example.com", "sam@example.com"}


def test_somebody_present_is_found_without_a_fitting_route(people: People) -> None:
    assert people.reviewer_for("maps") == "tara@example.com"
    for reviewer in (TARA, UTE):
        people.add(reviewer.model_copy(update={"active": False}))
    assert people.reviewer_for("maps") == "ada@example.com"
    people.set_away("ada@example.com", True)
    assert people.reviewer_for("maps") == ""


def test_a_link_signs_in_once(people: People) -> None:
    token = people.issue_link("tara@example.com", HOUR)
    assert people.redeem_link(token) == TARA
    with pytest.raises(NotSignedIn, match="used already or is too old"):
        people.redeem_link(token)


def test_a_link_redeemed_twice_at_once_works_once(people: People) -> None:
    token, results = people.issue_link("tara@example.com", HOUR), []

    def redeem() -> None:
        try:
            results.append(people.redeem_link(token).address)
        except NotSignedIn:
            results.append("")

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["", "", "", "tara@example.com"]


def test_links_and_sessions_run_out(people: People, clock: Clock) -> None:
    link = people.issue_link("tara@example.com", HOUR)
    session = people.open_session("tara@example.com", HOUR)
    assert people.session(session) == TARA
    clock.at += HOUR
    assert people.session(session) is None
    with pytest.raises(NotSignedIn):
        people.redeem_link(link)


def test_one_kind_of_secret_does_not_serve_as_another(people: People) -> None:
    session = people.open_session("tara@example.com", HOUR)
    token = people.add_token("tara@example.com", "crm")
    link = people.issue_link("tara@example.com", HOUR)
    assert people.token(session) is None
    assert people.session(token) is None
    assert people.session(link) is None
    with pytest.raises(NotSignedIn):
        people.redeem_link(session)
    assert people.session(session) == TARA


def test_sessions_end(people: People) -> None:
    session = people.open_session("tara@example.com", HOUR)
    people.end_session(session)
    people.end_session("unknown \ud800")
    assert people.session(session) is None


def test_tokens_last_until_revoked_or_the_person_goes(people: People, clock: Clock) -> None:
    crm, form = people.add_token("sam@example.com", "crm"), people.add_token("sam@example.com", "form")
    clock.at += timedelta(days=4000)
    assert people.token(crm) == people.token(form) == SAM
    assert [(token.address, token.name) for token in people.tokens()] == [
        ("sam@example.com", "crm"),
        ("sam@example.com", "form"),
    ]
    people.revoke_token("sam@example.com", "crm")
    assert people.token(crm) is None
    people.add(SAM.model_copy(update={"active": False}))
    assert people.token(form) is None
    with pytest.raises(NotFound, match="no token crm"):
        people.revoke_token("sam@example.com", "crm")


def test_secrets_are_for_known_people_and_never_stored(people: People, database: sa.Engine) -> None:
    with pytest.raises(NotFound, match=r"nobody@example\.com"):
        people.issue_link("nobody@example.com", HOUR)
    token = people.add_token("sam@example.com", "crm")
    with database.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM secrets")).all()
    assert len(rows) == 1
    assert token not in repr(rows)
