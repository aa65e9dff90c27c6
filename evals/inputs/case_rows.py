"""What one line of a file of cases may hold, checked before it becomes a `Case`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from triage.domain import Category, Channel, FromRole, Message, Promise, Request, Surprise, TShirt

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


def first_moment(opened: str) -> datetime:
    """Of a year-month or ISO date, so that the age of past requests does not depend on today."""
    if not opened:
        return datetime.now(UTC)
    year, month, day = (int(part) for part in f"{opened}-01".split("-")[:3])
    return datetime(year, month, min(day, 28), tzinfo=UTC)


def _month(text: str) -> str:
    if text and not _MONTH.fullmatch(text):
        raise ValueError(f'"{text[:40]}" is no month; write 2025-03')
    return text


Month = Annotated[str, AfterValidator(_month)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _MessageRow(_Row):
    sender: str = ""
    sent: str = ""
    text: str = ""


class _RequestRow(_Row):
    channel: Channel = Channel.EMAIL
    from_role: FromRole = FromRole.CUSTOMER
    subject: str = ""
    body: str = Field(min_length=1)
    customer: str = ""
    forwarder_note: str = ""
    already_said: str = ""
    thread: tuple[_MessageRow, ...] = ()

    def request(self, case_id: str, product: str, received: datetime) -> Request:
        """As it is drafted."""
        thread = tuple(Message(**dict(message)) for message in self.thread)
        values = dict(self) | {"thread": thread}
        return Request(id=case_id, product=product, received=received, **values)


class _HiddenRow(_Row):
    category: Category
    question: str = Field(min_length=1)
    evidence: str = ""
    surfaced: Month = ""


class _PromiseRow(_Row):
    quote: str = Field(min_length=1)
    by: str = ""
    date: str = ""


class _OutcomeRow(_Row):
    shipped: bool | None = None
    size: TShirt | None = None


class CaseRow(_Row):
    """One line of a file of cases; `evals.cases` says what the fields mean."""

    id: str = Field(min_length=1, max_length=200)
    source: str = ""
    opened: Month = ""
    closed: Month = ""
    product: str = ""
    request: _RequestRow
    hidden_work: tuple[_HiddenRow, ...]
    irrelevant: tuple[Category, ...]
    promises: tuple[_PromiseRow, ...] | None = None
    outcome: _OutcomeRow = _OutcomeRow()

    @model_validator(mode="after")
    def _promises_are_literal(self) -> Self:
        asked = self.asked().text()
        for promise in self.promises or ():
            if promise.quote not in asked:
                raise ValueError(f"the promise “{promise.quote[:40]}” does not stand in the request")
        return self

    def asked(self) -> Request:
        """The request, in which nothing of the labels stands."""
        return self.request.request(self.id, self.product, first_moment(self.opened))

    def labels(self) -> dict[str, Any]:
        """The rest of a `Case`."""
        promises = None if self.promises is None else tuple(Promise(**dict(p)) for p in self.promises)
        return {
            "source": self.source,
            "opened": self.opened,
            "closed": self.closed,
            "hidden": tuple(Surprise(**dict(row)) for row in self.hidden_work),
            "irrelevant": self.irrelevant,
            "promises": promises,
            "shipped": self.outcome.shipped,
            "size": self.outcome.size,
        }
