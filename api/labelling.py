"""A small application of its own: somebody reads drafts and says which questions hit.

It serves one person on this machine. Its addresses begin with a key that only the printed link holds, so
that no other program or user of the machine reads along; the doors of `api.security` stand before it too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from api import errors, security
from api.fields import Fields
from api.metrics import Meter
from api.posted import FieldsDep
from api.static_files import HashedStaticFiles
from api.templating import STATIC, create_environment, render

WORTHS = (("useful", "useful"), ("neutral", "neutral"), ("noise", "noise"))
COUNTS = (("1", "one concern"), ("2", "two"), ("3", "three or more"))


class Hidden(Protocol):
    """What surfaced."""

    @property
    def category(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def evidence(self) -> str: ...


class Label(Protocol):
    """What was said of a draft before."""

    @property
    def gold(self) -> Sequence[str]: ...
    @property
    def by(self) -> Sequence[int | None]: ...
    @property
    def drafted(self) -> Sequence[str | None]: ...
    @property
    def concerns(self) -> Sequence[int | None]: ...


class Sheet(Protocol):
    """One case to read."""

    @property
    def key(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def hidden(self) -> Sequence[Hidden]: ...
    @property
    def asked(self) -> Sequence[str]: ...
    @property
    def label(self) -> Label | None: ...


class Book(Protocol):
    """The drafts to read, and where the labels go; `evals.judging.labels.LabelBook` is the real one."""

    @property
    def order(self) -> Sequence[str]:
        """Ids in the order of reading."""

    @property
    def done(self) -> frozenset[str]:
        """Ids that are labelled."""

    def next(self) -> str:
        """The first without a label, "" when all have one."""

    def sheet(self, key: str) -> Sheet:
        """One case. Raises NotFound."""

    def say(
        self, key: str, said: Sequence[str], worth: Sequence[str | None], concerns: Sequence[int | None]
    ) -> None:
        """Store it; `said` for each hidden item "near", "miss" or the place of the question that hits."""


def create_label_app(book: Book, base_url: str, key: str) -> FastAPI:
    """The page over `book`, reached under `base_url`/`key`/."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.templates = create_environment("UTC")
    app.state.meter = Meter()
    app.state.stopping = threading.Event()
    app.include_router(_router(book), prefix=f"/{key}")
    app.mount("/static", HashedStaticFiles(directory=STATIC), name="static")
    errors.install(app)
    security.install(app, base_url)
    return app


def _router(book: Book) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_model=None)
    def overview(request: Request) -> Response:
        sheets = [book.sheet(key) for key in book.order]
        return render(
            request, "labels/overview.html", sheets=sheets, done=book.done, next=book.next(), title="Labels"
        )

    @router.get("/case/{case_id:path}", response_model=None)
    def case(request: Request, case_id: str) -> Response:
        return _page(request, book, case_id, _chosen(book.sheet(case_id)))

    @router.post("/case/{case_id:path}", response_model=None)
    def save(request: Request, case_id: str, fields: FieldsDep) -> Response:
        sheet = book.sheet(case_id)
        said = [fields.get(f"item-{place}") for place in range(len(sheet.hidden))]
        if any(one not in _sayings(sheet) for one in said):
            return _page(request, book, case_id, dict(fields.pairs), status=HTTPStatus.UNPROCESSABLE_ENTITY)
        worth, concerns = _of_questions(fields, len(sheet.asked))
        book.say(case_id, said, worth, concerns)
        after = book.next()
        home = request.url.path.partition("/case/")[0]
        return RedirectResponse(f"{home}/case/{after}" if after else f"{home}/", HTTPStatus.SEE_OTHER)

    return router


def _page(
    request: Request, book: Book, case_id: str, chosen: dict[str, str], status: int = HTTPStatus.OK
) -> Response:
    sheet = book.sheet(case_id)
    return render(
        request,
        "labels/case.html",
        status=status,
        title=sheet.subject or case_id,
        sheet=sheet,
        sayings=_sayings(sheet).items(),
        worths=WORTHS,
        counts=COUNTS,
        chosen=chosen,
        incomplete=status != HTTPStatus.OK,
        place=list(book.order).index(case_id) + 1,
        total=len(book.order),
        done=len(book.done),
        home=request.url.path.partition("/case/")[0] + "/",
    )


def _sayings(sheet: Sheet) -> dict[str, str]:
    """What may be said of a hidden item, as form value and words."""
    places = {str(place): f"{place + 1} asks it" for place in range(len(sheet.asked))}
    return {**places, "near": "near", "miss": "missed"}


def _chosen(sheet: Sheet) -> dict[str, str]:
    """The form as it was filled in before."""
    label = sheet.label
    if label is None:
        return {}
    said = [
        (str(by) if gold == "hit" and by is not None else str(gold))
        for gold, by in zip(label.gold, label.by, strict=True)
    ]
    return {
        **_numbered("item", said),
        **_numbered("worth", (one or "" for one in label.drafted)),
        **_numbered("concerns", ("" if one is None else str(one) for one in label.concerns)),
    }


def _numbered(name: str, values: Iterable[str]) -> dict[str, str]:
    return {f"{name}-{place}": value for place, value in enumerate(values)}


def _of_questions(fields: Fields, count: int) -> tuple[list[str | None], list[int | None]]:
    worth = [_one_of(fields.get(f"worth-{place}"), WORTHS) for place in range(count)]
    concerns = [_one_of(fields.get(f"concerns-{place}"), COUNTS) for place in range(count)]
    return worth, [int(one) if one else None for one in concerns]


def _one_of(value: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """Blank is allowed; what is no choice counts as blank."""
    return value if value in dict(choices) else None
