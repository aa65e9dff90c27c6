"""A request typed into a text file, and files of which it is not yet known what they are."""

from __future__ import annotations

import codecs

from triage.domain import Channel, FromRole, Request
from triage.errors import BadInput
from triage.intake.charsets import decode_bytes
from triage.intake.email import parse_mail
from triage.intake.hints import read_hints
from triage.intake.ids import new_request_id
from triage.intake.limits import MAX_TEXT, check_size
from triage.intake.mime import looks_like_mail
from triage.intake.printed import name_and_address
from triage.intake.text import clean_line, clean_text

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def request_from_text(text: str, *, request_id: str = "") -> Request:
    """A request in plain words. The first line may be "Subject: …", then labelled lines, then the text.

    Raises:
        BadInput: there are no words in it.
    """
    defects = []
    if len(text) > MAX_TEXT:
        defects.append(f"The text is {len(text):,} characters; only the first {MAX_TEXT:,} were read.")
    text = clean_text(text[:MAX_TEXT]).strip()
    if not text:
        raise BadInput("The text is empty.", "Write what the customer asks for, in their own words.")
    first, _, rest = text.partition("\n")
    named = first.casefold().startswith("subject:")
    hints = read_hints(rest if named else text, anywhere=False)
    name, address = name_and_address(hints.asker)
    return Request(
        id=request_id or new_request_id(),
        channel=Channel.API,
        from_role=FromRole.SALES if hints.found() else FromRole.CUSTOMER,
        subject=clean_line(first[len("subject:") :]) if named else "",
        body=hints.rest,
        customer=hints.customer,
        asker_name=name,
        asker_address=address,
        product_area=hints.product_area,
        deal_value=hints.deal_value,
        deal_currency=hints.deal_currency or "EUR",
        need_by=hints.need_by,
        need_by_reason=hints.need_by_reason,
        already_said=hints.already_said,
        defects=(*defects, *hints.defects),
    )


def request_from_file(raw: bytes, *, own_domains: frozenset[str] = frozenset()) -> Request:
    """A mail when `raw` begins like one, otherwise plain text.

    Raises:
        BadMail, TooLarge: as `parse_mail`; also for binary files.
        BadInput: a text without words.
    """
    check_size(raw)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if raw.startswith(mark)), "")
    if looks_like_mail(raw) or (b"\0" in raw[:4096] and not encoding):
        return parse_mail(raw, own_domains=own_domains)
    return request_from_text(decode_bytes(raw, encoding).text)
