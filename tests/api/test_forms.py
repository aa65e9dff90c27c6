"""Posted fields -> draft: tolerant, capped, and never more than what the form says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pages_fixtures import field_service_draft

from api.fields import LINE_CAP, TEXT_CAP, Fields
from api.forms import SIZE_PARTS, Edited, read_review
from triage.domain import Category, Days, Lane, NarrowingMove, QuestionState, TShirt, Verdict

FIRST = "question.workflow.second_route."
MOVE = NarrowingMove(id="manual_first", name="By hand first", sentence="We map the roles by hand.")


def read(*pairs: tuple[str, str]) -> Edited:
    return read_review(Fields(pairs), field_service_draft(), (MOVE,))


def test_an_empty_form_changes_nothing_but_the_promise_slots() -> None:
    edited = read()
    assert edited.troubles == ()
    assert edited.draft.questions == field_service_draft().questions
    assert edited.draft.answer.ships_first == field_service_draft().answer.ships_first


def test_a_text_that_only_went_through_a_browser_is_unchanged() -> None:
    written = {"note": "one\ntwo  \n", "decider": "Vera\n Voice", "conditions": ("one\nline", "two")}
    base = field_service_draft()
    base = base.model_copy(update={"answer": base.answer.model_copy(update=written)})
    sent = (("note", "one\r\ntwo"), ("decider", "Vera Voice"), ("conditions", "one\r\nline\r\ntwo"))
    answer = read_review(Fields(sent), base).draft.answer
    assert (answer.note, answer.decider, answer.conditions) == tuple(written.values())


def test_the_answer_is_taken_over_field_by_field() -> None:
    answer = read(
        ("verdict", "yes_but"),
        ("conditions", "access on day one\r\n\r\n  one region first "),
        ("decider", "Vera  Voice"),
        ("waits", ""),
        ("promises.0.stance", "soften"),
        ("promises.0.text", "three weeks"),
    ).draft.answer
    assert (answer.verdict, answer.decider, answer.waits) == (Verdict.YES_BUT, "Vera Voice", "")
    assert answer.conditions == ("access on day one", "one region first")
    assert (answer.promises[0].stance, answer.promises[0].text) == ("soften", "three weeks")


def test_an_edited_question_counts_as_accepted_and_an_answered_one_as_answered() -> None:
    assert (
        read((FIRST + "question", "Do imports wait too?")).draft.questions[0].state is QuestionState.ACCEPTED
    )
    assert read((FIRST + "answer", "Yes, all of them.")).draft.questions[0].state is QuestionState.ANSWERED
    assert read((FIRST + "state", "dropped")).draft.questions[0].state is QuestionState.DROPPED


def test_an_emptied_question_is_dropped_but_not_lost() -> None:
    question = read((FIRST + "question", "")).draft.questions[0]
    assert question.state is QuestionState.DROPPED
    assert question.question == field_service_draft().questions[0].question


def test_a_new_question_is_the_humans_own_and_survives_being_shown_again_unsaved() -> None:
    added = read(("new.0.question", "Who trains the crews?"), ("new.0.category", "support")).draft.questions[
        -1
    ]
    assert (added.origin, added.state, added.category) == ("human", QuestionState.ACCEPTED, Category.SUPPORT)
    shown_again = read(
        (f"question.{added.id}.question", added.question),
        (f"question.{added.id}.category", added.category),
        (f"question.{added.id}.state", "accepted"),
        ("new.0.question", "And who pays?"),
    ).draft.questions[-2:]
    assert shown_again[0] == added
    assert (shown_again[1].question, shown_again[1].id != added.id) == ("And who pays?", True)


def test_label_and_lane_follow_the_edited_days() -> None:
    zero = [(f"size.{part}.{bound}", "0") for part in SIZE_PARTS for bound in ("low", "high")]
    base = field_service_draft()
    base = base.model_copy(update={"size": base.size.model_copy(update={"trip_wires": ()})})
    form = Fields((*zero, ("size.build.low", "2,5"), ("size.build.high", "1")))
    size = read_review(form, base).draft.size
    assert size.total == Days(low=1, high=2.5)
    assert (size.label, size.lane) == (TShirt.S, Lane.FAST)


def test_what_is_no_number_of_days_is_named_and_the_old_one_kept() -> None:
    for typed in ("soon", "-1", "nan", "inf", "1e9"):
        edited = read(("size.build.high", typed))
        assert edited.draft.size == field_service_draft().size
        assert edited.troubles[0].field == "size.build.high"
        assert typed in edited.troubles[0].message


def test_only_ticked_moves_stay_and_only_offered_ones_come() -> None:
    ticked = read(("moves.shown", "1"), ("moves", "manual_first"), ("moves", "made_up")).draft.answer.moves
    assert [move.id for move in ticked] == ["manual_first"]
    assert read(("moves.shown", "1")).draft.answer.moves == ()
    assert [move.id for move in read().draft.answer.moves] == ["one_step_only"]


def test_a_blank_option_disappears_and_a_second_can_be_added() -> None:
    blank = [(f"option.0.{field}", "") for field in ("name", "delivers", "cost", "by")]
    assert [option.name for option in read(*blank).draft.answer.options] == ["Clean later"]


def test_what_is_too_long_is_cut_and_named() -> None:
    edited = read(("note", "x" * (TEXT_CAP + 1)), ("decider", "y" * (LINE_CAP + 1)))
    assert (len(edited.draft.answer.note), len(edited.draft.answer.decider)) == (TEXT_CAP, LINE_CAP)
    assert {trouble.field for trouble in edited.troubles} == {"note", "decider"}


def test_a_choice_nobody_offered_is_named() -> None:
    edited = read(("verdict", "maybe"), (FIRST + "state", "shouted"))
    assert edited.draft.answer.verdict is None
    assert [trouble.field for trouble in edited.troubles] == [FIRST + "state", "verdict"]


KNOWN = (
    "verdict",
    "conditions",
    "note",
    "size.build.low",
    FIRST + "state",
    FIRST + "question",
    "moves",
    "moves.shown",
    "new.0.question",
    "question.human.1.3.question",
    "question.human.1.3.state",
    "promises.0.stance",
    "option.1.cost",
)
NAMES = st.sampled_from(KNOWN) | st.text(max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, st.text(max_size=60)), max_size=12))
def test_no_form_breaks_it_and_what_comes_out_is_a_valid_draft(pairs: list[tuple[str, str]]) -> None:
    draft = read(*pairs).draft
    ids = [question.id for question in (*draft.questions, *draft.folded)]
    assert len(ids) == len(set(ids))
    assert type(draft).model_validate_json(draft.model_dump_json(round_trip=True).encode("utf-8", "replace"))
