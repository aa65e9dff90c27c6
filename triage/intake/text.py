"""Readable, clean text from whatever a mail carries. Everything here is linear in the input."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from triage.intake.limits import MAX_HTML, MAX_LISTS, MAX_NESTING, MAX_QUOTE_DEPTH, MAX_TAGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]

# Line breaks stay; other control characters, the filler of newsletters and the byte order mark go.
_DROPPED = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x200B, 0xFEFF))
_REPLACED = {0x0A: "\n", 0x09: "\t", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n", 0xA0: " ", 0x202F: " "}
_CHARACTERS = {**_DROPPED, **_REPLACED}
_MAX_MARKS = 30  # Unicode's stream-safe format: normalising a longer run of marks takes quadratic time
_BLOCKS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "blockquote", "center"})
_RULED = frozenset({"divRplyFwdMsg", "x_divRplyFwdMsg"})  # Outlook's header block
_UNSEEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_OUTLOOK_RULE = re.compile(r"border-top:\s*solid[^;]{0,60};\s*padding:\s*3", re.IGNORECASE)
_DEEPER, _HIGHER, _RULE = "\ue000", "\ue001", "\ue002"  # where a quote begins and ends, a line is drawn
_OWN_MARKS = dict.fromkeys(map(ord, (_DEEPER, _HIGHER, _RULE)))
_MAX_QUOTES = 20  # deeper quotes of HTML are printed at this level
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

    Quotes get the ">" of plain text, so that both are split into messages alike. At most `MAX_HTML`
    characters are read. Markup too wild for a layout still yields its words.
    """
    html = clean_text(html[:MAX_HTML]).translate(_OWN_MARKS)
    if html.count("<") > MAX_TAGS:
        return strip_tags(html)
    try:
        text = _layout(html)
    except Exception:  # a foreign parser on hostile input; its words matter more than its opinion
        return strip_tags(html)
    return clean_text("\n".join(_quoted(text.split("\n"))))


def _quoted(lines: Iterable[str]) -> Iterator[str]:
    """The lines without our marks, quotes with one ">" a level."""
    depth = 0
    for line in lines:
        words = line.translate(_OWN_MARKS).strip()
        deeper = line.count(_DEEPER)
        depth += deeper
        if _RULE in line:
            yield ">" * min(depth, _MAX_QUOTES) + "_" * 32
        if words or not (deeper or _HIGHER in line or _RULE in line):
            mark = ">" * min(depth, _MAX_QUOTES)
            yield f"{mark} {words}" if mark and words else mark or words
        depth = max(0, depth - line.count(_HIGHER))


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
    lines: list[list[str]] = []
    open_level = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        level = len(line) - len(bare)
        words = bare.removeprefix(" ")
        if level == open_level and words.rstrip() != "--":
            lines[-1][-1] = lines[-1][-1][: -1 if delete_space else None]
            lines[-1].append(words)
        else:
            lines.append([">" * min(level, MAX_QUOTE_DEPTH) + (" " if level else ""), words])
        open_level = level if words.endswith(" ") and words != "-- " else -1
    return "\n".join("".join(pieces) for pieces in lines)


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
    """Tables become lines and styles go: padding columns and margins can blow a small mail up.

    Raises:
        ValueError: nested too deep for a layout.
    """
    lists = 0
    quotes: list[HtmlElement] = []
    rules: list[HtmlElement] = []
    depth: dict[HtmlElement, int] = {}
    for element in tree.iter():
        depth[element] = depth.get(element.getparent(), 0) + 1
        if depth[element] > MAX_NESTING:
            raise ValueError("The markup is nested too deep.")
        if not isinstance(element.tag, str):
            continue
        style = element.get("style", "")[:500]
        unseen = bool(_UNSEEN.search(style))
        if element.tag == "blockquote" and _is_quote(element):
            quotes.append(element)
        elif element.tag == "div" and (element.get("id") in _RULED or _OUTLOOK_RULE.search(style)):
            rules.append(element)
        element.attrib.clear()
        if unseen:
            element.set("style", "display:none")
        lists += element.tag in ("ul", "ol")
        if element.tag in _BLOCKS or (lists > MAX_LISTS and element.tag in ("ul", "ol")):
            element.tag = "div"
        elif element.tag in ("td", "th"):
            element.tag = "span"
            element.tail = " " + (element.tail or "")
    for element in quotes:
        _put_first(element, _DEEPER)
        last = element.makeelement("div")
        last.text = _HIGHER
        element.append(last)
    for element in rules:
        _put_first(element, _RULE)


def _is_quote(element: HtmlElement) -> bool:
    return element.get("type", "").lower() == "cite" or "quote" in element.get("class", "").lower()


def _put_first(element: HtmlElement, mark: str) -> None:
    first = element.makeelement("div")
    first.text, first.tail, element.text = mark, element.text, None
    element.insert(0, first)


def _limit_marks(text: str) -> str:
    run = 0
    kept: list[str] = []
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)
