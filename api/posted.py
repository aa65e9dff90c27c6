"""The form a browser posted, as `FieldsDep`. The size of the body is capped before it gets here."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.fields import Fields
from triage.errors import TooLarge

FIELD_CAP = 2_000


async def posted(request: Request) -> Fields:
    """The fields of an urlencoded body.

    Raises:
        TooLarge: more fields than any page of ours has.
    """
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return Fields(tuple(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELD_CAP)))
    except ValueError as error:
        raise TooLarge(
            f"The form has more than {FIELD_CAP} fields.", "Send the form as the page shows it."
        ) from error


FieldsDep = Annotated[Fields, Depends(posted)]
