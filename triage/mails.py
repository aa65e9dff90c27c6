"""The words of the mails that follow from a decision (P18): plain text, made from the approved fields alone.

No model touches them (P17). Their ids are fixed by request, kind and version, so a repeat is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parseaddr

from triage.domain import (
    Answer,
    DateKind,
    Decision,
    Draft,
    NoReason,
    OutgoingMessage,
    PromiseResponse,
    PromiseStance,
    Question,
    QuestionState,
    RequestRecord,
    Verdict,
)

_VERDICTS = {Verdict.YES: "Yes", Verdict.YES_BUT: "Yes, with conditions", Verdict.NO: "No"}
_REASONS = {
    NoReason.ARCHITECTURE: "what we have built does not carry it",
    NoReason.ROADMAP: "it is not where the product is going",
}
_KINDS = {
    DateKind.REAL: "the customer's date is real",
    DateKind.SOFT: "the customer's date is soft",
    DateKind.WRONG: "the customer's date does not hold",
}
_STANCES = {
    PromiseStance.CONFIRM: "this stands",
    PromiseStance.SOFTEN: "say it softer",
    PromiseStance.WITHDRAW: "please take this back",
}


def answer_mail(record: RequestRecord, draft: Draft, base_url: str, mail_from: str) -> OutgoingMessage:
    """The one written answer to the submitter."""
    answer = as_said(draft.answer)
    parts = [
        "Hello,",
        f"here is the answer to {_title(record)}.",
        answer.sentence,
        answer.note,
        _fields(answer),
        _list("Conditions", answer.conditions),
        _list("A smaller first step", (move.sentence or move.name for move in answer.moves)),
        _list("Two ways to go", (_option(o.name, o.delivers, o.cost, o.by) for o in answer.options)),
        _list("Already said to the customer", (_stance(p) for p in answer.promises if p.stance)),
        _list("Still to be cleared up with the customer", _open(draft) if _goes_ahead(answer) else ()),
        "Pass the first sentence on as it stands. If anything is unclear, reply and ask: this is meant to "
        "save you a surprise later, not to slow you down.",
        f"The whole answer: {base_url}/requests/{record.request.id}",
        f"Approved by {draft.author if draft.author != 'ai' else record.reviewer or 'the reviewer'}, "
        f"version {draft.version}, rough size {draft.size.label}.",
    ]
    return _message(
        record, "answer", draft.version, _asker(record), f"Answer: {_subject(record)}", parts, mail_from
    )


def _goes_ahead(answer: Answer) -> bool:
    return answer.verdict is not Verdict.NO


def as_said(answer: Answer) -> Answer:
    """The part of an answer that leaves: a no says why and what would work instead; how we would have built
    it stays with us."""
    if _goes_ahead(answer):
        return answer
    empty = Answer()
    build = "conditions ships_first waits customer_prepares dependencies biggest_risk date date_kind options"
    left_out = [*build.split(), "checklist"]
    return answer.model_copy(update={name: getattr(empty, name) for name in left_out})


def checklist_mail(
    record: RequestRecord, draft: Draft, base_url: str, mail_from: str, to: str
) -> OutgoingMessage:
    """The setup checklist for support, from the same approval (P18)."""
    answer = draft.answer
    ready = (
        ("Customer", record.request.customer),
        ("Ships first", answer.ships_first),
        ("The customer prepares", answer.customer_prepares),
        ("Depends on", answer.dependencies),
        ("When", answer.date),
    )
    parts = [
        "Hello,",
        f"{_title(record)} was approved. This is what has to be set up:",
        "\n".join(f"[ ] {_line(item)}" for item in answer.checklist) or "Nothing to set up is known so far.",
        "\n".join(f"{name}: {text}" for name, text in ready if text.strip()),
        f"The whole answer: {base_url}/requests/{record.request.id}",
    ]
    subject = f"Setup checklist: {_subject(record)}"
    return _message(record, "checklist", draft.version, to, subject, parts, mail_from)


def questions_mail(
    record: RequestRecord, draft: Draft, decision: Decision, base_url: str, mail_from: str
) -> OutgoingMessage:
    """The questions of an ask, numbered, to the submitter."""
    known = {question.question: question for question in (*draft.folded, *draft.questions)}
    asked = [_question(number, text, known.get(text)) for number, text in enumerate(decision.questions, 1)]
    parts = [
        "Hello,",
        f"before we can answer {_title(record)} well, we need to know:",
        "\n\n".join(asked),
        f"Please answer here: {base_url}/requests/{record.request.id}",
        "The clock stands still until then. A short answer is enough, also “we do not know yet”.",
    ]
    subject = f"Questions: {_subject(record)}"
    version = decision.version
    return _message(record, "questions", version, _asker(record), subject, parts, mail_from)


def _fields(answer: Answer) -> str:
    verdict = _VERDICTS[answer.verdict] if answer.verdict else ""
    if answer.verdict is Verdict.NO and answer.no_reason:
        verdict += f": {_REASONS[answer.no_reason]}"
    date = answer.date
    if date and answer.date_kind:
        date += f" ({_KINDS[answer.date_kind]})"
    named = (
        ("Verdict", verdict),
        ("Ships first", answer.ships_first),
        ("Waits", answer.waits),
        ("The customer prepares", answer.customer_prepares),
        ("Depends on", answer.dependencies),
        ("Biggest risk", answer.biggest_risk),
        ("When", date),
        ("Final call", answer.decider),
        ("What it should change", answer.outcome),
        ("Must not get worse", answer.health),
    )
    return "\n".join(f"{name}: {text.strip()}" for name, text in named if text.strip())


def _list(title: str, items: Iterable[str]) -> str:
    lines = [f"- {_line(item)}" for item in items if item.strip()]
    return "\n".join([f"{title}:", *lines]) if lines else ""


def _option(name: str, delivers: str, cost: str, by: str) -> str:
    ends = [f"cost: {cost}" if cost else "", f"by: {by}" if by else ""]
    return "; ".join(part for part in (f"{name}: {delivers}", *ends) if part)


def _stance(response: PromiseResponse) -> str:
    stance = _STANCES[response.stance] if response.stance else ""
    return f"“{_line(response.quote)}”: {stance}{f': {response.text}' if response.text else ''}"


def _open(draft: Draft) -> Iterable[str]:
    every = (*draft.questions, *draft.folded)
    return (question.question for question in every if question.state is QuestionState.ACCEPTED)


def _question(number: int, text: str, question: Question | None) -> str:
    lines = [f"{number}. {_line(text)}"]
    if question and question.why:
        lines.append(f"   Why it matters: {_line(question.why)}")
    if question and question.ask:
        lines.append(f"   Who may know: {_line(question.ask)}")
    return "\n".join(lines)


def _message(
    record: RequestRecord, kind: str, version: int, to: str, subject: str, parts: list[str], mail_from: str
) -> OutgoingMessage:
    key = f"{record.request.id}.{kind}.{version}"
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return OutgoingMessage(
        id=key,
        request_id=record.request.id,
        kind=kind,
        to=to,
        subject=subject,
        text="\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n",
        message_id=f"<{key}@{domain}>",
        in_reply_to=record.request.message_id if kind != "checklist" else "",
    )


def _asker(record: RequestRecord) -> str:
    return record.request.submitter or record.request.forwarded_by


def _title(record: RequestRecord) -> str:
    customer = f" from {_line(record.request.customer)}" if record.request.customer.strip() else ""
    return f"“{_subject(record)}”{customer}"


def _subject(record: RequestRecord) -> str:
    return _line(record.request.subject) or _line(record.ask) or "your request"


def _line(text: str) -> str:
    return " ".join(text.split())
