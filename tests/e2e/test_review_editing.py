"""Working on a draft in the browser: every edit with and without scripts, and what they add to it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.pages_fixtures import field_service_draft
from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.e2e.conftest import OpenPage
from triage.domain import QuestionState, Status, Verdict

pytestmark = pytest.mark.browser

ID = stage.THREE[0]
DESK = f"/review/{ID}"
GUIDANCE = "Size it for one region only."


def test_questions_are_edited_asked_dropped_and_answered(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_role("textbox", name="Question 1", exact=True).fill("Must imported reports wait too?")
    choose(page, 1, "Ask")
    choose(page, 2, "Drop")
    choose(page, 3, "Answered")
    question(page, 3).get_by_label("The answer").fill("Support can undo it for a day.")
    press_save(page)

    kept = stage.newest(services, ID)
    first, second, third = kept.questions
    assert (first.question, first.state) == ("Must imported reports wait too?", QuestionState.ACCEPTED)
    assert second.state is QuestionState.DROPPED
    assert (third.answer, third.state) == ("Support can undo it for a day.", QuestionState.ANSWERED)


def test_a_question_is_added_and_another_moved_up(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_text("Add a question", exact=True).click()
    page.get_by_label("Your question").fill("Who pays for the second region?")
    page.get_by_label("Area").select_option(label="Billing")
    page.get_by_role("button", name="Add and save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="Question 4")).to_have_value("Who pays for the second region?")

    question(page, 4).get_by_text("Edit, move").click()
    question(page, 4).get_by_role("button", name="To the top").click()
    expect(page.get_by_role("textbox", name="Question 1", exact=True)).to_have_value(
        "Who pays for the second region?"
    )
    if scripts:
        expect(page.locator("[data-state]")).to_contain_text(re.compile(r"^Saved \d"))
        expect(question(page, 1).get_by_role("button", name="To the top")).to_be_focused()
    else:
        expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Question 1", exact=True)).to_have_value(
        "Who pays for the second region?"
    )
    assert [q.question for q in stage.newest(services, ID).questions].count(
        "Who pays for the second region?"
    ) == 1


def test_the_answer_is_put_together(open_page: OpenPage, services: SmallServices, scripts: bool) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_label("Yes, but").check()
    page.get_by_label("Conditions").fill("one region first\nno exports")
    page.get_by_role("checkbox", name="One team structure").check()
    page.get_by_label("Build, high, in engineer-days").fill("9")
    page.get_by_text("Two ways to do it").click()
    page.get_by_label("Name", exact=True).first.fill("Quick")
    press_save(page)

    kept = stage.newest(services, ID).answer
    assert (kept.verdict, kept.conditions) == (Verdict.YES_BUT, ("one region first", "no exports"))
    assert [move.name for move in kept.moves] == ["One step only", "One team structure"]
    assert kept.options[0].name == "Quick"
    assert stage.newest(services, ID).size.build.high == 9


def test_what_is_missing_leads_to_its_field(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.locator("[data-missing]").get_by_role("link", name="Promise 1").click()
    stance = page.get_by_label("confirm it")
    expect(stance).to_be_in_viewport()
    if scripts:
        expect(stance).to_be_focused()


def test_the_sentence_and_the_gaps_follow_what_is_typed(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    missing = page.locator("[data-missing]")
    expect(missing.get_by_role("link", name="Verdict")).to_be_visible()
    page.get_by_label("Yes, but").check()
    expect(missing.get_by_role("link", name="Verdict")).to_be_hidden()
    expect(missing.get_by_role("link", name="Condition")).to_be_visible()
    page.get_by_label("Conditions").fill("Birchwood names the approvers")
    expect(missing.get_by_role("link", name="Condition")).to_be_hidden()
    sentence = page.get_by_label("The sentence sales gets")
    expect(sentence).to_have_value(re.compile("birchwood names the approvers"))

    sentence.fill("My own words.")
    page.get_by_label("Conditions").fill("somebody else names them")
    expect(page.locator("[data-assembled-text]")).to_contain_text("somebody else names them")
    expect(sentence).to_have_value("My own words.")
    page.get_by_role("button", name="Use this").click()
    expect(sentence).to_have_value(re.compile("somebody else names them"))


def test_a_proposal_looks_like_one_until_a_human_touches_it(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    ships = page.get_by_label("Ships first")
    expect(ships).to_have_css("border-style", "dashed")
    ships.fill("The web app alone")
    expect(ships).to_have_css("border-style", "solid")
    expect(question(page, 1)).to_have_css("border-style", "dashed")
    choose(page, 1, "Ask")
    expect(question(page, 1)).to_have_css("border-style", "solid")


def test_a_question_lights_what_it_rests_on(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    lit = page.locator(".lit")
    expect(lit).to_have_count(0)
    question(page, 1).hover()
    expect(page.locator("mark.lit")).to_have_text("before invoices go out")
    expect(page.locator(".evidence.lit")).to_have_count(2)
    question(page, 2).focus()
    page.get_by_role("heading", name="Rough size").hover()
    expect(page.locator("mark.lit")).to_have_text("our branch managers need to review the job reports")


def test_ask_reply_and_answer_with_the_clock_stopped_meanwhile(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    choose(page, 1, "Ask")
    page.get_by_label("Ships first").fill("One branch")
    page.get_by_role("button", name="Ask the submitter").click()
    expect(page.locator(".notice.good")).to_contain_text("Its clock stands still until the submitter")
    expect(page).not_to_have_url(DESK)  # on to the next request
    assert services.store.record(ID).status is Status.WAITING

    sales = open_page(stage.SALES, f"/requests/{ID}", java_script_enabled=scripts)
    sales.get_by_role("textbox").first.fill("Yes, imported ones too.")
    sales.get_by_role("button", name="Send the answers").click()
    expect(sales.get_by_text("The clock runs again")).to_be_visible()

    page.goto(DESK)
    expect(question(page, 1).get_by_role("radio", name="Answered")).to_be_checked()
    expect(question(page, 1).get_by_label("The answer")).to_have_value("Yes, imported ones too.")
    expect(page.get_by_label("Ships first")).to_have_value("One branch")


def test_sent_back_it_is_drafted_again_and_the_own_text_stays_a_version(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_label("Ships first").fill("Words of my own")
    page.get_by_role("button", name="Send back with guidance").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what the next draft should do differently.")
    page.get_by_label("What the next draft should do differently").fill(GUIDANCE)
    page.get_by_role("button", name="Send back with guidance").click()
    expect(page.locator(".notice.good")).to_contain_text("is being drafted again with your guidance")

    page.goto(DESK)
    expect(page.get_by_text(f"“{GUIDANCE}”")).to_be_visible()
    services.store.save_draft(field_service_draft(ID))
    page.goto(DESK)
    expect(page.get_by_text("Drafted again with your guidance")).to_be_visible()
    expect(page.get_by_text("round 2")).to_be_visible()
    assert "Words of my own" in [draft.answer.ships_first for draft in services.store.drafts(ID)]


def test_whom_it_is_from_is_corrected(open_page: OpenPage, services: SmallServices, scripts: bool) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_text("Not right?").click()
    page.get_by_label("Who asks").fill("Ida Aldermann")
    page.get_by_label("Company").fill("Birchwood Group")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("The mail itself stays as it came.")).to_be_visible()
    expect(page.get_by_text("Birchwood Group").first).to_be_visible()
    assert services.store.record(ID).request.asker_name == "Ida Aldermann"


def test_the_proposed_size_shows_itself_after_the_own_one(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    services.settings = services.settings.model_copy(update={"blind_size": True})
    page = open_page(stage.VOICE, "/review", java_script_enabled=scripts)
    expect(page.get_by_text("say yours first").first).to_be_visible()
    page.goto(DESK)
    expect(page.get_by_text("8–20.5 days")).to_be_hidden()
    expect(page.get_by_label("Build, high, in engineer-days")).to_be_hidden()
    page.get_by_label("Ships first").fill("One branch")
    page.get_by_label("Engineer-days from").fill("4")
    page.get_by_label("to", exact=True).fill("9")
    page.get_by_role("button", name="Keep mine, show the proposal").click()
    expect(page.get_by_text("8–20.5 days").first).to_be_visible()
    expect(page.get_by_text("You said 4–9 days before you saw this")).to_be_visible()
    expect(page.get_by_label("Ships first")).to_have_value("One branch")
    (own,) = services.store.own_sizes(ID)
    assert (own.by, own.days.low, own.days.high, own.blind) == (stage.VOICE, 4, 9, True)


# --- undo ---------------------------------------------------------------------------------------


def test_an_approval_is_taken_back_with_a_button(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert services.store.record(ID).status is Status.APPROVED
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back. Nothing went out")).to_be_visible()
    expect(page).to_have_url(services.settings.base_url + f"{DESK}?done=undone")
    expect(page.get_by_label("The sentence sales gets")).to_have_value(stage.SENTENCE)
    assert services.store.record(ID).status is Status.IN_REVIEW


def test_after_the_grace_the_bar_says_that_it_is_on_its_way(
    open_page: OpenPage, services: SmallServices
) -> None:
    services.settings = services.settings.model_copy(update={"undo_seconds": 1.0})
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and on its way.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    page.goto(DESK)
    expect(page.get_by_text("It goes out in a moment, exactly as it stands here")).to_be_visible()


def test_too_late_an_undo_says_so(open_page: OpenPage, services: SmallServices, scripts: bool) -> None:
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    services.store.carry_out(services.engine.decided[0])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("the approval can no longer be undone")).to_be_visible()


def question(page: Page, number: int) -> Locator:
    """One question of the draft, by the number it shows."""
    return page.get_by_role("article", name=f"Question {number}", exact=True)


def choose(page: Page, number: int, what: str) -> None:
    """Say what to do with a question."""
    question(page, number).get_by_role("radio", name=what, exact=True).check()


def press_save(page: Page) -> None:
    """Save with the button, as a form does."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
