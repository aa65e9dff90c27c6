"""Who asks, and for what, in a forward of any common mail program in any of its languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest

from tests.intake.forwards import ADDRESS, BODY, NAME, NOTE, SUBJECT, Forward, forwards
from tests.intake.shapes import Shape, shapes
from triage.domain import FromRole
from triage.intake.email import parse_mail

OURS = frozenset({"ours.example"})
ALL = [pytest.param(one, id=f"{one.program}-{one.language}") for one in forwards()]


def raw(forward: Forward) -> bytes:
    message = EmailMessage()
    message["From"] = "Mara Lind <mara@ours.example>"
    message["To"] = "requests@inbox.example"
    message["Subject"] = forward.subject
    message.set_content(forward.text, cte="8bit")
    return message.as_bytes()


@pytest.mark.parametrize("forward", ALL)
def test_a_forward_is_unwrapped(forward: Forward) -> None:
    for own in (OURS, frozenset[str]()):
        request = parse_mail(raw(forward), own_domains=own)
        assert (request.asker_name, request.asker_address) == (forward.name, forward.address)
        assert (request.subject, request.body) == (forward.about, forward.body)
        assert (request.forwarder_note, request.forwarded_by) == (forward.note, "mara@ours.example")
        assert request.from_role is FromRole.CUSTOMER
        guessed = not forward.address or forward.language == "xx"
        assert bool(request.defects) == guessed, "a guess is said, and only a guess"


LABEL = re.compile(r"^((?:> ?)*\*?[^\W\d_][^:\n@]{0,20}):", re.MULTILINE)
SPOILED: dict[str, Callable[[str], str]] = {
    "no-break space before the colon": lambda text: LABEL.sub("\\1\u00a0:", text),
    "wide colons": lambda text: LABEL.sub("\\1：", text),
    "tabs": lambda text: text.replace(": ", ":\t"),
    "spaces at line ends": lambda text: text.replace("\n", "  \n"),
    "more blank lines": lambda text: text.replace("\n\n", "\n\n\n"),
    "all quoted": lambda text: "> " + text.replace("\n", "\n> "),
    "signature above": lambda text: text.replace(NOTE, f"{NOTE}\n\n-- \nMara Lind\nSales | Org"),
    "a reply below": lambda text: (
        f"{text}\n\nOn 1 Nov 2026, at 08:00, O <o@example.com> wrote:\n\n> Older words."
    ),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_spacing_and_marks_do_not_matter(spoil: Callable[[str], str]) -> None:
    for forward in (one for one in forwards() if one.language in ("fr", "pl", "zh-hans")):
        request = parse_mail(raw(replace(forward, text=spoil(forward.text))), own_domains=OURS)
        assert (request.asker_name, request.asker_address) == (forward.name, forward.address)
        assert squeeze(request.body) == squeeze(forward.body)


@pytest.mark.parametrize("shape", [pytest.param(one, id=one.name) for one in shapes()])
def test_a_whole_mail_is_unwrapped_whatever_its_shape(shape: Shape) -> None:
    request = parse_mail(shape.raw, own_domains=OURS)
    assert (request.asker_name, request.asker_address, request.subject) == (NAME, ADDRESS, SUBJECT)
    assert squeeze(request.body) == squeeze(BODY)
    assert (request.forwarder_note, request.forwarded_by) == (NOTE, "mara@ours.example")
    assert tuple(file.name for file in request.attachments) == shape.files


def squeeze(text: str) -> str:
    """Blank lines say nothing after HTML and flowed text."""
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())
