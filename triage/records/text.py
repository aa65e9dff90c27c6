"""Text as it may enter the database: NFC, no NUL, no lone surrogates.

PostgreSQL refuses NUL and surrogates, SQLite changes them silently; so both are removed at the border,
for plain columns as well as inside stored JSON.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from pydantic import BaseModel


def clean(text: str) -> str:
    """`text` in NFC, without NUL, each lone surrogate replaced by U+FFFD."""
    if text.isascii():
        return text.replace("\0", "")
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", joined.replace("\0", ""))


def as_json(model: BaseModel) -> str:
    """The model as JSON text, every string in it cleaned."""
    return json.dumps(_clean_tree(model.model_dump(mode="json")), ensure_ascii=False)


def digest(text: str) -> str:
    """Hex SHA-256 of the cleaned text."""
    return hashlib.sha256(clean(text).encode()).hexdigest()


def _clean_tree(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean_tree(item) for key, item in value.items()}
    return value
