"""Phrases that matter in a request, found by rule and quoted literally: promises already made (P12),
minimisers (P11), deadlines with their reason, and text that addresses the machine.

Every quote is a substring of the text it was found in, so that `check` can prove it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.domain import Deadline, FromRole, Message, Promise, Request

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a\s+couple\s+of|a\s+few)"
_UNIT = r"(?:business\s+|working\s+)?(?:hours?|days?|weeks?|months?|quarters?|sprints?)"
WHEN = re.compile(
    rf"""(?ix)
    \b(?:by|before|until|till|for|from|on|at)\s+(?:the\s+)?(?:end\s+of\s+|beginning\s+of\s+|start\s+of\s+|mid[- ])?
        (?:(?:next|this|the|our)\s+)?
        (?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:\s+\d{{4}})?|
           {_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|{_MONTH}(?:\s+\d{{4}})?\b|q[1-4](?:\s*/?\s*\d{{4}})?|
           monday|tuesday|wednesday|thursday|friday|week|month|quarter|year|sprint|summer|autumn|spring|winter|
           christmas|easter|(?:next\s+)?(?:audit|renewal|go-?live|launch|season))\b
    | \b(?:in|within)\s+(?:the\s+next\s+|about\s+|around\s+)?{_NUMBER}\s+{_UNIT}\b
    | \b\d{{4}}-\d{{2}}-\d{{2}}\b
    | \b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\s+\d{{4}}\b
    | \bnext\s+(?:week|month|quarter|year|sprint|release|version)\b
    | \bend\s+of\s+(?:the\s+|this\s+|next\s+)?(?:week|month|quarter|year|{_MONTH}|q[1-4])\b
    | \b(?:takes?|took|only)\s+{_NUMBER}\s+(?:days?|weeks?|months?)\b
    """
)
# Somebody of ours reports or gives their word.
_GIVEN_WORD = re.compile(
    r"""(?ix)
    \b(?:
      (?:i|we|(?:my|our)\s+\w+|sales)\s+(?:have\s+|had\s+|'ve\s+|already\s+|also\s+|just\s+)*
        (?:told|promised|assured|confirmed|agreed|committed|guaranteed|said\s+(?:yes|it|that|we))
    | count\s+on\s+(?:it|us|that) | you\s+have\s+(?:my|our)\s+word
    )"""
)
# The customer, or anybody, reports what was said to them.
_HEARD = re.compile(
    r"""(?ix)
    \b(?:
      (?:was|were|been|are)\s+(?:already\s+)?(?:told|promised|assured)
    | (?:you|your\s+(?:colleagues?|sales\s*\w*|team|offer|website|brochure))\s+(?:have\s+|had\s+|'ve\s+|already\s+|also\s+)*
        (?:told|promised|assured|confirmed|agreed|committed|guaranteed|said\s+(?:yes|it|that|we|you|(?:on|in|at|by)\s+(?:\w+\s+){1,3}(?:it|that|this|you)\b))
    | (?:is|it's)\s+on\s+(?:our|your|the)\s+roadmap
    | on-?boarding\s+(?:takes|is|will\s+take|can\s+be\s+done)
    )"""
)
# The same in a document, where "you" and "we" are as good as the only ones who mean us.
_TOLD_US = re.compile(
    r"""(?ix)
    \b(?:
      (?:we|i)\s+(?:were|was|have\s+been|had\s+been)\s+(?:already\s+)?(?:told|promised|assured)
    | (?:you|your\s+(?:colleagues?|sales\s*\w*|team|offer|website|brochure))\s+(?:have\s+|had\s+|'ve\s+|already\s+|also\s+)*
        (?:told|promised|assured|confirmed|guaranteed|said\s+(?:yes|it|that|we|you|(?:on|in|at|by)\s+(?:\w+\s+){1,3}(?:it|that|this|you)\b))
    | (?:is|it's)\s+on\s+your\s+roadmap
    )"""
)
# Words that bind us only when our own side writes them to the customer.
_OUR_OFFER = re.compile(
    r"""(?ix)
    \b(?:
      (?:we|i)\s+(?:can|could|will|'ll|are\s+able\s+to|do)\s+(?:certainly\s+|definitely\s+|of\s+course\s+|easily\s+|also\s+|already\s+)?
        (?:support|do|deliver|offer|build|have|provide|handle|make|get|set|ship|include|match|manage|cover|add|onboard|go)
    | (?:we|i)\s+(?:expect|plan|aim|reckon)\s+(?:it|this|that|to)\b
    | (?:you|they)\s*(?:will|'ll)\s+(?:have|get|see|be\s+able)
    | (?:this|that|it)\s+(?:will|'ll|is\s+going\s+to)\s+be\s+(?:ready|there|in|live|done|part|available|included)
    | (?:no\s+problem|not\s+a\s+problem|absolutely|definitely|of\s+course|sure)\s*[,.!:;–-]\s*(?:we|that|this|it|you)\b
    | (?:yes|yep|sure)\s*[,.!:–-]\s*(?:we|that|this|it|i)\b
    )"""
)
# What a customer says about other products, or asks for, is no promise of ours.
_NOT_A_PROMISE = re.compile(
    r"(?i)\?\s*$|\b(?:could|can|would|will)\s+(?:you|we|it|this|that)\b[^.!?]{0,300}\?|"
    r"\bif\s+(?:we|you)\s+(?:can|could)\b|\bnot\s+(?:promise|commit)|(?:did|have|has)(?:\s+not|n't)\s+(?:promise|told|said|commit)"
)
_MINIMISER = re.compile(
    r"""(?ix)\b(?:
      just | simpl[ey] | quick(?:ly)? | easy | easily | tiny | trivial | minor | straight-?forward | basically
    | small\s+(?:one|thing|change|detail|ask|request|switch|wish|button|task|feature|job|tweak) | only\s+(?:one|a|an)\s+(?:more|small|detail|matter)
    | (?:nothing|not\s+(?:asking\s+for\s+)?anything)\s+(?:fancy|big|special) | one\s+more\s+(?:line|entry|column|field|option)
    | (?:an?\s+)?(?:afternoon|hour|few\s+hours|day)(?:'s|\s+of)?\s+work
    | (?:can(?:no|')t|should(?:\s+not|n't)|not)\s+(?:be\s+)?(?:a\s+)?(?:that\s+)?(?:hard|difficult|big|large|much)(?:\s+(?:deal|thing|piece\s+of\s+work|work))?
    | no\s+big\s+(?:deal|thing) | while\s+you(?:'re|\s+are)\s+at\s+it | (?:already|nearly)\s+(?:there|exists) | low[- ]hanging
    )\b"""
)
_REASON = re.compile(
    r"(?i)\b(?:because|since|as (?:the|our|their|we|they)|so that|otherwise|when our|when their|due to)\b\s*(.+)"
)
_NEED = re.compile(
    r"(?i)\b(?:need(?:s|ed)?|must|deadline|want|go(?:es|ing)?[- ]live|due|renewal|decide|start|begin|launch|before|by|latest|until|urgent|asap|season|valid|as of|from when)\b"
)
_TO_THE_MACHINE = re.compile(
    r"""(?ix)
      \b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|of\s+|previous\s+|prior\s+|above\s+|earlier\s+)+(?:instruction|rule|prompt|guideline|message)s?
    | \byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:ai|assistant|language\s+model|chatbot|llm)\b
    | \b(?:system|developer)\s+(?:prompt|message)\b | ^\s*(?:system|assistant)\s*: | <[\s/]*(?:system|assistant|instructions?)\b
    | \b(?:to|dear)\s+(?:the\s+)?(?:ai|assistant|language\s+model|bot)\b
    | \b(?:as\s+an\s+ai|reveal\s+your|print\s+your|your\s+instructions)\b
    | \b(?:mark|set|approve)\s+this\s+(?:request\s+)?(?:as\s+)?(?:approved|yes)?\s*(?:automatically|without\s+(?:a\s+)?(?:human|review))
    """,
    re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\s ]+(?=[\"'(A-Z0-9ÄÖÜ])|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)")
_MAX_TEXT = 60_000  # characters looked at; a request longer than a novella is not read to the end


@dataclass(frozen=True)
class Spoken:
    """A stretch of text, who wrote it, and whether it was our side."""

    by: str
    text: str
    ours: bool
    reported: bool = False  # a colleague's report: given words count, offers do not
    document: bool = False  # a file: only what we are said to have told its writer counts


def sentences(text: str) -> list[str]:
    """Split into sentences and list items, each a literal substring, in order; linear time."""
    parts = _SENTENCE_END.split(text[:_MAX_TEXT])
    return [part.strip() for part in parts if part and len(part.strip()) > 1]


def promises(request: Request) -> tuple[Promise, ...]:
    """What our side already said to the customer, in the order it was said (P12)."""
    found: dict[str, Promise] = {}
    for spoken in _spoken(request):
        for sentence in sentences(spoken.text):
            if _binds(sentence, spoken):
                when = WHEN.search(sentence)
                quote = sentence[:400]
                found.setdefault(quote, Promise(quote=quote, by=spoken.by, date=when[0] if when else ""))
    return tuple(found.values())


def minimisers(text: str) -> tuple[str, ...]:
    """Sentences that play the work down (P11), at most eight."""
    hits = [sentence[:240] for sentence in sentences(text) if _MINIMISER.search(sentence)]
    return tuple(dict.fromkeys(hits))[:8]


def deadline(request: Request) -> Deadline | None:
    """When it is needed and why: the request's own field first, then the words of who asks and of who
    forwards, then what was added later and the files. Earlier messages of the thread are left out: a date
    in them is often our own promise."""
    if request.need_by:
        day = request.need_by
        return Deadline(text=day.isoformat(), reason=request.need_by_reason, day=day)
    written = "\n\n".join((request.subject, request.body, request.forwarder_note))
    asked = (written, request.wish(), request.files_aside())
    return next((found for text in asked if (found := _deadline_in(text))), None)


def _deadline_in(text: str) -> Deadline | None:
    found = [
        (sentence, when)
        for sentence in sentences(text)
        for when in [*WHEN.finditer(sentence)][:4]
        if _NEED.search(sentence)
    ]
    if not found:
        return None
    # "on Monday 7 December": of several, the longest says most.
    sentence, when = max(found, key=lambda each: len(each[1][0]))
    reason = _REASON.search(sentence)
    return Deadline(text=when[0], quote=sentence[:300], reason=reason[1][:200] if reason else "")


def addressed_to_machine(*texts: str) -> tuple[str, ...]:
    """Sentences that try to instruct a model instead of describing a wish, at most five."""
    said = (sentence for text in texts for sentence in sentences(text))
    hits = (sentence[:240] for sentence in said if _TO_THE_MACHINE.search(sentence))
    return tuple(dict.fromkeys(hits))[:5]


def _binds(sentence: str, spoken: Spoken) -> bool:
    if _NOT_A_PROMISE.search(sentence):
        return False
    if spoken.document:
        return bool(_TOLD_US.search(sentence))
    if _HEARD.search(sentence):
        return True
    given = (spoken.ours or spoken.reported) and _GIVEN_WORD.search(sentence)
    return bool(given or (spoken.ours and _OUR_OFFER.search(sentence)))


def _spoken(request: Request) -> list[Spoken]:
    thread = [Spoken(m.sender or m.address, m.text, _ours(request, m)) for m in request.thread]
    colleague = request.forwarded_by or request.submitter
    # What a colleague writes to us speaks of promises, but what he says the product can do is a
    # description, not an offer. A customer who reports what "we were told" is a witness too.
    colleague_wrote = request.from_role is not FromRole.CUSTOMER
    author = colleague if colleague_wrote else request.asker_name or request.asker_address
    told_us = [
        Spoken(colleague, request.forwarder_note, False, reported=True),
        Spoken(request.submitter, request.already_said, True),
        Spoken(author, request.body, False, reported=colleague_wrote),
    ]
    # Who wrote a file nobody can tell. One that asks is read like the mail; of the others, and of what
    # is further down, only words to us count: specifications say of many people that they "are told".
    asking = Spoken("", request.files_asking(), False, reported=colleague_wrote)
    files = [Spoken("", file.text, False, document=True) for file in request.files]
    since = [
        Spoken(
            m.sender or m.address, m.text, False, reported=m.address.lower() != request.asker_address.lower()
        )
        for m in request.later
        if m.known and not m.automatic
    ]
    return [each for each in [*thread, *told_us, *since, asking, *files] if each.text.strip()]


def _ours(request: Request, message: Message) -> bool:
    return not request.asker_address or message.address.lower() != request.asker_address.lower()
