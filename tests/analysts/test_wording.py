"""The words a question borrows from the request: a wrong guess must be rarer than none."""

from __future__ import annotations

import pytest

from triage.analysts import wording
from triage.analysts.phrases import sentences
from triage.analysts.wording import Ask


def ask(body: str, subject: str = "") -> Ask:
    return wording.find_ask(subject, sentences(body))


@pytest.mark.parametrize(
    ("body", "action", "thing"),
    [
        ("Could you please export the job reports as a file?", "export", "job reports"),
        ("Our managers want to approve job reports before they are sent.", "approve", "job reports"),
        ("Please add a reference number to every order.", "add", "reference number"),
        ("We need to import our customers from the old program.", "import", "customers"),
        ("Is there a way to archive old projects?", "archive", "old projects"),
        ("It should be possible to restore deleted visits.", "restore", "deleted visits"),
        ("The dispatcher must be able to split a job in two.", "split", "job"),
        ("Would it allow technicians to upload photos directly?", "upload", "photos"),
    ],
)
def test_the_verb_and_the_thing_asked_for(body: str, action: str, thing: str) -> None:
    assert ask(body) == Ask(action, thing)


@pytest.mark.parametrize(
    "body",
    [
        "Hello, thank you for the call.",
        "Our lists are long and nobody reads them.",
        "",
        "…",
    ],
)
def test_no_ask_no_guess(body: str) -> None:
    assert ask(body) == Ask()


@pytest.mark.parametrize(
    "body", ["Please change it.", "Can you add something here?", "We want to move them back."]
)
def test_a_thing_that_says_too_little_is_left_out(body: str) -> None:
    assert ask(body).object == ""


def test_the_subject_says_what_the_mail_is_about() -> None:
    body = "Please send the invoice again. We want to cancel the visit. They need to export job reports."
    assert ask(body, "Export of job reports") == Ask("export", "job reports")


def test_the_subject_alone_is_enough() -> None:
    assert ask("Thank you in advance.", "Merge duplicate contacts") == Ask("merge", "duplicate contacts")


def test_an_ask_is_a_bare_verb_and_at_most_four_words() -> None:
    long = "Please export the very long and winding list of everything that anybody ever wrote to us."
    found = ask(long)
    assert found.action == "export"
    assert len(found.object.split()) <= 4


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("Re: Fwd: AW: Export of jobs", "Export of jobs"),
        ("WG: Export of jobs", "Export of jobs"),
        ("Export of jobs", "Export of jobs"),
    ],
)
def test_one_line_is_the_subject_without_reply_marks(subject: str, line: str) -> None:
    assert wording.one_line(subject, []) == line


def test_one_line_without_a_subject_is_the_first_real_sentence() -> None:
    body = "Hello Sam,\n\nwe would like to export our jobs. Thank you."
    assert wording.one_line("Re:", sentences(body)) == "we would like to export our jobs."


def test_one_line_is_never_long_and_never_fails() -> None:
    assert len(wording.one_line("word " * 200, [])) <= 120
    assert wording.one_line("", []) == ""


def test_actors_most_named_first() -> None:
    text = "The technician asks the branch manager. Every branch manager answers the auditor."
    assert wording.actors(text) == ("branch manager", "technician", "auditor")


def test_actors_systems_and_numbers_are_at_most_four() -> None:
    text = (
        "managers, admins, guests, owners, drivers; Okta, Slack, Jira, Stripe, Xero; "
        "1 user, 2 orders, 3 sites, 4 files, 5 roles."
    )
    assert len(wording.actors(text)) == len(wording.systems(text)) == len(wording.numbers(text)) == 4


def test_outside_products_by_name() -> None:
    assert wording.systems("We use Okta, and Slack for alerts. Okta is ours.") == ("Okta", "Slack")
    assert wording.systems("Post it to Microsoft Teams or to Exchange.") == ("Teams", "Exchange")


@pytest.mark.parametrize(
    "text", ["Make it easy.", "Teams can decide.", "Exchange rates matter.", "we make teams"]
)
def test_ordinary_words_are_no_product(text: str) -> None:
    assert wording.systems(text) == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("that is about 900 people", "900 people"),
        ("roughly 190,000 jobs in all", "190,000 jobs"),
        ("12.500 active customers", "12.500 active customers"),
        ("1 900 machines in 14 branches", "14 branches"),
    ],
)
def test_volumes_as_written(text: str, number: str) -> None:
    assert number in wording.numbers(text)
    assert all(each in text for each in wording.numbers(text))


def test_what_is_found_is_literal() -> None:
    text = "Could the Branch Manager see 40 jobs in Slack?"
    assert all(actor in text.lower() for actor in wording.actors(text))
    assert all(system in text for system in wording.systems(text))
