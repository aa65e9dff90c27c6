"""Files that came with a request: as a page lists them, and the download of one.

Everything in a file is somebody else's: a browser gets it as an attachment of no known type, in a sandbox
of its own, under a name without paths and tricks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from api.deps import PersonDep, ServicesDep, visible_record
from api.highlight import Segment
from triage.attachments.reading import file_content
from triage.domain import Attachment, Request
from triage.errors import NotFound
from triage.records.received import StoredFile

router = APIRouter(include_in_schema=False)

FILE_POLICY = "default-src 'none'; sandbox"
_TYPE = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = {
    "application/pdf": "PDF",
    f"{_OFFICE}wordprocessingml.document": "Word",
    f"{_OFFICE}spreadsheetml.sheet": "Excel",
    f"{_OFFICE}presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/octet-stream": "file",
    "message/rfc822": "mail",
    "text/plain": "text",
    "text/csv": "table",
    "text/html": "web page",
    "image/png": "picture",
    "image/jpeg": "picture",
}
_LONGEST_NAME = 120  # characters
# Path separators, what Windows reserves, controls, and marks that turn the direction of writing: "exe.pdf".
_UNFIT = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')


@dataclass(frozen=True)
class ShownFile:
    """One line of the list. `text`: its words, cut where something was made of them."""

    name: str
    kind: str  # as its sender says
    size: int  # bytes
    link: str  # "" when its content was not kept
    text: tuple[Segment, ...]
    words: int
    trouble: str  # why there are no words, or not all
    since: datetime | None  # of the later mail it came with

    @property
    def marked(self) -> bool:
        """True when something was made of words in it."""
        return any(part.marks for part in self.text)


def shown_files(
    request: Request, kept: Sequence[StoredFile], cut: Callable[[str], tuple[Segment, ...]]
) -> tuple[ShownFile, ...]:
    """The files of a request in the order they came; of one accepted before files were kept, their names.

    `cut`: divides a text into marked segments.
    """
    later = {mail.id: mail.at for mail in request.later}
    if not kept:
        return tuple(_shown(file, cut, link="", since=None) for file in request.attachments)
    return tuple(
        _shown(
            Attachment(
                **file.model_dump(include={"name", "media_type", "size", "trouble"}), text=file.text or ""
            ),
            cut,
            link=f"/requests/{request.id}/files/{file.received_id}/{file.position}",
            since=later.get(file.received_id),
            unread=file.text is None,
        )
        for file in kept
    )


def unmarked(text: str) -> tuple[Segment, ...]:
    """A text nothing was made of."""
    return (Segment(text),)


def name_of_file(request: Request, quote: str) -> str:
    """The name, fit to be shown, of the file that a quote is from; "" when it is from the mail."""
    name = request.file_of(quote)
    return safe_name(name) if name else ""


def safe_name(name: str) -> str:
    """A file name that no browser, shell or reader takes for something else."""
    clean = " ".join(_UNFIT.sub("_", name).split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if len(clean) > _LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
    return clean[:_LONGEST_NAME] or "file"


@router.get("/requests/{request_id}/files/{received_id}/{position}", response_model=None)
def download(
    services: ServicesDep, person: PersonDep, request_id: str, received_id: int, position: int
) -> Response:
    """One file as it came: for reviewers, and for whom the request is answered to."""
    visible_record(services, person, request_id)
    kept = services.store.stored_files(request_id)
    file = next((each for each in kept if (each.received_id, each.position) == (received_id, position)), None)
    data = file_content(services.store.raw(received_id), position) if file else None
    if file is None or data is None:
        raise NotFound("This file is not here.", "Look at the request again.")
    headers = {"Content-Disposition": _disposition(file.name), "Content-Security-Policy": FILE_POLICY}
    return Response(data, media_type=_TYPE, headers=headers)


def _disposition(name: str) -> str:
    """RFC 6266: a plain name for old browsers, the real one for all others."""
    safe = safe_name(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _shown(
    file: Attachment,
    cut: Callable[[str], tuple[Segment, ...]],
    *,
    link: str,
    since: datetime | None,
    unread: bool = False,
) -> ShownFile:
    return ShownFile(
        name=safe_name(file.name),
        kind=_KINDS.get(file.media_type, file.media_type),
        size=file.size,
        link=link,
        text=cut(file.text) if file.text.strip() else (),
        words=len(file.text.split()),
        trouble="Not read yet." if unread else file.trouble,
        since=since,
    )
