"""A proposal is complete, never a plain yes on a large request, and promises no date."""

from __future__ import annotations

import re

import pytest

from tests.fakes import question, request
from tests.small_catalogue import catalogue, found, kind
from triage.analysts.answering import narrowing_moves, propose_answer
from triage.catalogue import CatalogueMove, load_catalogue
from triage.domain import (
    Answer,
    Category,
    DateKind,
    Days,
    Deadline,
    Gaps,
    Lane,
    Reading,
    Request,
    RoughSize,
    Verdict,
)
from triage.sentence import assemble_sentence

READING = Reading(action="export", object="job reports", kinds=(found("export"),))
FULL = RoughSize(build=Days(low=6, high=20), lane=Lane.FULL)
FAST = RoughSize(build=Days(low=1, high=3), lane=Lane.FAST)
ASKED = Gaps(questions=(question("permissions.who"), question("scale.rows"), question("audit.undo")))


def proposed(
    gaps: Gaps = ASKED, size: RoughSize = FULL, reading: Reading = READING, asked: Request | None = None
) -> Answer:
    return propose_answer(load_catalogue(), asked or request(), reading, gaps, size, "")


def move(move_id: str, **changes: object) -> CatalogueMove:
    values: dict[str, object] = {
        "id": move_id,
        "name": move_id,
        "sentence": f"{move_id} first.",
        "saves": "half",
    }
    return CatalogueMove(**{**values, **changes})


# --- the verdict ---------------------------------------------------------------------------------


def test_a_full_lane_request_is_never_a_plain_yes() -> None:
    assert proposed(Gaps()).verdict is Verdict.YES_BUT
    assert proposed().verdict is Verdict.YES_BUT


def test_a_small_request_without_questions_is_a_yes() -> None:
    answer = proposed(Gaps(), FAST)
    assert answer.verdict is Verdict.YES
    assert (answer.moves, answer.options) == ((), ())


def test_open_questions_make_it_a_yes_but() -> None:
    assert proposed(size=FAST).verdict is Verdict.YES_BUT


@pytest.mark.parametrize("gaps", [Gaps(), ASKED])
def test_a_yes_but_names_a_condition(gaps: Gaps) -> None:
    answer = proposed(gaps)
    assert answer.conditions
    assert all(condition.strip() for condition in answer.conditions)


# --- the fields ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [FULL, FAST])
def test_every_field_a_date_needs_is_filled_but_no_date_is_offered(size: RoughSize) -> None:
    answer = proposed(size=size)
    needed = (
        answer.ships_first,
        answer.waits,
        answer.customer_prepares,
        answer.dependencies,
        answer.biggest_risk,
    )
    assert all(text.strip() for text in needed)
    assert answer.date == ""
    assert not re.search(
        r"\d{4}-\d\d|\bby (?:next|end|mid)|\b(?:in|within) \w+ (?:days|weeks|months)\b", str(answer)
    )


def test_what_only_a_human_knows_stays_blank() -> None:
    answer = proposed()
    assert (answer.decider, answer.outcome, answer.health, answer.note) == ("", "", "", "")


def test_what_ships_first_is_what_was_asked_for() -> None:
    assert "export job reports" in proposed().ships_first
    assert proposed(reading=Reading()).ships_first.strip(" ,")


@pytest.mark.parametrize(
    ("deadline", "kind_of_date"),
    [
        (None, None),
        (Deadline(text="by March"), DateKind.SOFT),
        (Deadline(text="by March", reason="the licence ends"), DateKind.REAL),
    ],
)
def test_a_date_with_a_reason_is_real(deadline: Deadline | None, kind_of_date: DateKind | None) -> None:
    reading = READING.model_copy(update={"deadline": deadline})
    assert proposed(reading=reading).date_kind is kind_of_date


def test_outside_systems_become_dependencies_and_lines_for_support() -> None:
    answer = proposed(reading=READING.model_copy(update={"systems": ("Okta", "Slack")}))
    assert "Okta" in answer.dependencies
    assert {"Get access to Okta", "Get access to Slack"} <= set(answer.checklist)


