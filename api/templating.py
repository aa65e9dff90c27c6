"""The Jinja environment: autoescape, strict variables, and how dates, days and money are written.

Every template may use, besides what its endpoint passes:

    person        who is signed in, or None
    path          path of this page, e.g. "/review"
    request_id    of this HTTP request, for problem pages
    undelivered() how many messages were given up or came back; counted when it is asked for
    now           current UTC time
    static(name)  URL of a file in api/static, with its content hash
    Filters       day, written, moment, iso, days, money, count, words

Templates rendered outside PAGES' own endpoints: sign_in.html (token, next), problem.html
(problem: api.errors.Problem), operations.html (title, operations: list of api.docs.Operation).
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage.domain import Days

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
WORDS = {
    "yes_but": "yes, but",
    "in_review": "in review",
    "no_reason": "reason for no",
    "send_back": "send back",
}


def render(request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The template `name` as a response. A variable the template wants and nobody gave is an error."""
    templates: Environment = request.app.state.templates
    common = {
        "person": getattr(request.state, "person", None),
        "path": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
        "now": datetime.now(UTC),
        "undelivered": lambda: _undelivered(request),
    }
    return HTMLResponse(templates.get_template(name).render({**common, **context}), status_code=status)


def _undelivered(request: Request) -> int:
    try:
        return int(request.app.state.services.outgoing.dead_letters())
    except Exception:  # also the page that says that the database is away has this number in its bar
        log.exception("the outbox does not answer")
        return 0


def create_environment(time_zone: str) -> Environment:
    """The environment; times are shown in `time_zone`, an IANA name such as Europe/Berlin."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = ZoneInfo(time_zone)
    templates.filters.update(
        day=day, written=written, iso=iso, days=days, money=money, count=count, words=words
    )
    templates.filters["moment"] = lambda value: moment(value, zone)
    templates.globals["static"] = StaticUrls(STATIC)
    return templates


class StaticUrls:
    """File name -> URL that changes with the file's content, so that it may be cached for ever."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._urls: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The URL of `name`. Raises FileNotFoundError for a file that is not there."""
        if name not in self._urls:
            digest = hashlib.sha256((self._folder / name).read_bytes()).hexdigest()[:12]
            self._urls[name] = f"/static/{name}?v={digest}"
        return self._urls[name]


def day(value: date | datetime | None) -> str:
    """ "Mon 23 Nov 2026", or nothing for no date."""
    return f"{value:%a} {value.day} {value:%b %Y}" if value else ""


def written(value: str) -> str:
    """An ISO date or year-month as people write it: "26 Jun 2026", "Jun 2026"; other text as it is."""
    with suppress(ValueError):
        if len(value) == len("2026-06"):
            return f"{date.fromisoformat(f'{value}-01'):%b %Y}"
        known = date.fromisoformat(value)
        return f"{known.day} {known:%b %Y}"
    return value


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """ "Mon 23 Nov, 11:20" in `zone`, or nothing for no time."""
    if value is None:
        return ""
    local = value.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def iso(value: date | datetime | None) -> str:
    """For the `datetime` attribute of a <time> element."""
    return value.isoformat() if value else ""


def days(value: Days | float) -> str:
    """A range or a number of engineer-days: "2–5 days", "1 day", "none"."""
    low, high = (value.low, value.high) if isinstance(value, Days) else (value, value)
    if high <= 0:
        return "none"
    if f"{low:g}" == f"{high:g}":
        return f"{high:g} {'day' if high == 1 else 'days'}"
    return f"{low:g}–{high:g} days"


def money(value: float | None, currency: str = "EUR") -> str:
    """ "EUR 48,000", or nothing when the value is unknown."""
    return f"{currency} {value:,.0f}" if value is not None else ""


def count(number: int, noun: str) -> str:
    """ "1 question", "3 questions", "no questions"."""
    return f"{number or 'no'} {noun if number == 1 else noun + 's'}"


def words(value: str) -> str:
    """A value of an enum as people say it: "yes_but" -> "yes, but"."""
    return WORDS.get(str(value), str(value).replace("_", " "))
