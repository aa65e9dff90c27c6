"""What goes wrong, as HTTP: the one table of statuses, problem+json (RFC 9457), and a page for browsers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from jinja2 import TemplateError
from starlette.exceptions import HTTPException

from api.templating import render
from triage import errors
from triage.domain import Frozen

STATUS: dict[type[errors.TriageError], HTTPStatus] = {
    errors.BadMail: HTTPStatus.BAD_REQUEST,
    errors.BadFile: HTTPStatus.BAD_REQUEST,
    errors.RuleBroken: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.BadSignature: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Unreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SetupError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.AnalystError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TriageError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

PLAIN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "string_type": "must be text",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "date_from_datetime_parsing": "must be a date such as 2027-01-31",
    "date_parsing": "must be a date such as 2027-01-31",
}


class FieldProblem(Frozen):
    """One field that is wrong, and how."""

    field: str
    message: str


class Problem(Frozen):
    """The body of every error. `code` is for programs, `detail` and `remedy` are for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    remedy: str = ""
    code: str
    request_id: str = ""
    errors: tuple[FieldProblem, ...] = ()


PROBLEMS: dict[int | str, dict[str, Any]] = {  # for the OpenAPI document
    "4XX": {"description": "Refused; `detail` says why and `remedy` what to do", "model": Problem},
    422: {"description": "Not usable as it is; `errors` names the fields", "model": Problem},
}


class Refused(HTTPException):
    """One of our errors, raised where a body is read: FastAPI turns any other error there into a 400."""

    def __init__(self, error: errors.TriageError) -> None:
        super().__init__(status_of(error), str(error))
        self.error = error


def install(app: FastAPI) -> None:
    """Answer our errors, FastAPI's validation errors and Starlette's own in the same form."""
    app.add_exception_handler(errors.TriageError, _triage_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def status_of(error: errors.TriageError) -> HTTPStatus:
    """The status of the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: errors.TriageError) -> Problem:
    """An error of the tree as a problem."""
    status = status_of(error)
    missing = error.missing if isinstance(error, errors.RuleBroken) else {}
    return Problem(
        title=status.phrase,
        status=status,
        detail=error.message,
        remedy=error.remedy,
        code=_kebab(type(error).__name__),
        errors=tuple(FieldProblem(field=name, message=text) for name, text in missing.items()),
    )


def plain_problem(status: HTTPStatus, detail: str, remedy: str = "") -> Problem:
    """A problem that has no class in the tree, e.g. a wrong path or method."""
    return Problem(
        title=status.phrase, status=status, detail=detail, remedy=remedy, code=_kebab(status.name.title())
    )


def respond(request: Request, problem: Problem) -> Response:
    """The problem as a page for a browser, else as problem+json; never with internals."""
    problem = problem.model_copy(update={"request_id": getattr(request.state, "request_id", "")})
    if wants_page(request):
        try:
            return render(request, "problem.html", status=problem.status, problem=problem)
        except TemplateError:
            pass  # a broken template must not hide the problem itself
    response = JSONResponse(
        problem.model_dump(mode="json"), problem.status, media_type="application/problem+json"
    )
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def wants_page(request: Request) -> bool:
    """True for a browser; the machine interfaces answer JSON whatever the caller accepts."""
    if request.url.path.startswith(("/api/v1/requests", "/intake/")):
        return False
    return "text/html" in request.headers.get("accept", "")


def _triage_error(request: Request, error: Exception) -> Response:
    error = cast("errors.TriageError", error)
    if isinstance(error, errors.NotSignedIn) and request.method == "GET" and wants_page(request):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here, safe='/')}", HTTPStatus.SEE_OTHER)
    return respond(request, problem_of(error))


def _validation_error(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    broken = next((item for item in found if item["type"] == "json_invalid"), None)
    if broken is not None:
        where = f"{broken['ctx']['error']} at character {broken['loc'][-1]}"
        detail, remedy = f"The body is not valid JSON: {where}.", "Send one JSON object in UTF-8."
        return respond(request, plain_problem(HTTPStatus.BAD_REQUEST, detail, remedy))
    fields = tuple(_field_problem(item) for item in found)
    sentence = "; ".join(f"{item.field} {item.message}" for item in fields)
    problem = plain_problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"The input is not usable: {sentence}.",
        "Correct these fields and send it again; /api/v1/docs lists what each operation takes.",
    )
    return respond(request, problem.model_copy(update={"code": "bad-input", "errors": fields}))


def _field_problem(item: dict[str, Any]) -> FieldProblem:
    path = ".".join(str(part) for part in item["loc"][1:])
    message = PLAIN_WORDS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return FieldProblem(field=path or "the body", message=message.rstrip("."))


def _http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        return respond(request, problem_of(error.error))
    error = cast("HTTPException", error)
    status = HTTPStatus(error.status_code)
    known = {
        HTTPStatus.NOT_FOUND: (f"There is nothing at {request.url.path}.", "Check the address."),
        HTTPStatus.METHOD_NOT_ALLOWED: (
            f"{request.method} is not possible at {request.url.path}.",
            "See /api/v1/docs for what is.",
        ),
    }
    detail, remedy = known.get(status, (str(error.detail), ""))
    response = respond(request, plain_problem(status, detail, remedy))
    response.headers.update(error.headers or {})
    return response


def _kebab(name: str) -> str:
    text = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return text.strip("-").replace("_", "").replace(" ", "-")
