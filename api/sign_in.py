"""Signing in by a one-time link, and out.

Opening the link only shows a button: mail scanners and link previews open links too, and must not
use it up. Pressing the button redeems it.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import ServicesDep, cookie_name
from api.templating import render
from triage.errors import NotSignedIn

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", name="sign_in")
def show(request: Request, token: str = "", next: str = "/") -> Response:
    """The page with the button; without a token it says how to get a link."""
    return render(request, "sign_in.html", token=token, next=local_path(next), problem="")


@router.post("/sign-in")
def redeem(
    request: Request,
    services: ServicesDep,
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Use the link up, open a session and go on to the page that was wanted."""
    try:
        person = services.people.redeem_link(token)
    except NotSignedIn as error:
        context = {"token": "", "next": local_path(next), "problem": str(error)}
        return render(request, "sign_in.html", status=HTTPStatus.UNAUTHORIZED, **context)
    valid = timedelta(hours=services.settings.session_hours)
    response = RedirectResponse(local_path(next), HTTPStatus.SEE_OTHER)
    _set_cookie(
        response, services.settings.base_url, services.people.open_session(person.address, valid), valid
    )
    return response


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request, services: ServicesDep) -> Response:
    """End this browser's session; without one there is nothing to do."""
    base_url = services.settings.base_url
    token = request.cookies.get(cookie_name(base_url), "")
    if token:
        services.people.end_session(token)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    _set_cookie(response, base_url, "", timedelta(0))
    return response


def local_path(target: str) -> str:
    """`target` when it is a path on this service, else "/": a link must not lead elsewhere."""
    foreign = not target.startswith("/") or target.startswith("//")
    return "/" if foreign or not target.isprintable() or "\\" in target else target


def _set_cookie(response: Response, base_url: str, token: str, valid: timedelta) -> None:
    response.set_cookie(
        cookie_name(base_url),
        token,
        max_age=int(valid.total_seconds()),
        httponly=True,
        secure=base_url.startswith("https://"),
        samesite="lax",
    )
