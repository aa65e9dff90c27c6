"""Which company an asker belongs to: a guess from signature and address that a human can edit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_FREE_MAIL_TEXT = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr live.com msn.com
yahoo.com yahoo.co.uk yahoo.de yahoo.fr ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net
gmx.at gmx.ch gmx.com web.de t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com
pm.me fastmail.com zoho.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it
tiscali.it terra.es telefonica.net ziggo.nl kpnmail.nl planet.nl xs4all.nl sapo.pt uol.com.br
bol.com.br btinternet.com comcast.net verizon.net att.net mail.com mail.ru yandex.ru wp.pl o2.pl
onet.pl interia.pl seznam.cz bluewin.ch hey.com tuta.com tutanota.com qq.com 163.com outlook.de
outlook.fr live.nl
"""
FREE_MAIL = frozenset(_FREE_MAIL_TEXT.split())
LEGAL_FORM = re.compile(
    r"\b(?:GmbH|AG|SE|KG|UG|Ltd|Limited|Inc|LLC|LLP|PLC|plc|Corp|BV|NV|SARL|SAS|SpA|Srl|AB|ApS|Oy|Oyj|"
    r"Lda|Ltda|Pty|S\.A\.|B\.V\.|N\.V\.|S\.L\.|S\.r\.l\.|S\.p\.A\.|A/S)(?!\w)"
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu", "or", "ne"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae", "å": "a"})
_TAIL_LINES = 4
_DIVIDER = re.compile(r"[|·•,;]| [–—-] | at | bei | chez ")


def guess_company(signature: str, address: str, text: str = "") -> str:
    """The company named in the signature, else the domain's name; "" for free mail and no signature.

    `text`: the message, whose last lines may hold a signature that was not recognised as one.
    """
    label = "" if is_free_mail(address) else _domain_label(address.rpartition("@")[2].lower())
    segments = list(_segments(signature))
    key = _key(label)
    tail = _segments("\n".join(text.split("\n")[-_TAIL_LINES:]))
    named = next((segment for segment in (*segments, *tail) if key and _resembles(_key(segment), key)), "")
    legal = next((segment for segment in segments if LEGAL_FORM.search(segment)), "")
    return named or legal or " ".join(word.capitalize() for word in re.split(r"[-_]", label))


def is_free_mail(address: str) -> bool:
    """True for an address at a provider for everybody: its domain says nothing about a company."""
    return address.rpartition("@")[2].lower() in FREE_MAIL


def same_company(name: str, domain: str) -> bool:
    """True when `name` is what `domain` belongs to, as far as their letters tell."""
    key = _key(_domain_label(domain.lower()))
    return bool(key) and _resembles(_key(name), key)


def _segments(signature: str) -> Iterator[str]:
    for line in signature[:4000].split("\n"):
        if len(line) > 200 or "@" in line or "www." in line or "://" in line:
            continue
        for segment in _DIVIDER.split(line):
            words = segment.strip(" *_:\t")
            if words and len(words.split()) <= 6:
                yield words


def _resembles(segment: str, label: str) -> bool:
    shorter = min(len(segment), len(label))
    return shorter >= 4 and (segment.startswith(label) or label.startswith(segment))


def _domain_label(domain: str) -> str:
    parts = [part for part in domain.split(".") if part]
    if len(parts) < 2:
        return ""
    short = len(parts) > 2 and parts[-2] in _SECOND_LEVEL and len(parts[-1]) == 2
    return parts[-3] if short else parts[-2]


def _key(text: str) -> str:
    """Letters and digits as a domain name would write them."""
    folded = unicodedata.normalize("NFKD", text[:200].casefold().translate(_UMLAUTS))
    return "".join(character for character in folded if character.isalnum())
