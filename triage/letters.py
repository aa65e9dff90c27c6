"""The mails that follow from a decision, worded by `triage.review`; no model touches them (P17)."""

from __future__ import annotations

from dataclasses import dataclass

from triage import review
from triage.domain import Decision, DecisionKind, Draft, OutgoingMessage, RequestRecord, Verdict


@dataclass(frozen=True)
class DecisionLetters:
    """Implements `ports.Letters`."""

    base_url: str
    mail_from: str
    support_address: str = ""
    sales_address: str = ""

    def for_decision(self, record: RequestRecord, draft: Draft, decision: Decision) -> list[OutgoingMessage]:
        """Answer and checklist for an approval (P18), the question list for an ask, nothing otherwise."""
        if decision.kind is DecisionKind.ASK:
            questions = review.questions_mail(record, draft, decision, self.base_url, self.mail_from)
            return [self._addressed(questions, record)]
        if decision.kind is not DecisionKind.APPROVE:
            return []
        letters = [self._addressed(review.answer_mail(record, draft, self.base_url, self.mail_from), record)]
        goes_ahead = draft.answer.verdict is not Verdict.NO
        if self.support_address and draft.answer.checklist and goes_ahead:
            letters.append(
                review.checklist_mail(record, draft, self.base_url, self.mail_from, self.support_address)
            )
        return letters

    def _addressed(self, letter: OutgoingMessage, record: RequestRecord) -> OutgoingMessage:
        """Never to the customer: without a colleague who asked, the sales address or the reviewer gets it."""
        to = letter.to or self.sales_address or record.reviewer
        return letter.model_copy(update={"to": to})
