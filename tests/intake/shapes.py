"""Whole mails around a forward: HTML as the programs write it, MIME structures, character sets, damage.

Each is built from the one invented mail of `forwards.py`, so all must give the same request.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tests.intake.forwards import ADDRESS, BODY, LANGUAGES, NAME, NOTE, SENT, SUBJECT, TO

WHO = f"{NAME} &lt;<a href='mailto:{ADDRESS}'>{ADDRESS}</a>&gt;"
PARAGRAPHS = "".join(f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in BODY.split("\n\n"))
PLAIN = (
    f"{NOTE}\n\n---------- Forwarded message ---------\nFrom: {NAME} <{ADDRESS}>\nDate: {SENT}\n"
    f"Subject: {SUBJECT}\nTo: {TO}\n\n{BODY}\n"
)


@dataclass(frozen=True)
class Shape:
    """A raw mail and the attachments that must be listed."""

    name: str
    raw: bytes
    files: tuple[str, ...] = ()


def shapes() -> Iterator[Shape]:
    """All of them."""
    for language in ("en", "de", "fr", "pl", "ru", "tr", "ja", "zh-hans"):
        for name, markup in _markup(language):
            yield Shape(f"{name}, {language}", _mail("text/html; charset=utf-8", markup.encode()))
    yield from _structures()
    yield from _charsets()
    yield from _damaged()


def _markup(language: str) -> Iterator[tuple[str, str]]:
    words = LANGUAGES[language]
    sender, sent, date, to, _, subject = words.labels.split()
    to_value = escape(TO)
    link = f"<a href='mailto:{ADDRESS}'>{ADDRESS}</a>"
    yield (
        "Gmail",
        f"<div dir='ltr'>{NOTE}<br><br><div class='gmail_quote'><div dir='ltr' class='gmail_attr'>"
        f"---------- Forwarded message ---------<br>{sender}: <strong class='gmail_sendername' dir='auto'>"
        f"{NAME}</strong> <span dir='auto'>&lt;{link}&gt;</span><br>Date: {SENT}<br>Subject: {SUBJECT}<br>"
        f"To: {to_value}<br></div><br><br>{PARAGRAPHS}</div></div>",
    )
    rows = ((sender, WHO), (sent, SENT), (to, to_value), (subject, SUBJECT))
    outlook = "<br>".join(f"<b>{label}:</b> {value}" for label, value in rows)
    yield (
        "Outlook desktop",
        "<html><head><style>p.MsoNormal{margin:0}</style></head><body><div class=WordSection1>"
        f"<p class=MsoNormal>{NOTE}<o:p></o:p></p><p class=MsoNormal>&nbsp;</p><div>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p class=MsoNormal>{outlook}<o:p></o:p></p></div></div><p>&nbsp;</p>"
        f"{PARAGRAPHS}</div></body></html>",
    )
    yield (
        "Outlook on the web",
        f"<body><div style='font-size:12pt'>{NOTE}</div><div id='appendonsend'></div><hr style='width:98%'>"
        f"<div id='divRplyFwdMsg' dir='ltr'><font>{outlook}</font><div>&nbsp;</div></div>"
        f"<div>{PARAGRAPHS}</div></body>",
    )
    rows = ((sender, WHO), (subject, SUBJECT), (date, SENT), (to, to_value))
    apple = "".join(f"<div><span><b>{label}: </b></span><span>{v}<br></span></div>" for label, v in rows)
    yield (
        "Apple Mail",
        f"<body>{NOTE}<br><div><br><blockquote type='cite'><div>{words.begin}</div>"
        f"<br class='Apple-interchange-newline'>{apple}<br><div>{PARAGRAPHS}</div></blockquote></div></body>",
    )
    rows = ((subject, SUBJECT), (date, SENT), (sender, WHO), (to, to_value))
    cells = "".join(f"<tr><th align='RIGHT'>{label}: </th><td>{v}</td></tr>" for label, v in rows)
    yield (
        "Thunderbird",
        f"<body><p>{NOTE}</p><div class='moz-forward-container'><br><br>-------- {words.separator} --------"
        f"<table class='moz-email-headers-table'><tbody>{cells}</tbody></table><br><br>"
        f"{PARAGRAPHS}</div></body>",
    )
    rows = ((sender, WHO), (to, to_value), (sent, SENT), (subject, SUBJECT))
    yahoo = "".join(f"<div><b>{label}:</b> {value}</div>" for label, value in rows)
    yield (
        "Yahoo",
        f"<div>{NOTE}</div><div><br></div><div id='yahoo_quoted'><div>----- {words.separator} -----</div>"
        f"{yahoo}<div><br></div><div>{PARAGRAPHS}</div></div>",
    )


def _structures() -> Iterator[Shape]:
    text = b"Content-Type: text/plain; charset=utf-8\n\n" + PLAIN.encode()
    html = b"Content-Type: text/html; charset=utf-8\n\n<p>not read</p>"
    image = b"Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    file = (
        b'Content-Type: application/pdf\nContent-Disposition: attachment; filename="plan.pdf"\n\n%PDF-1.7 x'
    )
    both = _multipart("alternative", "a", text, html)
    yield Shape("alternative", _wrap(both))
    yield Shape("with a picture", _wrap(_multipart("related", "r", both, image)), ("logo.png",))
    yield Shape("with a file", _wrap(_multipart("mixed", "m", both, file)), ("plan.pdf",))
    signature = (
        b"Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----"
    )
    yield Shape("signed", _wrap(_multipart("signed", "s", text, signature)), ("signature.asc",))
    coded = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    yield Shape("base64", _wrap(coded + base64.encodebytes(PLAIN.encode())))
    quoted = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    yield Shape("quoted-printable", _wrap(quoted + quopri.encodestring(PLAIN.encode())))
    flowed = b"Content-Type: text/plain; charset=utf-8; format=flowed\n\n"
    yield Shape("flowed", _wrap(flowed + PLAIN.encode()))
    yield Shape("line ends of Windows", _wrap(text).replace(b"\n", b"\r\n"))
    yield Shape("line ends of the old Mac", _wrap(text).replace(b"\n", b"\r"))
    inner = f"From: {NAME} <{ADDRESS}>\nSubject: {SUBJECT}\nDate: {SENT}\n\n{BODY}\n".encode()
    note = b"Content-Type: text/plain\n\n" + NOTE.encode()
    attached = b"Content-Type: message/rfc822\n\n" + inner
    yield Shape("attached mail", _wrap(_multipart("mixed", "m", note, attached)), (f"{SUBJECT}.eml",))
    coded = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(inner)
    yield Shape("attached mail in base64", _wrap(_multipart("mixed", "m", note, coded)), (f"{SUBJECT}.eml",))
    digest = _multipart("digest", "d", b"\n" + inner)
    yield Shape("digest", _wrap(_multipart("mixed", "m", note, digest)), (f"{SUBJECT}.eml",))


def _charsets() -> Iterator[Shape]:
    for charset, language in (
        ("iso-8859-1", "de"),
        ("windows-1252", "fr"),
        ("iso-8859-2", "cs"),
        ("windows-1250", "hu"),
        ("iso-8859-9", "tr"),
        ("koi8-r", "ru"),
        ("koi8-u", "uk"),
        ("windows-1251", "uk"),
        ("iso-2022-jp", "ja"),
        ("shift_jis", "ja"),
        ("euc-jp", "ja"),
        ("gb2312", "zh-hans"),
        ("gb18030", "zh-hans"),
        ("big5", "zh-hant"),
        ("euc-kr", "ko"),
        ("iso-8859-7", "el"),
        ("iso-8859-8-i", "he"),
        ("windows-1256", "ar"),
        ("utf-16", "ru"),
        ("utf-7", "ja"),
    ):
        words = LANGUAGES[language]
        labels = [label.replace("_", " ") for label in words.labels.split()]
        block = (
            f"{labels[0]}: {NAME} <{ADDRESS}>\n{labels[1]}: {SENT}\n{labels[3]}: {TO}\n{labels[5]}: {SUBJECT}"
        )
        text = f"{NOTE}\n\n-----{words.original}-----\n{block}\n\n{BODY}\n"
        head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
        codec = {"iso-8859-8-i": "iso-8859-8"}.get(charset, charset)
        yield Shape(f"{charset}, {language}", _wrap(head + base64.encodebytes(text.encode(codec))))


def _damaged() -> Iterator[Shape]:
    text = b"Content-Type: text/plain; charset=utf-8\n\n" + PLAIN.encode()
    whole = _wrap(_multipart("mixed", "m", text))
    yield Shape("no last delimiter", whole.replace(b"--m--\n", b""))
    yield Shape("boundary not named", whole.replace(b"; boundary=m", b""))
    yield Shape("wrong boundary", whole.replace(b"boundary=m", b"boundary=x"))
    yield Shape("byte order mark", b"\xef\xbb\xbf" + _wrap(text))
    yield Shape("line of an mbox", b"From mara@ours.example Tue Nov  3 09:12:00 2026\n" + _wrap(text))
    yield Shape("blank lines first", b"\n\n" + _wrap(text))
    yield Shape("wrong character set", _wrap(text.replace(b"charset=utf-8", b"charset=us-ascii")))
    yield Shape("unknown encoding", _wrap(b"Content-Transfer-Encoding: x-none\n" + text))


def _mail(content_type: str, body: bytes) -> bytes:
    return _wrap(f"Content-Type: {content_type}\nContent-Transfer-Encoding: 8bit\n\n".encode() + body)


def _wrap(part: bytes) -> bytes:
    head = f"From: Mara Lind <mara@ours.example>\nTo: requests@inbox.example\nSubject: Fwd: {SUBJECT}\n"
    return head.encode() + b"MIME-Version: 1.0\n" + part


def _multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    head = f"Content-Type: multipart/{kind}; boundary={boundary}\n\n".encode()
    delimiter = f"--{boundary}\n".encode()
    return head + b"".join(delimiter + part + b"\n" for part in parts) + f"--{boundary}--\n".encode()
