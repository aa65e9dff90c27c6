"""The customer a colleague names in their own words: "call with Ellery Grid", subject "Dunmere Lifts: …".

A wrong name is worse than none: one sign alone counts only when it says "customer" or names a legal form;
all others need a second place in the mail that names the same company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.intake.company import LEGAL_FORM, same_company

_READ = 6_000  # characters of the text
_CAPITAL = "A-ZÀ-ÖØ-ÞĀ-Ž"
_NAME = (
    rf"[{_CAPITAL}][\w&.'’+-]{{1,30}}"
    rf"(?:[ ](?:(?:&|de|of|and|und|et|y)[ ])?[{_CAPITAL}0-9][\w&.'’+-]{{0,30}}){{0,4}}"
)
_CALLED = re.compile(
    r"\b(?:[Cc]ustomer|[Cc]lient|[Pp]rospect|[Aa]ccount|[Kk]unden?|[Ii]nteressent(?:en)?|[Cc]liente|[Kk]lant|"
    rf"[Kk]undin|[Cc]liënt|[Kk]lient|[Zz]ákazník)[ ,]{{1,2}}({_NAME})"
)
_MET = re.compile(
    r"\b(?:call|meeting|demo|conversation|visit|lunch|workshop|spoke|talked|talking|met|chat|chatted|Gespräch|"
    r"Telefonat|Termin|Anruf|rendez-vous|réunion|reunión|llamada|chiamata|gesprek) "
    rf"(?:with|mit|avec|con|met) ({_NAME})"
)
_SOMEBODY = (
    r"(?:The people at |The team at |"
    r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)? (?:at|from|of|bei|von|de|di|van) )?"
)
_WANTED = re.compile(
    rf"(?:^|[.!?:;]\s|\n\s*|, ){_SOMEBODY}({_NAME}) (?:now |also |just |still |would )?"
    r"(?:has |have |had |is |are )?(?:asked|asks?|asking|wants?|wanted|like|needs?|requests?|requested|"
    r"requires?|insists?|wish|wishes|möchten?|wollen|will|hätten?|braucht|brauchen|fragt|fragen|demande|"
    r"voudrait|souhaite|quiere|pide|necesita|vuole|vorrebbe|chiede|wil|vraagt|quer|pede|gostaria)\b"
)
_FOR = re.compile(rf"\b(?:[Ff]or|[Ff]ür|[Pp]our|[Pp]ara|[Pp]er|[Vv]oor|at|bei|from|von|chez) ({_NAME})")
_SUBJECT = re.compile(rf"({_NAME})(?::| [-–—|] | wants? | asks? | needs? )")
_LEGAL = re.compile(rf"({_NAME})")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})\. ")
_GENERIC_TEXT = """
a an the they we you he she it i this that these those there who what when please hi hello hey dear
feature request requests question questions bug issue idea change urgent important customer customers client
clients prospect account sales support product team marketing engineering it management everyone somebody new
next last our your their his her my some any all both one two three if and but so then also as at by for from
in of on or to with re fwd fw wg aw sso api crm erp export import monday tuesday wednesday thursday friday
saturday sunday january february march april may june july august september october november december
anfrage frage wunsch kunde kunden der die das ein eine wir sie er es ihr montag dienstag mittwoch donnerstag
freitag le la les un une nous ils elles el los las un una nosotros ellos il lo gli noi loro de het een wij zij
internal external follow-up followup update reminder note fyi todo ask"""
_GENERIC = frozenset(_GENERIC_TEXT.split())


def named_customer(subject: str, text: str, *, own: str = "", writer: str = "") -> str:
    """The company a mail in a colleague's words is about, "" when no name is certain enough.

    `own`: our domain, whose company is never the customer; `writer`: the colleague's name.
    """
    text = text[:_READ]
    head = _SUBJECT.match(subject)
    called = list(_names(_CALLED, text))
    wanted = [*_names(_MET, text), *_names(_WANTED, text)]
    seen = [*called, *wanted, *(name for name in _names(_FOR, text) if " " in name)]
    titled = _trim(head[1]) if head else ""
    found = [name for name in seen if name and not _is_known(name, own, writer)]
    if titled and not _is_known(titled, own, writer):
        fuller = next((name for name in found if _same(name, titled)), "")
        if fuller or (" " in titled and titled in text):
            return max(fuller, titled, key=len)
    for name in found:
        if name in called or LEGAL_FORM.search(name) or _told_twice(name, subject, text):
            return max((other for other in found if _same(other, name)), key=len)
    legal = {
        name for name in _names(_LEGAL, text) if LEGAL_FORM.search(name) and not _is_known(name, own, writer)
    }
    return legal.pop() if len(legal) == 1 else ""


def _names(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for found in pattern.finditer(text):
        name = _trim(found[1])
        if name:
            yield name


def _trim(name: str) -> str:
    """The name up to the end of its sentence, without general words at its beginning."""
    name = _SENTENCE_END.split(name, maxsplit=1)[0]
    words = name.rstrip(".,'’-+&").removesuffix("'s").removesuffix("’s").split()
    while words and words[0].casefold().strip(".,") in _GENERIC:
        words = words[1:]
    return " ".join(words) if words and words[-1].casefold() not in _GENERIC else ""


def _is_known(name: str, own: str, writer: str) -> bool:
    """True for ourselves and the writer."""
    return (bool(own) and same_company(name, own)) or name.casefold() in writer.casefold()


def _same(name: str, other: str) -> bool:
    return f"{name} ".startswith(f"{other} ") or f"{other} ".startswith(f"{name} ")


def _told_twice(name: str, subject: str, text: str) -> bool:
    if len(name) < 4:
        return False
    places = len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", f"{subject}\n{text}"))
    company = " " in name or name in subject
    return company and places >= 2
