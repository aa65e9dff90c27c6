"""Form bodies of calls, urlencoded or multipart, field by field as bytes: their character sets differ."""

from __future__ import annotations

import binascii
import json
import logging
from dataclasses import dataclass, field
from typing import Any

from triage.errors import BadInput
from triage.intake.charsets import decode_bytes
from triage.intake.parameters import read_parameters
from triage.intake.providers.base import Call

_MOST_FIELDS = 1_000
_MOST_HEADERS = 20  # of one part
_LONGEST_HEADER = 8 * 1024  # bytes


@dataclass(frozen=True)
class FormField:
    """One field; a file has a media type of its own."""

    name: str
    value: bytes
    file_name: str = ""
    media_type: str = ""


@dataclass(frozen=True)
class Form:
    """The fields in the order they came. Of several with one name the last counts."""

    fields: tuple[FormField, ...] = ()

    def field(self, name: str) -> FormField | None:
        """The field, None without one."""
        return next((each for each in reversed(self.fields) if each.name == name), None)

    def all(self, name: str) -> tuple[FormField, ...]:
        """All fields of that name, in order."""
        return tuple(each for each in self.fields if each.name == name)

    def value(self, name: str) -> bytes:
        """Its bytes, b"" without one."""
        found = self.field(name)
        return found.value if found else b""

    def text(self, name: str, charset: str = "utf-8") -> str:
        """Its text, "" without one."""
        return decode_bytes(self.value(name), charset).text

    def json(self, name: str) -> Any:
        """The JSON in it, None when there is none."""
        try:
            return json.loads(self.value(name))
        except (ValueError, RecursionError):
            return None


def read_form(call: Call) -> Form:
    """The form in the body of a call.

    Raises:
        BadInput: the body is no form, or has more fields than any of these systems sends.
    """
    kind = read_parameters(call.headers.get("content-type", ""))
    if kind.value == "multipart/form-data":
        return Form(_multipart(call.body, kind.get("boundary")))
    if kind.value == "application/x-www-form-urlencoded":
        return Form(_urlencoded(call.body))
    raise BadInput(
        f"This call is sent as {kind.value[:80] or 'nothing in particular'}, not as a form.",
        "Check that the right address is set in the system that sends it.",
    )


def _urlencoded(body: bytes) -> tuple[FormField, ...]:
    if body.count(b"&") >= _MOST_FIELDS:
        raise _too_many()
    sides = (pair.partition(b"=") for pair in body.split(b"&") if pair)
    return tuple(
        FormField(decode_bytes(_unquoted(name), "utf-8").text, _unquoted(value)) for name, _, value in sides
    )


def _unquoted(text: bytes) -> bytes:
    """Undo percent-encoding; a percent sign that encodes nothing does not stay as it is.

    By way of quoted-printable, which is decoded in C: a mail in a form has millions of them.
    """
    return binascii.a2b_qp(text.replace(b"+", b" ").replace(b"=", b"%3D").replace(b"%", b"="))


@dataclass
class _Parts:
    """Collects what the parser calls out."""

    done: list[FormField] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    name: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    data: bytearray = field(default_factory=bytearray)
    complete: bool = False  # the closing delimiter was there

    def begin(self) -> None:
        if len(self.done) >= _MOST_FIELDS:
            raise _too_many()
        self.headers, self.data = {}, bytearray()

    def end_header(self) -> None:
        self.headers[self.name.decode("latin-1").strip().lower()] = decode_bytes(
            bytes(self.value), "utf-8"
        ).text
        self.name, self.value = bytearray(), bytearray()

    def end(self) -> None:
        position = read_parameters(self.headers.get("content-disposition", ""))
        kind = read_parameters(self.headers.get("content-type", "")).value
        self.done.append(FormField(position.get("name"), bytes(self.data), position.get("filename"), kind))

    def finish(self) -> None:
        self.complete = True


def _multipart(body: bytes, boundary: str) -> tuple[FormField, ...]:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser

    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it would log a line for each broken form
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary.encode("utf-8", "replace"),
            {
                "on_part_begin": parts.begin,
                "on_part_data": lambda data, start, end: parts.data.extend(data[start:end]),
                "on_part_end": parts.end,
                "on_header_field": lambda data, start, end: parts.name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: parts.value.extend(data[start:end]),
                "on_header_end": parts.end_header,
                "on_end": parts.finish,
            },
            max_header_count=_MOST_HEADERS,
            max_header_size=_LONGEST_HEADER,
        )
        parser.write(body)
    except (FormParserError, ValueError) as error:
        raise _broken() from error
    if not parts.complete:
        raise _broken()
    return tuple(parts.done)


def _broken() -> BadInput:
    return BadInput(
        "The form in this call cannot be read: its parts cannot be told apart, or the end is missing.",
        "Send it as multipart/form-data with the boundary that its header names.",
    )


def _too_many() -> BadInput:
    return BadInput(
        f"The form in this call has more than {_MOST_FIELDS} fields.",
        "Check which system posts to this address.",
    )
