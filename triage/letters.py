"""What follows from a decision, one message per way out: worded by `triage.mails` and by the channels in
`triage.outbox`, from the approved fields alone; no model touches it (P17). Also the receipt for a mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Protocol

from triage.clock import BusinessCalendar
from triage.domain import Decision, DecisionKind, Draft, OutgoingMessage, Person, RequestRecord, Verdict
from triage.intake.plus import KEY
from triage.mails import (
    Thread,
    answer_mail,
    checklist_mail,
    customer_mail,
    questions_mail,
    receipt_mail,
)
from triage.outbox.approved import Approved
from triage.outbox.call import place_of
from triage.outbox.hubspot import answer_hubspot
from triage.outbox.slack import answer_slack
from triage.outbox.webhook import answer_webhook
from triage.settings import Settings

_IN_THREAD = frozenset({"questions", "answer"})  # later mails to the colleague refer to these


class Correspondence(Protocol):
    """What was written on a request before, and whose address is right. `Store` is the real one."""

    def messages(self, request_id: str) -> list[OutgoingMessage]:
        """Everything that went out on a request, oldest first."""

    def address_verified(self, request_id: str, address: str) -> bool:
        """True when a reviewer said that the customer's address is right."""

    def own_key(self, name: str) -> bytes:
        """A key of our own."""


@dataclass(frozen=True)
class Ways:
    """The channels beside mail that are set up."""

    webhook: str = ""  # host of the receiver
    slack: bool = False
    hubspot: bool = False


@dataclass(frozen=True)
class DecisionLetters:
    """Implements `ports.Letters`."""

    base_url: str
    mail_from: str
    support_address: str = ""
    sales_address: str = ""
    ways: Ways = Ways()
    own_domains: frozenset[str] = frozenset()
    answer_customers: bool = False
    reply_plus: bool = False
    receipts: bool = True
    correspondence: Correspondence | None = None
    person: Callable[[str], Person | None] = lambda _: None  # by address

    def for_decision(self, record: RequestRecord, draft: Draft, decision: Decision) -> list[OutgoingMessage]:
        """Answer and checklist for an approval (P18), the question list for an ask, nothing otherwise.

        The answer goes to the colleague by mail and by every channel that is set up; to the customer only
        where an admin allowed it and a reviewer has said that the address is right.
        """
        thread = self._thread(record)
        if decision.kind is DecisionKind.ASK:
            questions = questions_mail(record, draft, decision, self.base_url, self.mail_from, thread)
            return [self._addressed(questions, record)]
        if decision.kind is not DecisionKind.APPROVE:
            return []
        answer = answer_mail(record, draft, self.base_url, self.mail_from, thread)
        letters = [self._addressed(answer, record), *self._checklist(record, draft, thread)]
        return [*letters, *self._beside_mail(record, draft, decision), *self._customer(record, draft, thread)]

    def receipt(
        self, record: RequestRecord, calendar: BusinessCalendar, automatic: str = ""
    ) -> OutgoingMessage | None:
        """The receipt for a mail a colleague sent in; None where none may go (see `mails.receipt_mail`).

        `calendar`: of the team of the request. `automatic`: why nobody wrote the mail, when nobody did.
        """
        if not self.receipts:
            return None
        return receipt_mail(
            record,
            calendar,
            self.base_url,
            self.mail_from,
            own_domains=self.own_domains,
            automatic=automatic,
            key=self._key(),
        )

    def _checklist(self, record: RequestRecord, draft: Draft, thread: Thread) -> list[OutgoingMessage]:
        goes_ahead = draft.answer.verdict is not Verdict.NO
        if not (self.support_address and draft.answer.checklist and goes_ahead):
            return []
        to = self.support_address
        return [checklist_mail(record, draft, self.base_url, self.mail_from, to, thread)]

    def _beside_mail(self, record: RequestRecord, draft: Draft, decision: Decision) -> list[OutgoingMessage]:
        approved = Approved(record, draft, decision, self.base_url)
        letters = [answer_webhook(approved, self.ways.webhook)] if self.ways.webhook else []
        if self.ways.slack:
            letters.append(answer_slack(approved))
        note = answer_hubspot(approved) if self.ways.hubspot else None
        return [*letters, note] if note else letters

    def _customer(self, record: RequestRecord, draft: Draft, thread: Thread) -> list[OutgoingMessage]:
        request, known = record.request, self.correspondence
        address = request.asker_address.strip().lower()
        if not (self.answer_customers and known and address) or self._is_ours(address):
            return []
        if not known.address_verified(request.id, address):
            return []
        return [customer_mail(record, draft, self.mail_from, thread)]

    def _addressed(self, letter: OutgoingMessage, record: RequestRecord) -> OutgoingMessage:
        """To the colleague who asked. Without one, and when what stands there is not provably one of ours,
        the sales address or the reviewer gets it: what we say among ourselves never goes to the customer."""
        address = parseaddr(letter.to)[1].lower()
        ours = bool(address) and self._is_ours(address)
        return letter.model_copy(update={"to": letter.to if ours else self.sales_address or record.reviewer})

    def _is_ours(self, address: str) -> bool:
        """One of our domains, or somebody who may sign in here."""
        person = self.person(address)
        return address.rpartition("@")[2] in self.own_domains or bool(person and person.active)

    def _thread(self, record: RequestRecord) -> Thread:
        known = self.correspondence
        earlier = known.messages(record.request.id) if known else []
        ours = [mail.message_id for mail in earlier if mail.message_id and mail.kind in _IN_THREAD]
        return Thread(tuple(ours), self._key())

    def _key(self) -> bytes:
        known = self.correspondence
        return known.own_key(KEY) if known and self.reply_plus else b""


def open_letters(
    settings: Settings, correspondence: Correspondence, person: Callable[[str], Person | None]
) -> DecisionLetters:
    """The letters of the settings. Raises SetupError for a webhook address that cannot be called."""
    url = settings.webhook_out_url
    return DecisionLetters(
        settings.base_url,
        settings.mail_from,
        settings.support_address,
        settings.sales_address,
        ways=Ways(
            webhook=place_of(url, "TRIAGE_WEBHOOK_OUT_URL").name if url else "",
            slack=bool(settings.slack_out_url.get_secret_value()),
            hubspot=bool(settings.hubspot_token.get_secret_value()),
        ),
        own_domains=settings.own_domains,
        answer_customers=settings.answer_customers,
        reply_plus=settings.reply_plus,
        receipts=settings.receipts,
        correspondence=correspondence,
        person=person,
    )
