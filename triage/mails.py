"""The words of the mails that follow from a decision (P18), made from the approved fields alone.

No model touches them (P17). Their ids are fixed by request, kind and version, so a repeat is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from triage.clock import BusinessCalendar
from triage.domain import (
    Answer,
    Channel,
    DateKind,
    Decision,
    Draft,
    FromRole,
    NoReason,
    OutgoingMessage,
    PromiseResponse,
    PromiseStance,
    Question,
    QuestionState,
    RequestRecord,
    Verdict,
)
from triage.intake.forwarded import strip_prefixes
from triage.intake.plus import plus_address
from triage.mail_parts import Facts, Lead, Link, Part, Points, Says, as_html, as_text, one_line, points

VERDICTS = {Verdict.YES: "Yes", Verdict.YES_BUT: "Yes, with conditions", Verdict.NO: "No"}
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


@dataclass(frozen=True)
class Thread:
    """The conversation a mail of ours belongs to, beside what the request itself knows of it.

    `ours`: Message-IDs of our earlier mails on the request, oldest first. `key`: signs the address for
    replies; without one, replies are known by their thread headers alone.
    """

    ours: tuple[str, ...] = ()
    key: bytes = b""


NO_THREAD = Thread()


def answer_mail(
    record: RequestRecord, draft: Draft, base_url: str, mail_from: str, thread: Thread = NO_THREAD
) -> OutgoingMessage:
    """The one written answer to the submitter; on top the sentence to be passed on (P7)."""
    answer = as_said(draft.answer)
    parts: list[Part] = [
        Lead(answer.sentence),
        Says(f"That is the answer to {_title(record)}. Pass the sentence on as it stands."),
        Says(answer.note),
        Facts(_fields(answer)),
        points("Conditions", answer.conditions),
        points("A smaller first step", (move.sentence or move.name for move in answer.moves)),
        points("Two ways to go", (_option(o.name, o.delivers, o.cost, o.by) for o in answer.options)),
        points("Already said to the customer", (_stance(p) for p in answer.promises if p.stance)),
        points("Still to be cleared up with the customer", open_questions(draft)),
        Says(
            "If anything is unclear, reply and ask: this is meant to save you a surprise later, not to slow "
            "you down."
        ),
        Link("The whole answer", page_of(record, base_url)),
        Says(
            f"Approved by {approver(record, draft)}, version {draft.version}, rough size {draft.size.label}.",
            small=True,
        ),
    ]
    return _reply(record, "answer", draft.version, _asker(record), parts, mail_from, thread)


def customer_mail(
    record: RequestRecord, draft: Draft, mail_from: str, thread: Thread = NO_THREAD
) -> OutgoingMessage:
    """The part of the answer that is meant for the customer: sentence, note, conditions, what they prepare.

    Nothing else of it: no size, risk, evidence, question, link or name of ours. It refers to no mail that
    went between our own people.
    """
    answer = as_said(draft.answer)
    parts: list[Part] = [
        Lead(answer.sentence),
        Says(answer.note),
        points("Conditions", answer.conditions),
        Facts([("What we need from you", answer.customer_prepares)]),
        Says("If anything is unclear, please reply to this mail."),
    ]
    request = record.request
    wrote_us = request.channel is Channel.EMAIL and request.from_role is FromRole.CUSTOMER
    theirs = record
    if not wrote_us or request.forwarded_by:  # subject and thread are ours, or may be
        alone = {"message_id": "", "references": (), "subject": "Your request"}
        theirs = record.model_copy(update={"request": request.model_copy(update=alone)})
    own = Thread(key=thread.key)
    to = record.request.asker_address
    return _reply(theirs, "customer", draft.version, to, parts, mail_from, own)


def checklist_mail(
    record: RequestRecord,
    draft: Draft,
    base_url: str,
    mail_from: str,
    to: str,
    thread: Thread = NO_THREAD,
) -> OutgoingMessage:
    """The setup checklist for support, from the same approval (P18): a thread of its own."""
    answer = draft.answer
    ready = (
        ("Customer", record.request.customer),
        ("Ships first", answer.ships_first),
        ("The customer prepares", answer.customer_prepares),
        ("Depends on", answer.dependencies),
        ("When", answer.date),
    )
    listed = points("", answer.checklist, mark="[ ]")
    parts: list[Part] = [
        Says(f"{_title(record)} was approved. This is what has to be set up:"),
        listed if listed.points else Says("Nothing to set up is known so far."),
        Facts(ready),
        Link("The whole answer", page_of(record, base_url)),
    ]
    subject = f"Setup checklist: {_subject(record)}"
    return _message(record, "checklist", draft.version, to, subject, parts, mail_from, thread.key)


def questions_mail(
    record: RequestRecord,
    draft: Draft,
    decision: Decision,
    base_url: str,
    mail_from: str,
    thread: Thread = NO_THREAD,
) -> OutgoingMessage:
    """The questions of an ask, numbered, to the submitter."""
    known = {question.question: question for question in (*draft.folded, *draft.questions)}
    asked = [_question(text, known.get(text)) for text in decision.questions]
    parts: list[Part] = [
        Says(f"Before we can answer {_title(record)} well, we need to know:"),
        Points("", asked, mark="1"),
        Says("Reply to this mail, or answer on the page. “We do not know yet” is an answer too."),
        Link("Please answer here", f"{base_url}/requests/{record.request.id}"),
        Says("The clock stands still until then."),
    ]
    return _reply(record, "questions", decision.version, _asker(record), parts, mail_from, thread)


def receipt_mail(
    record: RequestRecord,
    calendar: BusinessCalendar,
    base_url: str,
    mail_from: str,
    *,
    own_domains: frozenset[str],
    automatic: str = "",
    key: bytes = b"",
) -> OutgoingMessage | None:
    """A short receipt for a colleague who mailed a request in; one per request, by its id.

    `automatic`: why nobody wrote the mail, when nobody did. None where no receipt may go: to strangers, to
    robots (RFC 3834), to ourselves, and for what did not come by mail.
    """
    to = parseaddr(_asker(record))[1].lower()
    own = parseaddr(mail_from)[1].lower()
    if automatic or record.request.channel is not Channel.EMAIL or to.rpartition("@")[2] not in own_domains:
        return None
    if to == own or not record.request.message_id:
        return None
    due = f" The answer is due {calendar.local(record.due)}." if record.due else ""
    parts: list[Part] = [
        Says(f"We have it: {_title(record)}.{due}"),
        Says("A draft is being written now; then a person decides. Reply to this mail to add something."),
        Link("Where it stands", page_of(record, base_url)),
    ]
    return _reply(record, "receipt", 1, to, parts, mail_from, Thread(key=key))


def as_said(answer: Answer) -> Answer:
    """The part of an answer that leaves: a no says why and what would work instead; how we would have built
    it stays with us."""
    if _goes_ahead(answer):
        return answer
    empty = Answer()
    build = "conditions ships_first waits customer_prepares dependencies biggest_risk date date_kind options"
    left_out = [*build.split(), "checklist"]
    return answer.model_copy(update={name: getattr(empty, name) for name in left_out})


def open_questions(draft: Draft) -> tuple[str, ...]:
    """What still has to be cleared up with the customer; of a no, nothing."""
    if not _goes_ahead(draft.answer):
        return ()
    every = (*draft.questions, *draft.folded)
    return tuple(question.question for question in every if question.state is QuestionState.ACCEPTED)


def page_of(record: RequestRecord, base_url: str) -> str:
    """Where the request can be read."""
    return f"{base_url}/requests/{record.request.id}"


def approver(record: RequestRecord, draft: Draft) -> str:
    """Who let the answer go out."""
    return draft.author if draft.author != "ai" else record.reviewer or "the reviewer"


def verdict_words(answer: Answer) -> str:
    """The verdict in words, of a no with its reason; "" without one."""
    verdict = VERDICTS[answer.verdict] if answer.verdict else ""
    if answer.verdict is Verdict.NO and answer.no_reason:
        return f"{verdict}: {_REASONS[answer.no_reason]}"
    return verdict


def reply_subject(subject: str) -> str:
    """ "Re: " and the subject of the thread: mail programs keep a thread together only under its subject."""
    return f"Re: {strip_prefixes(one_line(subject)) or 'your request'}"


def _goes_ahead(answer: Answer) -> bool:
    return answer.verdict is not Verdict.NO


def _fields(answer: Answer) -> list[tuple[str, str]]:
    date = answer.date
    if date and answer.date_kind:
        date += f" ({_KINDS[answer.date_kind]})"
    return [
        ("Verdict", verdict_words(answer)),
        ("Ships first", answer.ships_first),
        ("Waits", answer.waits),
        ("The customer prepares", answer.customer_prepares),
        ("Depends on", answer.dependencies),
        ("Biggest risk", answer.biggest_risk),
        ("When", date),
        ("Final call", answer.decider),
        ("What it should change", answer.outcome),
        ("Must not get worse", answer.health),
    ]


def _option(name: str, delivers: str, cost: str, by: str) -> str:
    ends = [f"cost: {cost}" if cost else "", f"by: {by}" if by else ""]
    return "; ".join(part for part in (f"{name}: {delivers}", *ends) if part)


def _stance(response: PromiseResponse) -> str:
    stance = _STANCES[response.stance] if response.stance else ""
    return f"“{one_line(response.quote)}”: {stance}{f': {response.text}' if response.text else ''}"


def _question(text: str, question: Question | None) -> tuple[str, ...]:
    lines = [one_line(text)]
    if question and question.why:
        lines.append(f"Why it matters: {one_line(question.why)}")
    if question and question.ask:
        lines.append(f"Who may know: {one_line(question.ask)}")
    return tuple(lines)


def _reply(
    record: RequestRecord,
    kind: str,
    version: int,
    to: str,
    parts: Sequence[Part],
    mail_from: str,
    thread: Thread,
) -> OutgoingMessage:
    """A mail in the thread of the request (RFC 5322, 3.6.4): it answers the mail the request came by, or
    our own first one where there was none."""
    subject = reply_subject(record.request.subject or record.ask)
    bare = _message(record, kind, version, to, subject, parts, mail_from, thread.key)
    request = record.request
    earlier = [key for key in thread.ours if key != bare.message_id]
    chain = tuple(dict.fromkeys(filter(None, (*request.references, request.message_id, *earlier))))
    parent = request.message_id or (chain[0] if chain else "")
    return bare.model_copy(update={"in_reply_to": parent, "references": chain})


def _message(
    record: RequestRecord,
    kind: str,
    version: int,
    to: str,
    subject: str,
    parts: Iterable[Part],
    mail_from: str,
    key: bytes,
) -> OutgoingMessage:
    parts = tuple(parts)
    name = f"{record.request.id}.{kind}.{version}"
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return OutgoingMessage(
        id=name,
        request_id=record.request.id,
        kind=kind,
        to=to,
        subject=subject,
        text=as_text(parts),
        html=as_html(parts, subject),
        message_id=f"<{name}@{domain}>",
        reply_to=plus_address(mail_from, record.request.id, key) if key else "",
    )


def _asker(record: RequestRecord) -> str:
    return record.request.submitter or record.request.forwarded_by


def _title(record: RequestRecord) -> str:
    customer = f" from {one_line(record.request.customer)}" if record.request.customer.strip() else ""
    return f"“{_subject(record)}”{customer}"


def _subject(record: RequestRecord) -> str:
    return one_line(record.request.subject) or one_line(record.ask) or "your request"
