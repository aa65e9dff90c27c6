"""Working on a request over HTTP: holding it, edits that save themselves, taking back, moving on."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from pages_fixtures import field_service_draft, field_service_request
from small_services import SmallServices, ready_draft
from starlette.testclient import TestClient

from triage import review
from triage.domain import Days, Draft, QuestionState, Request, Status
from triage.intake.accept import accept_request
from triage.letters import DecisionLetters

ID = "r-field00001"
REVIEW = f"/review/{ID}"
VOICE, ADMIN = "voice@ours.example", "admin@ours.example"
FIRST = "question.workflow.second_route."
READY = {
    "version": "1",
    "verdict": "no",
    "no_reason": "roadmap",
    "promises.0.stance": "withdraw",
    "sentence": "No: this is not where we are going.",
}
LATER = {"subject": "Another export", "body": "We need another export."}


@pytest.fixture
def field(services: SmallServices) -> Draft:
    """The worked example, in review."""
    accept_request(services, field_service_request())
    services.store.begin_drafting(ID)
    return services.store.save_draft(field_service_draft())


@pytest.fixture
def graceful(services: SmallServices) -> SmallServices:
    """Approvals can be undone for ten seconds."""
    services.settings = services.settings.model_copy(update={"undo_seconds": 10.0})
    return services


def another(services: SmallServices, number: int = 2) -> str:
    """One more request in review, less urgent."""
    accepted = field_service_request().received + timedelta(minutes=number)
    request_id = f"r-other0000{number}"
    accept_request(services, Request(id=request_id, received=accepted, **LATER))
    services.store.begin_drafting(request_id)
    services.store.save_draft(ready_draft(request_id))
    return request_id


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def newest(services: SmallServices) -> Draft:
    draft = services.store.latest_draft(ID)
    assert draft is not None
    return draft


def holder(services: SmallServices) -> str:
    claim = services.store.record(ID).claim
    return claim.holder if claim else ""


def hidden_fields(page: str) -> dict[str, str]:
    """The form that takes over: everything that was posted, and the word to go on."""
    form = page[page.index("data-take-over") :]
    form = form[: form.index("</form>")]
    pairs = re.findall(r'name="([^"]*)" value="([^"]*)"', form)
    return {html.unescape(name): html.unescape(value) for name, value in pairs}


# --- holding it ---------------------------------------------------------------------------------


def test_looking_claims_nothing_and_a_button_does(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    voice.get(REVIEW)
    assert holder(services) == ""
    answer = voice.post(f"{REVIEW}/claim")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{REVIEW}?done=claimed")
    assert holder(services) == VOICE
    assert "you are on it" in text_of(voice.get("/review").text)
    voice.post(f"{REVIEW}/release")
    assert holder(services) == ""


def test_others_see_who_is_on_it_and_can_take_over(
    voice: TestClient, admin: TestClient, services: SmallServices, field: Draft
) -> None:
    voice.post(f"{REVIEW}/claim")
    assert "Vera Voice is on it" in text_of(admin.get("/review").text)
    assert "Vera Voice is working on this" in text_of(admin.get(REVIEW).text)
    assert admin.post(f"{REVIEW}/claim").status_code == 409
    assert admin.post(f"{REVIEW}/claim", data={"take_over": "1"}).status_code == 303
    assert holder(services) == ADMIN
    assert services.store.events(ID)[-1].detail == f"took it over from {VOICE}"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("save", {}),
        ("approve", READY),
        ("ask", {FIRST + "state": "accepted"}),
        ("send-back", {"guidance": "Size it for one region."}),
        ("own-size", {"low": "2", "high": "5"}),
    ],
)
def test_while_somebody_else_is_on_it_nothing_is_lost_and_one_press_goes_on(
    voice: TestClient, admin: TestClient, services: SmallServices, field: Draft, action: str, fields: dict
) -> None:
    voice.post(f"{REVIEW}/claim")
    typed = {"version": "1", "note": "Line one\r\n“line” <two>", **fields}
    refused = admin.post(f"{REVIEW}/{action}", data=typed)
    assert refused.status_code == 409
    words = text_of(refused.text)
    assert f"{VOICE} is working on request {ID}" in words
    assert "Line one" in words
    assert services.store.record(ID).draft_version == 1
    again = hidden_fields(refused.text)
    assert again.items() >= {**typed, "take_over": "1", "note": again["note"]}.items()
    assert again["note"].split() == typed["note"].split()
    assert admin.post(f"{REVIEW}/{action}", data=again).status_code == 303
    version = services.store.record(ID).approved_version or services.store.record(ID).draft_version
    assert services.store.draft(ID, version).answer.note == "Line one\n“line” <two>"


def test_a_program_is_told_as_well(
    voice: TestClient, admin: TestClient, services: SmallServices, drafted: str
) -> None:
    services.store.claim(drafted, VOICE)
    answer = admin.post(f"/api/v1/requests/{drafted}/decision", json={"kind": "approve", "version": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "claimed")


# --- edits that save themselves -----------------------------------------------------------------


def test_an_edit_saves_itself_and_says_how_the_draft_stands(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    answer = voice.post(f"{REVIEW}/autosave", data={"version": "1", "base": "1", "verdict": "yes"})
    said = answer.json()
    assert answer.status_code == 200
    assert (said["version"], said["saved"]) == (
        2,
        newest(services).created.isoformat().replace("+00:00", "Z"),
    )
    assert (said["label"], said["lane"], said["total"]) == ("L", "full", "8–20.5 days")
    assert said["sentence"] == review.assemble_sentence(newest(services).answer)
    assert {gap["field"] for gap in said["missing"]} >= {"promises.0.stance", "decider"}
    assert {"field", "label", "message"} == set(said["missing"][0])
    assert holder(services) == VOICE
    same = voice.post(f"{REVIEW}/autosave", data={"version": "2", "base": "1", "verdict": "yes"})
    assert same.json()["version"] == 2


def test_typing_on_makes_one_question_and_one_state_of_each(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    """The page goes on posting what it was rendered with, while the version moves on below it."""
    version = 1
    for typed in ("W", "Who", "Who trains?", "Who trains the crews?"):
        page = {"base": "1", "version": str(version), FIRST + "state": "proposed"}
        page |= {"new.0.question": typed, FIRST + "question": f"Do imports wait? {typed}"}
        version = voice.post(f"{REVIEW}/autosave", data=page).json()["version"]
    draft = newest(services)
    assert draft.version == version == 5
    added = [q.question for q in (*draft.questions, *draft.folded) if q.origin == "human"]
    assert added == ["Who trains the crews?"]
    assert draft.questions[0].state is QuestionState.ACCEPTED
    listed = text_of(voice.get(f"{REVIEW}/diff").text)
    assert "5 voice@ours.example" in listed
    assert "3 voice@ours.example" not in listed


def test_what_cannot_be_read_is_named_and_the_rest_is_saved(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    typed = {"version": "1", "size.build.high": "soon", "note": "Mind the phones."}
    answer = voice.post(f"{REVIEW}/autosave", data=typed)
    said = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in said["errors"]] == ["size.build.high"]
    assert (said["version"], said["standing"]["label"]) == (2, "L")
    assert newest(services).answer.note == "Mind the phones."


def test_a_stale_or_foreign_edit_is_a_problem_that_names_who(
    voice: TestClient, admin: TestClient, services: SmallServices, field: Draft
) -> None:
    voice.post(f"{REVIEW}/save", data={"version": "1", "waits": "Reminders"})
    stale = admin.post(f"{REVIEW}/autosave", data={"version": "1", "note": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert f"{VOICE} saved version 2" in stale.json()["detail"]
    held = admin.post(f"{REVIEW}/autosave", data={"version": "2", "note": "x"})
    assert (held.status_code, held.json()["code"]) == (409, "claimed")
    assert f"{VOICE} is working on" in held.json()["detail"]
    taken = admin.post(f"{REVIEW}/autosave", data={"version": "2", "note": "x", "take_over": "1"})
    assert taken.status_code == 200


def test_a_preview_keeps_nothing(voice: TestClient, services: SmallServices, field: Draft) -> None:
    answer = voice.post(f"{REVIEW}/preview", data={"version": "1", "ships_first": "One button"})
    assert "one button" in answer.json()["sentence"].lower()
    assert "version" not in answer.json()
    assert (services.store.record(ID).draft_version, holder(services)) == (1, "")


@pytest.mark.parametrize("action", ["autosave", "preview", "own-size"])
def test_a_version_that_never_was_is_not_found(voice: TestClient, field: Draft, action: str) -> None:
    for fields in ({"version": ""}, {"version": "99"}, {"version": "1", "base": "99"}):
        assert voice.post(f"{REVIEW}/{action}", data=fields).status_code == 404


def test_a_form_cannot_pass_over_what_somebody_else_or_the_next_round_wrote(
    voice: TestClient, admin: TestClient, services: SmallServices, field: Draft
) -> None:
    """`base` counts only for what the same person typed since."""
    admin.post(f"{REVIEW}/save", data={"version": "1", "waits": "Everything on the phone"})
    admin.post(f"{REVIEW}/release")
    voice.post(f"{REVIEW}/save", data={"version": "2", "base": "1", "note": "x"})
    assert newest(services).answer.waits == "Everything on the phone"
    voice.post(f"{REVIEW}/send-back", data={"version": "3", "guidance": "Again."})
    reading = field.reading.model_copy(update={"promises": ()})
    second = services.store.save_draft(field.model_copy(update={"reading": reading}))
    voice.post(f"{REVIEW}/save", data={"version": str(second.version), "base": "3", "note": "y"})
    assert newest(services).reading == reading


def test_approving_after_edits_saved_themselves_sends_the_form(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    voice.post(f"{REVIEW}/autosave", data={"version": "1", "base": "1", "note": "Typed."})
    voice.post(f"{REVIEW}/approve", data={**READY, "version": "2", "base": "1", "note": "Typed on."})
    record = services.store.record(ID)
    assert (record.status, record.approved_version) == (Status.ANSWERED, 3)
    assert services.store.draft(ID, 3).answer.note == "Typed on."


# --- the order of questions ---------------------------------------------------------------------


def order(draft: Draft) -> list[str]:
    return [question.id for question in (*draft.questions, *draft.folded)]


def test_questions_are_moved_by_buttons(voice: TestClient, services: SmallServices, field: Draft) -> None:
    last = order(field)[-1]
    answer = voice.post(f"{REVIEW}/save", data={"version": "1", "move": f"{last}:top"})
    assert answer.headers["location"] == f"{REVIEW}?done=saved#question.{last}"
    assert order(newest(services)) == [last, *order(field)[:-1]]
    voice.post(f"{REVIEW}/save", data={"version": "2", "move": f"{last}:down"})
    voice.post(f"{REVIEW}/save", data={"version": "3", "move": f"{order(field)[0]}:up"})
    voice.post(f"{REVIEW}/save", data={"version": "3", "move": "nothing:up"})
    assert order(newest(services)) == [order(field)[0], last, *order(field)[1:-1]]


def test_a_wanted_order_is_taken_over_and_the_top_follows(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    wanted = [*order(field)[3:], "no.such.question", *order(field)[:3]]
    voice.post(f"{REVIEW}/autosave", data={"version": "1", "base": "1", "order": wanted})
    draft = newest(services)
    assert order(draft) == [*order(field)[3:], *order(field)[:3]]
    assert len(draft.questions) == 3
    page = voice.get(REVIEW).text
    places = [page.index(f'id="question.{key}"') for key in order(draft)]
    assert places == sorted(places)


# --- taking back and moving on ------------------------------------------------------------------


def test_approving_opens_the_next_and_can_be_undone_from_there(
    voice: TestClient, graceful: SmallServices, field: Draft
) -> None:
    following = another(graceful)
    answer = voice.post(f"{REVIEW}/approve", data=READY)
    decision = graceful.engine.decided[0]
    assert answer.headers["location"] == f"/review/{following}?approved={decision}"
    assert graceful.engine.waits == [timedelta(seconds=10)]
    page = voice.get(answer.headers["location"]).text
    assert f'action="{REVIEW}/undo"' in page
    assert f'value="{decision}"' in page
    assert "going out" in text_of(voice.get("/review").text)
    own = voice.get(REVIEW).text
    assert f'value="{decision}"' in own
    assert "can still be undone" in text_of(own)
    assert voice.post(f"{REVIEW}/save", data={"version": "1", "note": "x"}).status_code == 409
    back = voice.post(f"{REVIEW}/undo", data={"decision": decision})
    assert (back.status_code, back.headers["location"]) == (303, f"{REVIEW}?done=undone")
    assert graceful.store.record(ID).status is Status.IN_REVIEW
    assert "Taken back." in text_of(voice.get(back.headers["location"]).text)
    assert READY["sentence"] in html.unescape(voice.get(REVIEW).text)


def test_what_went_out_is_not_taken_back(voice: TestClient, graceful: SmallServices, field: Draft) -> None:
    voice.post(f"{REVIEW}/approve", data=READY)
    decision = graceful.engine.decided[0]
    assert graceful.store.carry_out(decision)
    answer = voice.post(f"{REVIEW}/undo", data={"decision": decision}, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "can no longer be undone" in text_of(answer.text)
    said = text_of(voice.get(f"/review?approved={decision}").text)
    assert "is on its way" in said
    assert voice.post(f"{REVIEW}/undo", data={"decision": "d-none"}).status_code == 404


def test_the_submitter_has_no_answer_before_it_goes_out(
    voice: TestClient, sales: TestClient, graceful: SmallServices, field: Draft
) -> None:
    voice.post(f"{REVIEW}/approve", data=READY)
    page = text_of(sales.get(f"/requests/{ID}").text)
    assert READY["sentence"] not in page
    assert "in review" in text_of(sales.get("/requests").text)
    seen = sales.get(f"/api/v1/requests/{ID}").json()
    assert (seen["summary"]["status"], seen["answer"]) == ("in_review", None)
    assert sales.get("/api/v1/requests").json()[0]["status"] == "in_review"
    assert voice.get(f"/requests/{ID}").status_code == 200
    graceful.store.carry_out(graceful.engine.decided[0])
    assert READY["sentence"] in text_of(sales.get(f"/requests/{ID}").text)


def test_asking_stays_unless_told_to_move_on(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    following = another(services)
    fields = {"version": "1", FIRST + "state": "accepted"}
    answer = voice.post(f"{REVIEW}/ask", data={**fields, "then": "next"})
    decision = services.engine.decided[0]
    assert answer.headers["location"] == f"/review/{following}?decided={decision}"
    assert "Asked about “Managers approve" in text_of(voice.get(answer.headers["location"]).text)
    stays = voice.post(f"/review/{following}/send-back", data={"version": "1", "guidance": "Again."})
    assert stays.headers["location"] == f"/review/{following}?done=sent-back"
    assert voice.get("/review?decided=d-none&approved=nonsense").status_code == 200


# --- whom it is from ----------------------------------------------------------------------------


def test_a_corrected_sender_is_shown_and_written_to(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    typed = {"customer": "Birchwood  Facilities", "asker_name": "Ines A.", "asker_address": "I@Birch.example"}
    answer = voice.post(f"{REVIEW}/who", data=typed)
    assert answer.headers["location"] == f"{REVIEW}?done=corrected"
    record = services.store.record(ID)
    assert (record.request.customer, record.request.asker_address) == (
        "Birchwood Facilities",
        "i@birch.example",
    )
    assert record.request.forwarded_by == "sales@ours.example"
    assert "Birchwood Facilities" in text_of(voice.get(REVIEW).text)
    voice.post(f"{REVIEW}/approve", data=READY)
    decision = services.store.decision(services.engine.decided[0])
    draft, letters = services.store.draft(ID, decision.version), DecisionLetters("http://x", "t@ours.example")
    answer_mail = letters.for_decision(services.store.record(ID), draft, decision)[0]
    assert "from Birchwood Facilities" in answer_mail.text


def test_a_sender_that_is_no_address_comes_back_as_typed(
    voice: TestClient, services: SmallServices, field: Draft
) -> None:
    answer = voice.post(f"{REVIEW}/who", data={"customer": "Cedar", "asker_address": "somebody"})
    assert answer.status_code == 422
    assert "“somebody” is not an address" in text_of(answer.text)
    assert 'value="Cedar"' in answer.text
    assert services.store.record(ID).corrected == ()


# --- own sizes ----------------------------------------------------------------------------------


def test_where_sizes_are_said_blind_the_proposal_shows_itself_afterwards(
    voice: TestClient, admin: TestClient, services: SmallServices, field: Draft
) -> None:
    services.settings = services.settings.model_copy(update={"blind_size": True})
    assert 'name="size.build.low"' not in voice.get(REVIEW).text
    assert "8–20.5" not in text_of(voice.get(REVIEW).text)
    assert "full review" not in text_of(voice.get("/review").text)
    said = voice.post(f"{REVIEW}/preview", data={"version": "1"}).json()
    assert (said["label"], said["total"], said["lane"]) == ("", "", "")
    typed = {"version": "1", "low": "9", "high": "4,5", "note": "Kept."}
    answer = voice.post(f"{REVIEW}/own-size", data=typed)
    assert answer.headers["location"] == f"{REVIEW}?done=own-size#size"
    own = services.store.own_sizes(ID)
    assert [(one.by, one.days, one.blind) for one in own] == [(VOICE, Days(low=4.5, high=9), True)]
    assert newest(services).answer.note == "Kept."
    shown = text_of(voice.get(REVIEW).text)
    assert "8–20.5" in shown
    assert "4.5–9" in shown
    assert "full review" in text_of(voice.get("/review").text)
    assert "8–20.5" not in text_of(admin.get(REVIEW).text)


@pytest.mark.parametrize(
    ("low", "high", "wrong"), [("", "5", "low"), ("2", "", "high"), ("2", "many", "high"), ("0", "0", "high")]
)
def test_an_own_size_that_is_none_is_named(
    voice: TestClient, services: SmallServices, field: Draft, low: str, high: str, wrong: str
) -> None:
    answer = voice.post(f"{REVIEW}/own-size", data={"version": "1", "low": low, "high": high, "note": "x"})
    assert answer.status_code == 422
    assert f'href="#{wrong}"' in answer.text
    assert services.store.own_sizes(ID) == []
