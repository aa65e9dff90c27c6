"""Architecture notes: a folder of Markdown files, cut at their headings into passages that can be cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from triage.domain import Passage
from triage.errors import BadFile

MAX_BYTES = 1_000_000  # of one note
LONG_PASSAGE = 1_400  # characters; about what the embedding model reads of one text

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_UPDATED = re.compile(r"^[\W_]*(?:last )?updated\W+(\d{4}-\d{2}-\d{2})[\W_]*$", re.IGNORECASE)
_LABEL = re.compile(r"^label:\s*[\"']?(.*?)[\"']?\s*$", re.IGNORECASE)
_SUPERSEDED = re.compile(
    r"^(?!\s*#)[\W_]*(?:status\W+)?(?:superseded|obsolete|deprecated|outdated|no longer valid)"
    r"(?!\s*:\s*(?:false|no)\b)(?:\s+(?:by|since)\b|\s*[:.,;–-]|[\W_]*$)"
    r"|\bthis (?:note|section|document) (?:is|was|has been) "
    r"(?:now )?(?:superseded|obsolete|deprecated|outdated|no longer (?:valid|true|current))\b",
    re.IGNORECASE,
)
_TOP = 6  # lines of a note that speak of the note
_HEADING = re.compile(r"^(#{1,4})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")


def read_notes(folder: Path) -> list[Passage]:
    """All passages of all notes below `folder`, in the order of their paths.

    Paths begin with the folder's own name ("notes/billing.md"); hidden files and folders are skipped.

    Raises:
        BadFile: no such folder, no note in it, or a note that is not readable UTF-8 text.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise BadFile(f"There is no folder {folder} with notes.", "Name a folder that holds Markdown files.")
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in (".md", ".markdown"))
    visible = [path for path in files if path.is_file() and not _hidden(path.relative_to(root))]
    if not visible:
        raise BadFile(f"The folder {folder} holds no Markdown file.", "Notes end in .md.")
    return [
        passage
        for path in visible
        for passage in split_note(path.relative_to(root.parent).as_posix(), _read(path))
    ]


def split_note(path: str, text: str) -> list[Passage]:
    """Cut one note into passages, one per heading, long ones at paragraph borders.

    The date comes from front matter (`updated: 2026-03-01`) or a line "Updated: 2026-03-01" near the top. A
    note or passage is superseded when it says so: front matter `status: superseded`, a line "Superseded by
    …" at its top, or a sentence such as "this section is no longer valid". Front matter `label: board only`
    keeps it out of drafts.
    Ids are path#heading-slug; text above the first sub-heading carries the slug of the note's title.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    sections = list(_sections(body.split("\n")))
    title = next((s.heading for s in sections if s.level == 1), "") or Path(path).stem.replace("_", " ")
    head, top = front[1] if front else "", "\n".join(body.split("\n")[:_TOP])
    of_note: dict[str, object] = {"updated": _updated(head) or _updated(top), "label": _label(head)}
    if _superseded(head) or _superseded(top):
        of_note["superseded"] = True
    return [passage.model_copy(update=of_note) for passage in _passages(path, title, sections)]


@dataclass
class _Section:
    """A heading and the lines below it."""

    heading: str = ""
    level: int = 0
    lines: list[str] = field(default_factory=list)


def _sections(lines: list[str]) -> Iterator[_Section]:
    section, fence = _Section(), ""
    for line in lines:
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        if not fence and (match := _HEADING.match(line)):
            yield section
            section = _Section(match[2], len(match[1]))
        elif not _UPDATED.match(line):
            section.lines.append(line)
    yield section


def _passages(path: str, title: str, sections: list[_Section]) -> Iterator[Passage]:
    used: set[str] = set()
    for section in sections:
        heading = section.heading or title
        name = heading if heading == title else f"{title} › {heading}"
        for piece in _pieces("\n".join(section.lines).strip()):
            id_ = _fresh(f"{path}#{_slug(heading)}", used)
            yield Passage(id=id_, path=path, title=name, text=piece, superseded=_superseded(piece))


def _pieces(text: str) -> Iterator[str]:
    """`text` as it is, or paragraph groups of at most `LONG_PASSAGE` characters where that is possible."""
    group = ""
    for paragraph in re.split(r"\n\s*\n", text):
        if group and len(group) + len(paragraph) > LONG_PASSAGE:
            yield group
            group = ""
        group = f"{group}\n\n{paragraph}".strip()
    if group:
        yield group


def _fresh(id_: str, used: set[str]) -> str:
    number, name = 1, id_
    while name in used:
        number += 1
        name = f"{id_}-{number}"
    used.add(name)
    return name


def _slug(heading: str) -> str:
    return "-".join(re.findall(r"\w+", heading.lower())) or "text"


def _updated(text: str) -> str:
    return next((match[1] for line in text.split("\n") if (match := _UPDATED.match(line))), "")


def _label(front: str) -> str:
    return next((match[1] for line in front.split("\n") if (match := _LABEL.match(line))), "")


def _superseded(text: str) -> bool:
    return any(_SUPERSEDED.search(line) for line in text.split("\n"))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(
            f"The note {path.name} cannot be read: {error.strerror}.", "Check its rights."
        ) from error
    if len(data) > MAX_BYTES:
        raise BadFile(f"The note {path.name} is larger than 1 MB.", "Split it, or move it out of the folder.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"The note {path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
