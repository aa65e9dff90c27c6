"""What a mail of ours is made of, and how it is written: as plain text, and as HTML with the same words.

The HTML keeps to what Outlook and Gmail leave standing: one column, styles on the elements, no class, no
image, nothing fetched. It names no background and no text colour, so a dark mail program makes it dark.
Neither form breaks lines: a phone and a wide screen each do that themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_FONT = (
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5"
)
_PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    '<title>{title}</title></head>\n<body style="margin:0;padding:0">\n'
    '<div role="article" aria-label="{title}" style="max-width:600px;padding:16px;{font}">\n'
    "{parts}\n</div>\n</body></html>\n"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True)
class Lead:
    """The one sentence that is meant to be passed on."""

    text: str


@dataclass(frozen=True)
class Says:
    """A paragraph; line breaks in it are kept. `small`: for what stands below the rest."""

    text: str
    small: bool = False


@dataclass(frozen=True)
class Facts:
    """Named values, one to a line; empty ones are left out."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Points:
    """A list; each point may have lines below it. `mark`: "-", "[ ]" or "1" for numbers."""

    title: str
    points: Sequence[tuple[str, ...]]
    mark: str = "-"


@dataclass(frozen=True)
class Link:
    """An address of ours to open."""

    says: str
    url: str


Part = Lead | Says | Facts | Points | Link


def points(title: str, texts: Iterable[str], mark: str = "-") -> Points:
    """A list of single lines, without the empty ones."""
    return Points(title, [(line,) for text in texts if (line := one_line(text))], mark)


def one_line(text: str) -> str:
    """`text` with every run of white space made one blank."""
    return " ".join(_CONTROL.sub(" ", text).split())


def as_text(parts: Iterable[Part]) -> str:
    """The parts as plain text, a blank line between them."""
    written = (_text(part).strip("\n") for part in parts)
    return "\n\n".join(text for text in written if text.strip()) + "\n"


def as_html(parts: Iterable[Part], title: str) -> str:
    """The parts as a page of HTML that fetches nothing; every word is escaped."""
    written = [html for part in parts if (html := _html(part))]
    return _PAGE.format(title=escape(one_line(title)), font=_FONT, parts="\n".join(written))


def _text(part: Part) -> str:
    match part:
        case Lead(text):
            return one_line(text)
        case Says(text):
            return _CONTROL.sub("", text).strip()
        case Facts(pairs):
            return "\n".join(f"{name}: {text.strip()}" for name, text in pairs if text.strip())
        case Points(title, each, mark):
            return _text_list(title, each, mark)
        case Link(says, url):
            return f"{says}: {url}"


def _text_list(title: str, each: Sequence[tuple[str, ...]], mark: str) -> str:
    if not each:
        return ""
    long = any(len(lines) > 1 for lines in each)
    items = [
        "\n   ".join((f"{f'{number}.' if mark == '1' else mark} {lines[0]}", *lines[1:]))
        for number, lines in enumerate(each, 1)
    ]
    listed = ("\n\n" if long else "\n").join(items)
    return f"{title}:\n{listed}" if title else listed


def _html(part: Part) -> str:
    match part:
        case Lead(text):
            style = "margin:0 0 16px;padding:0 0 0 12px;border-left:4px solid #4a7d5c;font-size:20px"
            return f'<p style="{style};line-height:1.4"><strong>{_said(one_line(text))}</strong></p>'
        case Says(text, small):
            style = "margin:0 0 16px" + (";font-size:14px" if small else "")
            return f'<p style="{style}">{_said(text)}</p>' if text.strip() else ""
        case Facts(pairs):
            rows = [f"<strong>{_said(name)}:</strong> {_said(text)}" for name, text in pairs if text.strip()]
            return "\n".join(f'<p style="margin:0 0 8px">{row}</p>' for row in rows)
        case Points(title, each, mark):
            return _html_list(title, each, mark)
        case Link(says, url):
            return f'<p style="margin:16px 0"><a href="{escape(url)}">{_said(says)}</a></p>'


def _html_list(title: str, each: Sequence[tuple[str, ...]], mark: str) -> str:
    if not each:
        return ""
    tag = "ol" if mark == "1" else "ul"
    box = "☐ " if mark == "[ ]" else ""
    bare = ";list-style:none" if box else ""
    head = f'<p style="margin:16px 0 4px"><strong>{_said(title)}:</strong></p>\n' if title else ""
    items = [f'<li style="margin:0 0 6px">{box}{"<br>".join(map(_said, lines))}</li>' for lines in each]
    return f'{head}<{tag} style="margin:0 0 16px;padding:0 0 0 24px{bare}">{"".join(items)}</{tag}>'


def _said(text: str) -> str:
    return escape(_CONTROL.sub("", text).strip()).replace("\n", "<br>")
