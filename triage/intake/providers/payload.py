"""JSON bodies of calls, read without trusting their shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from triage.errors import BadInput

Json = Mapping[str, Any]


def read_json(body: bytes, system: str) -> Any:
    """The JSON of a body. Raises BadInput when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"The body of this call is not valid JSON: {_where(error)}.",
            f"Check that {system} posts to the right address here.",
        ) from error


def read_object(body: bytes, system: str) -> Json:
    """The JSON object in a body. Raises BadInput when it is none."""
    value = read_json(body, system)
    if not isinstance(value, dict):
        raise BadInput(
            "The body of this call is JSON but no object.",
            f"Check that {system} posts to the right address here.",
        )
    return value


def text_at(record: Json, *names: str) -> str:
    """The text under the first of `names` that has one, else ""."""
    return next((value for name in names if isinstance(value := record.get(name), str) and value), "")


def object_at(record: Json, name: str) -> Json:
    """The object under `name`, an empty one when there is none."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def objects_at(record: Json, name: str) -> Sequence[Json]:
    """The objects of the list under `name`; whatever else is in it is passed over."""
    value = record.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_at(record: Json, name: str) -> tuple[str, ...]:
    """The texts of the list under `name`; whatever else is in it is passed over."""
    value = record.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def as_bytes(text: str) -> bytes:
    """A text as UTF-8; halves of characters, which JSON can carry, become question marks."""
    return text.encode("utf-8", "replace")


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return "it is nested too deep" if isinstance(error, RecursionError) else "it is not UTF-8"
