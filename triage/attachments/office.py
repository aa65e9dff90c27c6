"""The words of Word, Excel, PowerPoint and OpenDocument text files: a ZIP with XML in it.

Read as a stream with the parser of the standard library, so that a bomb costs its first megabytes and
nothing else: entity declarations are refused, unpacking stops at `MAX_UNPACKED`, reading at the cap on
text. What a reader of the document would not see (hidden and deleted words) is left out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from triage.attachments.sheets import Handler, read_workbook
from triage.attachments.words import MAX_FILE_TEXT, MAX_PAGES, MAX_UNPACKED, Enough, FileWords, cut

DAMAGED = "It is damaged: it cannot be unpacked."
LOCKED = "It is locked with a password."
BOMB = "It unpacks to more than any real document does: it was not read."
UNKNOWN = "A packed archive: it is not opened. Send the files themselves."
EMPTY = "There is no text in it."
_CHUNK = 65_536
_MOST_ENTRIES = 5_000


class Refused(Exception):
    """The file is not read on; the message says why."""


@dataclass
class Package:
    """A ZIP file whose parts are fed to XML handlers."""

    archive: zipfile.ZipFile
    left: int  # bytes that may still come out of it

    def has(self, name: str) -> bool:
        """True when there is such a part."""
        return name in self.archive.NameToInfo

    def names(self, pattern: str) -> list[str]:
        """The parts whose whole name matches, by the number in it."""
        found = [(match, name) for name in self.archive.NameToInfo if (match := re.fullmatch(pattern, name))]
        return [name for _, name in sorted((int(match[1]), name) for match, name in found)]

    def feed(self, name: str, handler: Handler) -> None:
        """Parse one part. Raises Refused, Enough."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.EntityDeclHandler = _refuse_entities
        parser.StartElementHandler = lambda tag, attributes: handler.start(_local(tag), _locals(attributes))
        parser.EndElementHandler = lambda tag: handler.end(_local(tag))
        parser.CharacterDataHandler = handler.data
        try:
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused(DAMAGED) from error

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self.archive.NameToInfo[name]
        if info.flag_bits & 0x1:
            raise Refused(LOCKED)
        with self.archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                self.left -= len(chunk)
                if self.left < 0:
                    raise Refused(BOMB)
                yield chunk


def read_packed(data: bytes) -> FileWords:
    """The text of an office file. Never raises."""
    found = Words()
    trouble = ""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if len(archive.NameToInfo) > _MOST_ENTRIES:
                return FileWords(trouble=BOMB)
            if not _read(Package(archive, MAX_UNPACKED), found):
                return FileWords(trouble=UNKNOWN)
    except Enough:
        pass
    except Refused as refused:
        trouble = str(refused)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        trouble = DAMAGED
    text = found.text()
    if not text.strip(" |\t\n"):
        return FileWords(trouble=trouble or EMPTY)
    return cut(text, trouble=trouble and f"{trouble} What came before is here.")


def _read(package: Package, found: Words) -> bool:
    """False when it is none of the known kinds."""
    if package.has("word/document.xml"):
        for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
            if package.has(name):
                package.feed(name, Document(found, texts={"t"}))
                found.gap()
    elif package.has("ppt/presentation.xml"):
        for name in package.names(r"ppt/slides/slide(\d{1,6})\.xml")[:MAX_PAGES]:
            package.feed(name, Document(found, texts={"t"}))
            found.gap()
    elif package.has("xl/workbook.xml"):
        read_workbook(package, found)
    elif package.has("content.xml") and package.has("mimetype"):
        package.feed("content.xml", Document(found, texts={"p", "h"}))
    else:
        return False
    return True


class Words:
    """Text as it is gathered; raises `Enough` once there is more than is kept."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        """Append."""
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > 2 * MAX_FILE_TEXT:  # some of it is blanks that `tidy` takes out
            raise Enough

    def gap(self) -> None:
        """An empty line, so that what follows is a sentence of its own."""
        self.add("\n\n")

    def text(self) -> str:
        """Everything so far."""
        return "".join(self._pieces)


class Document:
    """Paragraphs, lists and tables of a text document or a slide.

    Args:
        texts: elements whose characters are words: w:t and a:t, or the paragraphs of OpenDocument.
    """

    def __init__(self, found: Words, texts: set[str]) -> None:
        self._found = found
        self._texts = texts
        self._inside = 0  # elements of `texts`
        self._skipped = 0  # depth inside what is not to be read
        self._cells = 0  # depth inside table cells
        self._hidden = False  # the run
        self._listed = False  # the paragraph

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in _UNREAD or self._skipped:
            self._skipped += 1
            return
        if tag == "vanish":
            self._hidden = attributes.get("val", "true") not in ("0", "false", "off")
        elif tag == "r":
            self._hidden = False
        elif tag in _BLANKS:
            self._found.add(_BLANKS[tag])
        elif tag in _CELLS:
            self._found.add("| ")
            self._cells += 1
        elif tag in ("numPr", "list-item"):
            self._listed = True
        if tag in self._texts:
            self._inside += 1
            if self._listed and not self._hidden:
                self._found.add("\n- ")
                self._listed = False

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
            return
        if tag in self._texts:
            self._inside -= 1
        if tag in ("p", "h"):
            self._found.add(" " if self._cells else "\n\n")
            self._listed = False
        elif tag in _CELLS:
            self._cells -= 1
        elif tag in ("tr", "table-row", "tbl", "table"):
            self._found.add("\n")

    def data(self, text: str) -> None:
        """Characters."""
        if self._inside and not self._skipped and not self._hidden:
            self._found.add(text)


_CELLS = ("tc", "table-cell")
_BLANKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " "}
# A second copy for old programs, what was moved away, comments of OpenDocument, and tab stops.
_UNREAD = frozenset(["Fallback", "moveFrom", "tracked-changes", "annotation", "tabs"])


def _refuse_entities(*_: object) -> None:
    raise Refused("It declares XML entities, which no real document does: it was not read.")


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


def _locals(attributes: dict[str, str]) -> dict[str, str]:
    return {_local(name): value for name, value in attributes.items()}