def test_what_an_area_means_for_the_answer_stands_in_the_catalogue() -> None:
    answer = propose_answer(catalogue(), request(), READING, ASKED, FULL, "")
    assert answer.conditions == ("permissions is settled first",)
    assert answer.customer_prepares == "a list for permissions and a list for scale"
    assert answer.biggest_risk == "what scale hides"
    assert "Collect from the customer: a list for audit" in answer.checklist


def test_an_area_for_which_the_customer_brings_nothing_is_passed_over() -> None:
    areas = {key: area.model_copy(update={"prepares": ""}) for key, area in catalogue().categories.items()}
    bare = catalogue().model_copy(update={"categories": areas})
    answer = propose_answer(bare, request(), READING, ASKED, FULL, "")
    assert answer.customer_prepares == "nothing"
    assert not [line for line in answer.checklist if line.startswith("Collect")]


def test_the_checklist_has_each_line_once() -> None:
    twice = Gaps(questions=(question("scale.rows"), question("scale.peaks")))
    lines = proposed(twice).checklist
    assert lines
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("size", [FULL, FAST])
def test_every_category_gives_a_sentence_that_can_be_sent(category: Category, size: RoughSize) -> None:
    answer = proposed(Gaps(questions=(question(f"{category}.point"),)), size)
    sentence = assemble_sentence(answer)
    assert sentence.startswith("Yes, but on one condition (")
    assert sentence.endswith(".")
    assert sentence.count("(") == sentence.count(")")
    assert not re.search(r"\{|\}|\bNone\b|  |\.\.|,,|\( |;\.|Category", sentence)


# --- the two options -----------------------------------------------------------------------------


def test_two_options_with_their_cost_in_the_full_lane_only() -> None:
    options = proposed().options
    assert len(options) == 2
    assert all(option.delivers and "engineer-days" in option.cost for option in options)
    assert proposed(size=FAST).options == ()


@pytest.mark.parametrize("total", [Days(low=1, high=3), Days(low=4, high=12), Days(low=20, high=90)])
def test_the_cost_of_an_option_is_a_range_that_runs_upwards(total: Days) -> None:
    for option in proposed(size=RoughSize(build=total, lane=Lane.FULL)).options:
        for low, high in re.findall(r"([\d.]+)–([\d.]+)", option.cost):
            assert 0 < float(low) <= float(high)


# --- narrowing moves -----------------------------------------------------------------------------


def test_moves_are_those_of_the_catalogue_and_at_most_three() -> None:
    known = {each.id: each for each in load_catalogue().moves}
    body = (
        "Managers approve invoices, import old records, sync daily, three languages, a pilot of 900 people."
    )
    moves = proposed(asked=request(body=body)).moves
    assert 0 < len(moves) <= 3
    assert all(each.sentence == known[each.id].sentence for each in moves)
    assert len({each.id for each in moves}) == len(moves)


def test_no_move_without_a_reason_for_it() -> None:
    small = catalogue(kind("export"), moves=(move("one-step", cues=(r"\bapproval\b",)),))
    assert narrowing_moves(small, request(), READING) == ()


def test_a_kinds_own_move_comes_before_one_that_only_a_word_suggests() -> None:
    small = catalogue(
        kind("export", moves=("own",)), moves=(move("by-word", cues=(r"\bexport\b",)), move("own"))
    )
    assert [each.id for each in narrowing_moves(small, request(), READING)] == ["own", "by-word"]


def test_the_reviewers_guidance_can_call_for_a_move() -> None:
    small = catalogue(kind("export"), moves=(move("pilot", cues=(r"\bpilot group\b",)),))
    found_moves = narrowing_moves(small, request(), READING, "Start with a pilot group.")
    assert [each.id for each in found_moves] == ["pilot"]


def test_a_kind_the_catalogue_does_not_know_is_no_trouble() -> None:
    assert proposed(reading=Reading(kinds=(found("time_travel"),))).verdict is Verdict.YES_BUT
