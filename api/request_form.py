"""The form for sales: what was typed, and a request or friendly troubles made of it (P2). Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pydantic import ValidationError

from api.fields import Fields, Trouble
from triage.domain import Channel, FromRole
from triage.intake.form import NewRequest, field_messages


@dataclass(frozen=True)
class TypedRequest:
    """The fields as typed. The names are those of `NewRequest`."""

    subject: str = ""
    body: str = ""
    customer: str = ""
    asker_name: str = ""
    asker_address: str = ""
    product_area: str = ""
    deal_value: str = ""
    deal_currency: str = "EUR"
    need_by: str = ""
    need_by_reason: str = ""
    already_said: str = ""


@dataclass(frozen=True)
class Wrong:
    """What could not be used, one sentence per field."""

    troubles: tuple[Trouble, ...]

    def about(self, field: str) -> str:
        """The sentence for `field`, empty when it is fine."""
        return next((trouble.message for trouble in self.troubles if trouble.field == field), "")


def read_typed(form: Fields) -> TypedRequest:
    """What was typed, whatever it is."""
    return TypedRequest(
        **{field.name: form.get(field.name, str(field.default)) for field in fields(TypedRequest)}
    )


def new_request(typed: TypedRequest, submitter: str) -> NewRequest | Wrong:
    """The typed fields as a request whose answer goes to `submitter`, or what is wrong with them."""
    given = {field.name: getattr(typed, field.name) for field in fields(TypedRequest)}
    fixed = {"submitter": submitter, "channel": Channel.FORM, "from_role": FromRole.SALES}
    try:
        return NewRequest.model_validate({**given, **fixed})
    except ValidationError as error:
        return Wrong(tuple(Trouble(name or "body", text) for name, text in field_messages(error).items()))
