"""What a reviewer can do with a draft: approve it, send it back, ask the submitter. One door for the edges.

The rules an approval must keep are in `rules.py`, the sentence in `sentence.py`, the comparison of two
drafts in `differences.py`, the mails in `mails.py`; all are reachable from here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from triage.clock import BusinessCalendar, Teams, spoken
from triage.differences import Difference, differences
from triage.domain import Decision, DecisionKind, Draft, Question, QuestionState, RequestRecord
from triage.errors import BadInput, RuleBroken
from triage.mails import answer_mail, checklist_mail, questions_mail
from triage.records.store import Job, LaterJob, Store
from triage.rules import missing
from triage.sentence import assemble_sentence

__all__ = [
    "Difference",
    "answer_mail",
    "answer_questions",
    "approve",
    "ask",
    "assemble_sentence",
    "checklist_mail",
    "differences",
    "missing",
    "questions_mail",
    "send_back",
]


def approve(
    store: Store,
    teams: Teams,
    draft: Draft,
    by: str,
    enqueue: LaterJob,
    *,
    grace: timedelta = timedelta(),
    take_over: bool = False,
) -> Decision:
    """Let exactly this answer go out (P17).

    Args:
        store: the records.
        teams: the clock of the request's team tells the trail how much time was left, or how late it is.
        draft: the form as the human left it; `draft.version` is the version they had read.
        by: address of the reviewer.
        enqueue: the engine's job for a decision.
        grace: for so long it can be undone, and nothing leaves before.
        take_over: also when somebody else is working on it.

    Returns:
        The decision, naming the version in force.

    Raises:
        RuleBroken: P5, P6 or P12 is not met; `missing` says what to fill in.
        Claimed: somebody else is working on it.
        Conflict: somebody else saved or decided since.
    """
    broken = missing(draft)
    if broken:
        raise RuleBroken(broken)
    decision = _decision(draft.request_id, DecisionKind.APPROVE, draft.version, by)
    record = store.record(draft.request_id)
    note = _in_time(record, teams.of(record).calendar, decision.at)
    job: Job = partial(enqueue, after=grace) if grace else enqueue
    return store.decide(decision, draft, job, note=note, grace=grace, take_over=take_over)


def send_back(
    store: Store,
    request_id: str,
    version: int,
    guidance: str,
    by: str,
    enqueue: Job,
    *,
    take_over: bool = False,
) -> Decision:
    """Have it drafted again.

    Raises:
        BadInput: there is no guidance.
        Conflict: `version` is no longer the newest, or somebody else is working on it.
    """
    if not guidance.strip():
        raise BadInput(
            "Sending back needs guidance for the next draft.", 'Write for example "size it for one branch".'
        )
    decision = _decision(request_id, DecisionKind.SEND_BACK, version, by, guidance=guidance.strip())
    return store.decide(decision, None, enqueue, take_over=take_over)


def ask(
    store: Store,
    request_id: str,
    version: int,
    question_ids: Sequence[str],
    by: str,
    enqueue: Job,
    *,
    take_over: bool = False,
) -> Decision:
    """Put questions of this draft to the submitter; the clock stands still until they answer (P4).

    Raises:
        BadInput: no question chosen, or one this draft does not have.
        Conflict: `version` is no longer the newest, or somebody else is working on it.
        NotFound: no such request or version.
    """
    draft = store.draft(request_id, version)
    chosen = _chosen(draft, question_ids)
    final = draft.model_copy(
        update={"questions": _accepted(draft.questions, chosen), "folded": _accepted(draft.folded, chosen)}
    )
    texts = tuple(question.question for question in chosen)
    decision = _decision(request_id, DecisionKind.ASK, version, by, questions=texts)
    return store.decide(decision, final, enqueue, take_over=take_over)


def answer_questions(
    store: Store,
    teams: Teams,
    request_id: str,
    answers: Sequence[tuple[str, str]],
    by: str,
) -> RequestRecord:
    """Take the submitter's answers, as (question id, answer); the clock runs on from where it stood (P4).

    Raises:
        BadInput: no answer at all, or one to an unknown question.
        Conflict: the request is not waiting.
    """
    return store.answer_questions(request_id, answers, by, resume=teams.resumed)


def _decision(
    request_id: str,
    kind: DecisionKind,
    version: int,
    by: str,
    *,
    guidance: str = "",
    questions: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        id=f"d-{secrets.token_hex(8)}",
        request_id=request_id,
        kind=kind,
        version=version,
        by=by,
        guidance=guidance,
        questions=questions,
    )


def _in_time(record: RequestRecord, calendar: BusinessCalendar, at: datetime) -> str:
    if record.due is None:
        return ""
    if at <= record.due:
        return f"{spoken(calendar.elapsed(at, record.due))} before it was due"
    return f"{spoken(calendar.elapsed(record.due, at))} late"


def _chosen(draft: Draft, question_ids: Sequence[str]) -> list[Question]:
    known = {question.id: question for question in (*draft.questions, *draft.folded)}
    unknown = [key for key in question_ids if key not in known]
    if unknown:
        raise BadInput(
            f"Draft {draft.version} of {draft.request_id} has no question {', '.join(unknown)}.",
            "Choose from the questions of this draft, or save yours first.",
        )
    if not question_ids:
        raise BadInput("No question was chosen.", "Choose at least one question to put to the submitter.")
    return [known[key] for key in dict.fromkeys(question_ids)]


def _accepted(questions: Sequence[Question], chosen: Sequence[Question]) -> tuple[Question, ...]:
    wanted = {question.id for question in chosen}
    state = QuestionState.ACCEPTED
    return tuple(
        question.model_copy(update={"state": state}) if question.id in wanted else question
        for question in questions
    )
