"""The words a question borrows from the request: what is done, to what, by whom, in which system.

Plain rules over English sentences, no tagger: a wrong guess must be rarer than no guess, because an
unfilled slot falls back to a plain wording while a wrong one looks foolish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ACTIONS = [
    "add",
    "anonymise",
    "approve",
    "archive",
    "assign",
    "attach",
    "book",
    "cancel",
    "change",
    "choose",
    "close",
    "combine",
    "connect",
    "convert",
    "copy",
    "create",
    "deactivate",
    "delegate",
    "delete",
    "disable",
    "download",
    "duplicate",
    "edit",
    "enforce",
    "export",
    "extend",
    "filter",
    "forward",
    "freeze",
    "group",
    "hide",
    "import",
    "invite",
    "limit",
    "link",
    "lock",
    "merge",
    "migrate",
    "move",
    "notify",
    "onboard",
    "order",
    "pause",
    "pay",
    "pin",
    "postpone",
    "print",
    "publish",
    "reassign",
    "recover",
    "refund",
    "reject",
    "remind",
    "remove",
    "rename",
    "reopen",
    "reorder",
    "replace",
    "report",
    "reschedule",
    "reset",
    "restore",
    "restrict",
    "review",
    "revoke",
    "rotate",
    "save",
    "schedule",
    "search",
    "share",
    "show",
    "sign",
    "skip",
    "sort",
    "split",
    "submit",
    "suppress",
    "switch",
    "sync",
    "tag",
    "track",
    "transfer",
    "translate",
    "undo",
    "unlock",
    "update",
    "upload",
    "withdraw",
]
_ASK = (
    r"(?:could|can|would|will)\s+(?:you|we|there|it|they|our\s+\w+)(?:\s+(?:please|possibly|also|perhaps|be\s+able\s+to))?|please|"
    r"(?:we|they|i|he|she|who|customers?|users?|\w+s)\s+(?:also\s+|really\s+|just\s+|only\s+)?(?:want|wants|need|needs|wish|wishes|ask|asks|like)"
    r"(?:\s+(?:you|us|our\s+\w+|an?\s+\w+|the\s+\w+))?\s+to|"
    r"(?:would|'d)\s+(?:like|love|prefer)\s+to|(?:option|possibility|ability|possible|able|way|button|function|action|chance|right|allowed|easier|permission)\s+to|"
    r"let\s+(?:\w+\s+){1,3}|allow(?:s|ing)?\s+(?:\w+\s+){1,3}to|(?:must|should)(?:\s+be\s+able\s+to)?|to"
)
_VERB = "|".join(ACTIONS)
_STOP = (
    r"(?:that|which|who|where|when|whenever|if|so|and|or|but|because|as|than|while|before|after|until|once|whose|"
    r"to|for|from|in|into|on|onto|at|with|without|by|of|per|via|out|up|off|over|under|between|through|"
    r"is|are|was|were|be|been|has|have|had|does|do|did|can|could|will|would|should|must|may|might|"
    r"again|already|also|always|directly|easily|here|there|now|once|only|together|too|yet|please|instead|himself|itself|themselves|"
    r"automatically|manually|today|tomorrow|yesterday|later|first|one\s+by\s+one)"
)
_DETERMINER = re.compile(
    r"(?i)^(?:(?:the|an?|our|your|their|his|her|its|my|this|that|these|those|each|every|all|any|some|both|several|many|more|another|such|entire|whole|existing|single|certain|simple|small|quick|little|new|of)\s+)+"
)
_ACTION_OBJECT = re.compile(
    rf"(?i)\b(?:{_ASK})\s+(?:\w+ly\s+)?(?P<verb>{_VERB})\b\s+(?P<rest>[^.!?\n;:()]{{2,80}})"
)
_TITLE_ACTION = re.compile(rf"(?i)^\W*(?:\w+:\s*)?(?P<verb>{_VERB})\s+(?P<rest>[^.!?\n;:()]{{2,80}})")
_CUT = re.compile(rf"(?i)[,\"“”'’]|\s[-–]\s|\b{_STOP}\b")
_ACTORS = re.compile(
    r"(?i)\b((?:(?:branch|area|team|project|site|office|store|region(?:al)?|line|service|account|hub|fleet|property|warehouse|guest|external|read-only|super|org(?:anisation)?|key|end)[ -])?"
    r"(?:managers?|admins?|administrators?|dispatchers?|technicians?|agents?|approvers?|supervisors?|controllers?|accountants?|"
    r"auditors?|customers?|clients?|guests?|members?|users?|owners?|contractors?|suppliers?|vendors?|partners?|employees?|staff|colleagues?|"
    r"engineers?|planners?|reviewers?|editors?|viewers?|subcontractors?|team leads?|leads?|operators?|drivers?|tenants?|students?|teachers?|volunteers?|shoppers?|bookkeepers?|foremen|foreman))\b"
)
_SYSTEMS = re.compile(
    r"\b(Azure AD|Entra(?: ID)?|Okta|Auth0|Keycloak|OneLogin|Google Workspace|Google Calendar|Google Sheets|Google|Gmail|Outlook|Office 365|Microsoft 365|"
    r"(?<=[a-z] )(?:Teams|Make|Exchange)|Slack|Salesforce|HubSpot|Pipedrive|Dynamics|SAP|Navision|Odoo|NetSuite|DATEV|QuickBooks|Xero|Sage|Lexware|Stripe|PayPal|Adyen|Mollie|"
    r"Jira|Confluence|GitHub|GitLab|Zendesk|Intercom|Freshdesk|ServiceNow|Zapier|Power ?BI|Tableau|Looker|Snowflake|BigQuery|Excel|SharePoint|OneDrive|"
    r"Dropbox|WhatsApp|Twilio|Shopify|WooCommerce|Magento|LDAP|Active Directory|SAML|OIDC|SCIM|Workday|Personio|BambooHR|DocuSign)\b"
)
_NUMBERS = re.compile(
    r"(?i)\b(?:\d{1,3}(?:[., ]\d{3}){1,4}|\d+)\s*(?:k\b)?\s+(?:\w+\s+){0,2}?(?:people|users|staff|seats|records|rows|jobs|tickets|members|employees|customers|technicians|"
    r"orders|invoices|reports|sites|branches|locations|devices|vehicles|assets|files|documents|contacts|companies|roles|teams|countries|systems|paths|offices|contracts|items|entries|loans|per\s+\w+)\b"
)
_GREETING = re.compile(
    r"(?i)^(?:hi|hello|hey|dear|good\s+(?:morning|day|afternoon)|thanks|thank you|regards|best|kind|cheers|sent from)\b"
)


@dataclass(frozen=True)
class Ask:
    """What is asked for: a bare verb and a noun phrase, either may be empty."""

    action: str = ""
    object: str = ""


def find_ask(subject: str, sentences: list[str]) -> Ask:
    """The first clear "please <verb> <thing>" of the request; the subject line when the text has none."""
    asks = [
        ask
        for sentence in sentences
        if not _GREETING.match(sentence)
        for ask in _asks(_ACTION_OBJECT, sentence)
    ]
    asks += _asks(_TITLE_ACTION, subject)
    if not asks:
        return Ask()
    subject_words = set(_words(subject))
    # An ask that shares a word with the subject line is what the mail is about.
    return max(
        asks,
        key=lambda ask: (bool(subject_words & set(_words(ask.object))), bool(ask.object), -asks.index(ask)),
    )


def one_line(subject: str, sentences: list[str]) -> str:
    """The subject without reply marks; the first real sentence when there is no subject. At most 120 characters."""
    title = re.sub(r"(?i)^\s*(?:(?:re|fwd?|fw|wg|aw|tr|rv|enc|vs|sv)\s*:\s*)+", "", subject).strip(" -–:")
    if len(title) < 4:
        title = next((s for s in sentences if not _GREETING.match(s) and len(s) > 15), title)
    return title if len(title) <= 120 else title[:117].rsplit(" ", 1)[0] + " …"


def actors(text: str) -> tuple[str, ...]:
    """People the request names by role, most often named first, at most four."""
    return _most_named(_ACTORS, text)[:4]


def systems(text: str) -> tuple[str, ...]:
    """Outside products the request names, at most four."""
    return tuple(dict.fromkeys(_SYSTEMS.findall(text)))[:4]


def numbers(text: str) -> tuple[str, ...]:
    """Volumes as written, such as "900 people", at most four."""
    return tuple(dict.fromkeys(match[0].strip() for match in _NUMBERS.finditer(text)))[:4]


def _asks(pattern: re.Pattern[str], sentence: str) -> list[Ask]:
    return [Ask(match["verb"].lower(), noun_phrase(match["rest"])) for match in pattern.finditer(sentence)]


def noun_phrase(rest: str) -> str:
    """The leading noun phrase of `rest` without its determiner, at most four words; may be empty."""
    rest = _DETERMINER.sub("", rest.strip())
    cut = _CUT.search(rest)
    phrase = (rest[: cut.start()] if cut else rest).strip(" .,-–")
    words = phrase.split()
    if not words or len(words) > 4 or any(word.lower() in _EMPTY for word in words):
        return ""
    return (
        phrase
        if words[0][:1].isupper() and len(words[0]) > 1 and words[0].isupper()
        else phrase[:1].lower() + phrase[1:]
    )


# A noun phrase with one of these says too little to stand in a question.
_EMPTY = frozenset(
    [
        "it",
        "them",
        "this",
        "that",
        "him",
        "her",
        "us",
        "me",
        "you",
        "something",
        "anything",
        "everything",
        "nothing",
        "things",
        "thing",
        "stuff",
        "one",
        "ones",
        "same",
        "way",
        "kind",
        "sort",
        "lot",
        "bit",
        "everybody",
        "everyone",
        "somebody",
        "someone",
        "myself",
        "not",
        "no",
        "what",
        "how",
        "why",
        "back",
        "button",
        "icon",
        "page",
        "header",
        "menu",
        "screen",
        "view",
        "tick",
        "date",
        "dates",
        "time",
        "times",
        "pilot",
        "project",
        "request",
        "requests",
        "feature",
        "option",
        "options",
        "case",
        "cases",
        "flow",
        "process",
        "change",
        "changes",
        "third",
        "party",
        "people",
        "yes",
        "about",
        "using",
        "few",
        "more",
        "next",
    ]
)


def _words(text: str) -> list[str]:
    return [word.rstrip("s") for word in re.findall(r"[a-z]{3,}", text.lower())]


def _most_named(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for match in pattern.finditer(text):
        name = match[1].lower()
        counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], list(counts).index(name))))
