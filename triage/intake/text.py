"""Readable, clean text from whatever a mail carries. Everything here is linear in the input."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from triage.intake.limits import MAX_HTML, MAX_LISTS, MAX_TAGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]

# Line breaks stay; other control characters, the filler of newsletters and the byte order mark go.
_DROPPED = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x200B, 0xFEFF))
_REPLACED = {0x0A: "\n", 0x09: "\t", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n", 0xA0: " ", 0x202F: " "}
_CHARACTERS = {**_DROPPED, **_REPLACED}
_MAX_MARKS = 30  # Unicode's stream-safe format: normalising a longer run of marks takes quadratic time
_BLOCKS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "blockquote", "center"})
_UNSEEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|p|/p|div|/div|tr|/tr|li|/h[1-6]|blockquote)\b", re.IGNORECASE)
_UNREAD = frozenset({"script", "style", "head", "title"})


def clean_text(text: str) -> str:
    """`text` in NFC with plain line feeds, without NUL, control characters and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(_CHARACTERS)
    return text if text.isascii() else unicodedata.normalize("NFC", _limit_marks(text))


def clean_line(text: str, limit: int = 300) -> str:
    """`text` cleaned, on one line, at most `limit` characters: for names, subjects and addresses."""
    return " ".join(clean_text(text[: limit * 4]).split())[:limit]


def html_to_text(html: str) -> str:
    """The words of an HTML body with paragraphs and lists; nothing that the reader would not see.

    At most `MAX_HTML` characters are read. Markup too wild for a layout still yields its words.
    """
    html = clean_text(html[:MAX_HTML])
    if html.count("<") > MAX_TAGS:
        return strip_tags(html)
    try:
        text = _layout(html)
    except Exception:  # a foreign parser on hostile input; its words matter more than its opinion
        return strip_tags(html)
    return clean_text("\n".join(line.strip() for line in text.split("\n")))


def strip_tags(html: str) -> str:
    """The text between tags, in one pass."""
    import html as entities

    kept: list[str] = []
    hidden = ""
    for piece in html.split("<", 10 * MAX_TAGS):
        tag, closed, text = piece.partition(">")
        name = tag.strip().split(" ", 1)[0].lower()
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _UNREAD:
            hidden = name
        if _BREAKS.match(f"<{tag[:20]}"):
            kept.append("\n")
        if not hidden:
            kept.append(text if closed else piece)
    return clean_text(entities.unescape("".join(kept)))


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676); quoted lines keep their level."""
    lines: list[str] = []
    open_level = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        level = len(line) - len(bare)
        words = bare.removeprefix(" ")
        if level == open_level and words.rstrip() != "--":
            lines[-1] = lines[-1][: -1 if delete_space else None] + words
        else:
            lines.append(">" * level + (" " if level else "") + words)
        open_level = level if words.endswith(" ") and words != "-- " else -1
    return "\n".join(lines)


def _layout(html: str) -> str:
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml.html import HTMLParser, document_fromstring

    if not html.strip():
        return ""
    # Bytes, because an encoding named inside the markup is refused for text.
    parser = HTMLParser(encoding="utf-8", huge_tree=True)
    tree = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    _simplify(tree)
    return str(Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"])).get_text())


def _simplify(tree: HtmlElement) -> None:
    """Tables become lines and styles go: padding columns and margins can blow a small mail up."""
    lists = 0
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        unseen = bool(_UNSEEN.search(element.get("style", "")[:500]))
        element.attrib.clear()
        if unseen:
            element.set("style", "display:none")
        lists += element.tag in ("ul", "ol")
        if element.tag in _BLOCKS or (lists > MAX_LISTS and element.tag in ("ul", "ol")):
            element.tag = "div"
        elif element.tag in ("td", "th"):
            element.tag = "span"
            element.tail = " " + (element.tail or "")


def _limit_marks(text: str) -> str:
    run = 0
    kept: list[str] = []
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)
