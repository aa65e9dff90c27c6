"""One draft against another."""

from __future__ import annotations

from tests.records.material import new_draft
from triage.differences import Difference, differences
from triage.domain import Answer, Days, PromiseResponse, PromiseStance, Question, QuestionState, RoughSize


def test_equal_drafts_have_no_differences() -> None:
    assert differences(new_draft(), new_draft(version=3, author="tara@example.com")) == []


def test_answer_and_size_are_compared_field_by_field() -> None:
    before = new_draft()
    answer = Answer(
        verdict="yes_but",
        conditions=("one branch", "no import"),
        sentence=before.answer.sentence,
        promises=(PromiseResponse(quote="easy", stance=PromiseStance.SOFTEN, text="possible"),),
    )
    size = RoughSize(build=Days(low=3, high=20), label="L", lane="full")
    assert differences(before, new_draft(answer=answer, size=size)) == [
        Difference(field="verdict", before="yes", after="yes-but"),
        Difference(field="conditions", before="", after="one branch\nno import"),
        Difference(field="promise “easy”", before="", after="soften: possible"),
        Difference(field="size: build", before="3–8 days", after="3–20 days"),
        Difference(field="size", before="M", after="L"),
    ]


def test_questions_are_compared_one_by_one() -> None:
    before = new_draft()
    first, second, third = before.questions
    after = new_draft(
        questions=(
            first.model_copy(update={"question": "Who may approve?"}),
            third.model_copy(update={"state": QuestionState.ANSWERED, "answer": "Both."}),
            Question(id="h1", question="Is an audit trail needed?", category="audit", origin="human"),
        )
    )
    assert differences(before, after) == [
        Difference(field="question “Question 1?”: wording", before="Question 1?", after="Who may approve?"),
        Difference(field="question “Question 3?”: state", before="proposed", after="answered"),
        Difference(field="question “Question 3?”: answer", before="", after="Both."),
        Difference(field="question added", before="", after="Is an audit trail needed?"),
        Difference(field="question removed", before=second.question, after=""),
    ]
