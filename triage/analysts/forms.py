"""How an answer form is told to a model: as a strict JSON schema, and as one line of the prompt."""

from __future__ import annotations

import json
from typing import Any

_NOISE = frozenset({"title", "default", "description"})
_SHORT_LIST = 6  # values up to which an outline spells a choice out


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema in the strict dialect: every property required, nothing additional, no caps."""
    strict = _strict(schema)
    assert isinstance(strict, dict)
    return strict


def outline(schema: dict[str, Any]) -> str:
    """A strict schema as a person would note it down; a third of its tokens."""
    return _outline(schema, schema.get("$defs", {}))


def _strict(node: object) -> object:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _strict(value) for key, value in node.items() if key not in _NOISE}
    for key in ("properties", "$defs"):  # their keys are names of ours, not words of the dialect
        if key in node:
            kept[key] = {name: _strict(value) for name, value in node[key].items()}
    if "properties" in node:
        kept |= {"required": list(node["properties"]), "additionalProperties": False}
    return kept


def _outline(node: dict[str, Any], names: dict[str, Any]) -> str:
    """A node of a strict schema as `{"small": boolean, "questions": [{"question": string, …}, …]}`."""
    if "$ref" in node:
        return _outline(names[node["$ref"].rpartition("/")[2]], names)
    if "anyOf" in node:
        return " | ".join(_outline(each, names) for each in node["anyOf"])
    if "enum" in node:
        short = len(node["enum"]) <= _SHORT_LIST
        return " | ".join(map(json.dumps, node["enum"])) if short else "one of the ids above"
    if "properties" in node:
        fields = (f'"{name}": {_outline(each, names)}' for name, each in node["properties"].items())
        return "{" + ", ".join(fields) + "}"
    return f"[{_outline(node['items'], names)}, …]" if "items" in node else str(node["type"])
