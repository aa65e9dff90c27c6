"""What stands before every endpoint: headers, the host, the origin, the size of a body.

Plain ASGI, so that streams pass through untouched. From the outside in:

    Envelope    request id, security headers, the last net under unexpected errors, metrics
    Gate        the Host header is ours; an unsafe method comes from our own pages, with a token, or to
                where signatures are checked
    BodyLimit   a body over the cap ends in TooLarge while it is read, not after
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from http import HTTPStatus
from typing import cast
from urllib.parse import SplitResult, urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Problem, plain_problem, respond
from api.limits import BodyLimit

log = logging.getLogger(__name__)

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not "no-referrer": under that policy browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STRICT_TRANSPORT = "max-age=31536000"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # asked by address, not by name
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# other systems call here and prove themselves by a signature; /intake/email takes a token instead
_SIGNED = re.compile(r"/intake/(?!email(?:/|$))[^/]+(?:/mime)?")


def install(app: FastAPI, base_url: str) -> None:
    """Put the three layers around `app`; the one added last is the outermost."""
    app.add_middleware(BodyLimit)
    app.add_middleware(Gate, base_url=base_url)
    app.add_middleware(Envelope, https=base_url.startswith("https://"))


class Envelope:
    """Gives each request an id, and each response its headers; turns a crash into a plain 500."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, **({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; lifespan messages go through as they are."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        request = Request(scope)
        request.state.request_id = uuid.uuid4().hex[:12]

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(MutableHeaders(scope=message), request.state.request_id)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:  # the last net: whatever was not foreseen is logged and said without internals
            log.exception("request %s failed: %s %s", request.state.request_id, request.method, _path(scope))
            if status:
                raise  # the response has begun: only closing the connection can tell the caller
            await respond(request, _crash(request.state.request_id))(scope, receive, send_with_headers)
        finally:
            scope["app"].state.meter.count(
                request.method, _route(scope), status, time.perf_counter() - started
            )

    def _complete(self, headers: MutableHeaders, request_id: str) -> None:
        for name, value in self.headers.items():
            headers.setdefault(name, value)  # a report brings a policy of its own
        headers["X-Request-ID"] = request_id
        headers.setdefault("Cache-Control", "no-store")


class Gate:
    """Refuses a foreign Host (DNS rebinding) and unsafe methods from foreign pages (forged requests)."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self.base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or answer 421 or 403."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await respond(Request(scope), problem)(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        has_token = headers.get("authorization", "").lower().startswith("bearer ")
        if not (has_token or _path(scope) in PROBES or own_host(headers, self.base_url)):
            return plain_problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"This service does not answer under the name {headers.get('host', '')[:80]!r}.",
                f"Open {self.base_url}, or set TRIAGE_BASE_URL to the address that you use.",
            )
        if scope["method"] in SAFE_METHODS or _is_signed_call(scope):
            return None
        if same_origin(headers, self.base_url, has_token=has_token):
            return None
        return plain_problem(
            HTTPStatus.FORBIDDEN,
            "This was sent from a page of another site, or without saying from where.",
            "Use the forms of this service, or send a token as `Authorization: Bearer`.",
        )


def own_host(headers: Headers, base_url: str) -> bool:
    """True when exactly one Host header names the host of `base_url`; on loopback any loopback name."""
    names = headers.getlist("host")
    ours = urlsplit(base_url).hostname
    allowed = LOOPBACK if ours in LOOPBACK else {ours}
    return len(names) == 1 and _split(f"//{names[0]}").hostname in allowed


def same_origin(headers: Headers, base_url: str, *, has_token: bool) -> bool:
    """True when the request provably comes from our own pages.

    Every header that a browser sends about its origin must agree. With none of them it is no
    browser: then only a token counts, which another site cannot make a browser send.
    """
    said = [
        site in ("same-origin", "none") if name == "sec-fetch-site" else _is_ours(site, headers, base_url)
        for name in ("sec-fetch-site", "origin")
        for site in headers.getlist(name)
    ]
    if not said:
        said = [_is_ours(referer, headers, base_url) for referer in headers.getlist("referer")]
    return all(said) if said else has_token


def _is_signed_call(scope: Scope) -> bool:
    """True for a call whose endpoint believes a signature and nothing that a browser would add."""
    return scope["method"] == "POST" and _SIGNED.fullmatch(_path(scope)) is not None


def _is_ours(url: str, headers: Headers, base_url: str) -> bool:
    theirs, ours = _split(url), urlsplit(base_url)
    if theirs.scheme != ours.scheme or not theirs.netloc:
        return False
    return theirs.netloc.lower() in (ours.netloc.lower(), headers.get("host", "").lower())


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # e.g. a bracket that does not close
        return urlsplit("")


def _crash(request_id: str) -> Problem:
    return plain_problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side; nothing that was accepted before is lost.",
        f"Try again; if it stays, give your admin the number {request_id}.",
    )


def _path(scope: Scope) -> str:
    return cast("str", scope["path"])


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "") or "unmatched"
