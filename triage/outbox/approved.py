"""An approved answer, as the channels beside mail are given it."""

from __future__ import annotations

from dataclasses import dataclass

from triage.domain import Answer, Decision, Draft, OutChannel, OutgoingMessage, RequestRecord
from triage.mail_parts import one_line
from triage.mails import as_said, page_of, verdict_words


@dataclass(frozen=True)
class Approved:
    """One approval, with what is said about it everywhere."""

    record: RequestRecord
    draft: Draft
    decision: Decision
    base_url: str

    @property
    def answer(self) -> Answer:
        """What is said: of a no, how it would have been built is left out."""
        return as_said(self.draft.answer)

    @property
    def url(self) -> str:
        """The page with the whole answer."""
        return page_of(self.record, self.base_url)

    @property
    def title(self) -> str:
        """What the request is called, in one line."""
        return one_line(self.record.request.subject) or one_line(self.record.ask) or self.record.request.id

    @property
    def verdict(self) -> str:
        """In words."""
        return verdict_words(self.answer)

    def message(self, channel: OutChannel, to: str, payload: str) -> OutgoingMessage:
        """The message for a channel; its id is fixed by request, version and channel."""
        name = f"{self.record.request.id}.answer.{self.decision.version}.{channel}"
        return OutgoingMessage(
            id=name,
            request_id=self.record.request.id,
            kind="answer",
            to=to,
            subject=self.title,
            text=self.answer.sentence,
            channel=channel,
            payload=payload,
        )
