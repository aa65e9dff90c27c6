"""The description of the JSON API: the OpenAPI document and our own page for it, both behind sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from api.deps import PersonDep
from api.templating import render
from triage.domain import Frozen

router = APIRouter(prefix="/api/v1", include_in_schema=False)


class Field(Frozen):
    """One field of a body, or one parameter."""

    name: str
    type: str
    required: bool = False
    meaning: str = ""


class Operation(Frozen):
    """One operation as the page lists it."""

    method: str
    path: str
    summary: str
    meaning: str = ""
    media_type: str = ""  # of the body, empty: none
    fields: tuple[Field, ...] = ()
    answers: tuple[str, ...] = ()  # e.g. "202 Successful Response"


@router.get("/openapi.json")
def document(request: Request, _person: PersonDep) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def page(request: Request, _person: PersonDep) -> HTMLResponse:
    """The same, for people."""
    return render(request, "operations.html", operations=list(operations(request.app.openapi())))


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """The operations of an OpenAPI document, in its order."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            media_type = next(iter(content), "")
            schema = content.get(media_type, {}).get("schema", {})
            yield Operation(
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                meaning=operation.get("description", ""),
                media_type=media_type,
                fields=(*_parameters(operation), *_body_fields(schema, document)),
                answers=tuple(
                    f"{status} {answer['description']}" for status, answer in operation["responses"].items()
                ),
            )


def _parameters(operation: dict[str, Any]) -> Iterator[Field]:
    for parameter in operation.get("parameters", []):
        yield Field(
            name=parameter["name"],
            type=f"{_type(parameter['schema'])}, in the {parameter['in']}",
            required=parameter.get("required", False),
            meaning=parameter.get("description", ""),
        )


def _body_fields(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[Field]:
    schema = _resolved(schema, document)
    for name, field in schema.get("properties", {}).items():
        yield Field(
            name=name,
            type=_type(field),
            required=name in schema.get("required", []),
            meaning=field.get("description", ""),
        )
    for variant in schema.get("oneOf", []):
        yield from _body_fields(variant, document)


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))
