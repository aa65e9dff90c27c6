"""A request as fields: from the JSON API, the form page or a CRM (P2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from triage.domain import Channel, FromRole, Request
from triage.errors import BadInput
from triage.intake.ids import new_request_id
from triage.intake.limits import MAX_TEXT
from triage.intake.text import clean_line, clean_text
from triage.intake.values import read_day, read_money

MOST_DEAL = 1e12


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    return clean_text(value[: MAX_TEXT + 1]).strip() if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


LineText = Annotated[str, BeforeValidator(_line)]
LongText = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT)]


class NewRequest(BaseModel):
    """What a submitter fills in. Only subject or body is required; blank fields count as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: LineText = ""
    body: LongText = Field("", description="What the customer wants, best in their own words.")
    customer: LineText = Field("", description="The customer's company.")
    asker_name: LineText = ""
    asker_address: LineText = ""
    submitter: LineText = Field("", description="Mail address of the colleague who gets the answer.")
    from_role: FromRole = FromRole.SALES
    deal_value: float | None = Field(None, ge=0, le=MOST_DEAL, allow_inf_nan=False)
    deal_currency: LineText = Field("EUR", description="ISO code, e.g. EUR.")
    need_by: date | None = Field(None, description="YYYY-MM-DD.")
    need_by_reason: LongText = Field("", description="Why then: what happens on that day.")
    already_said: LongText = Field("", description="What the customer was already told.")
    product_area: LineText = ""
    channel: Channel = Channel.FORM

    @field_validator("deal_value", mode="before")
    @classmethod
    def _amount(cls, value: object) -> object:
        value = _blank_is_none(value)
        if not isinstance(value, str):
            return value
        money = read_money(value)
        if money is None:
            raise ValueError("write an amount such as 48000 or 48,000")
        return money.amount

    @field_validator("need_by", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        value = _blank_is_none(value)
        if not isinstance(value, str):
            return value
        found = read_day(value)
        if found is None:
            raise ValueError("write a day as YYYY-MM-DD, for example 2026-12-15")
        return found.day

    @field_validator("deal_currency", mode="after")
    @classmethod
    def _code(cls, value: str) -> str:
        code = value.upper() or "EUR"
        if len(code) != 3 or not (code.isascii() and code.isalpha()):
            raise ValueError("write a currency as its three-letter code, for example EUR")
        return code

    @field_validator("asker_address", "submitter", mode="after")
    @classmethod
    def _address(cls, value: str) -> str:
        return mail_address(value)

    @model_validator(mode="after")
    def _says_something(self) -> NewRequest:
        if not self.subject and not self.body:
            raise ValueError("write what the customer wants into subject or body")
        return self


def mail_address(value: str) -> str:
    """An address in lower case, or nothing. Raises ValueError saying what to write instead."""
    local, at, domain = value.partition("@")
    if value and (not at or not local or not domain or " " in value or "@" in domain):
        raise ValueError("write a mail address such as anna@example.com")
    return value.lower()


def request_from_fields(fields: NewRequest | Mapping[str, object], *, request_id: str = "") -> Request:
    """The request that the fields describe; `request_id` "" makes a new one.

    Raises:
        BadInput: names each field that cannot be used and what to write instead.
    """
    new = fields if isinstance(fields, NewRequest) else _validated(fields)
    return Request(id=request_id or new_request_id(), **dict(new))


def _validated(fields: Mapping[str, object]) -> NewRequest:
    try:
        return NewRequest.model_validate(dict(fields))
    except ValidationError as error:
        raise BadInput(
            "This request cannot be used yet.", " ".join(field_messages(error).values())
        ) from error


def field_messages(error: ValidationError) -> dict[str, str]:
    """One sentence per field, "" for the form as a whole. (A dict, because forms look fields up.)"""
    messages = {}
    for trouble in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(trouble["loc"][0]) if trouble["loc"] else ""
        words = trouble["msg"].removeprefix("Value error, ")
        messages[name] = f"{name.replace('_', ' ').capitalize()}: {words}." if name else f"Please {words}."
    return messages
