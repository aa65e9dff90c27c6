"""What a team would have without this product: the same five questions for all, a list of words, or the
nearest case's.

None sees the labels of the case it is scored on, nor those of another case of the same project.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from evals.cases import Case
from evals.inputs.stream import visible
from evals.metrics import MOST
from triage.domain import Category, Request, Surprise
from triage.ports import Encoder
from triage.retrieval.texts import of_request

FREQUENT = "five most frequent categories"
KEYWORDS = "keyword rules"
NEAREST = "nearest neighbour"
PREVIOUS = "previous run"
SHORT = {FREQUENT: "same-five", KEYWORDS: "keywords", NEAREST: "nearest", PREVIOUS: "previous"}

# The words by which anyone would sort requests into areas. Fixed: a baseline must not follow the catalogue.
_RULES = (
    (Category.PERMISSIONS, r"permission|role|access|admin|manager|approv|allow|restrict|share|who can"),
    (Category.REPORTING, r"report|export|dashboard|filter|search|chart|statistic|csv|spreadsheet|excel"),
    (Category.NOTIFICATIONS, r"notif|remind|alert|e-?mail|message|inform|subscri"),
    (Category.WORKFLOW, r"status|step|approv|workflow|state|close|reopen|assign|cancel|schedul|recurr"),
    (Category.EXISTING_DATA, r"existing|old|already|migrat|history|current|previous|legacy|archiv"),
    (Category.SETUP, r"setting|config|option|enable|disable|default|switch|per customer|template"),
    (Category.CLIENTS, r"mobile|phone|app\b|api\b|browser|language|translat|time ?zone|offline"),
    (Category.INTEGRATIONS, r"integrat|sync|webhook|connect|calendar|slack|teams|third.party|zapier"),
    (Category.IMPORTS, r"import|upload|csv|file|migrat|bulk"),
    (Category.AUDIT, r"audit|log\b|histor|undo|restore|delet|gdpr|privacy|complian|trace"),
    (Category.BILLING, r"bill|invoice|price|payment|pay\b|plan\b|subscription|tax|refund|discount"),
    (Category.SCALE, r"slow|perform|large|thousand|limit|many|volume|fast"),
    (Category.SSO, r"sso|single sign|log ?in|sign.?in|saml|ldap|password|directory|oauth|two.factor"),
    (Category.SUPPORT, r"document|train|help|support|guide|explain|onboard"),
)


def others(cases: Sequence[Case], case: Case) -> list[Case]:
    """The cases that may teach something about `case`: other projects, or when all are of one project,
    the other cases."""
    foreign = [other for other in cases if other.repository != case.repository]
    return foreign or [other for other in cases if other.id != case.id]


def most_frequent(cases: Sequence[Case]) -> tuple[Category, ...]:
    """The five categories behind most hidden items of `cases`, most frequent first."""
    counts = Counter(item.category for case in cases for item in case.hidden)
    return tuple(sorted(counts, key=lambda category: (-counts[category], category.value))[:MOST])


def by_keywords(request: Request) -> tuple[Category, ...]:
    """The areas whose words the request uses, most often used first; at most five."""
    text = request.ask_text()
    counts = {area: len(re.findall(words, text, re.IGNORECASE)) for area, words in _RULES}
    return tuple(sorted((area for area in counts if counts[area]), key=lambda area: -counts[area])[:MOST])


class NearestCases:
    """Asks what was hidden behind the requests that read most alike, nearest first."""

    def __init__(self, cases: Sequence[Case], encoder: Encoder, *, stream: bool) -> None:
        self._cases = list(cases)
        self._stream = stream
        texts = [of_request(case.request).full for case in cases]
        self._vectors = encoder.encode(texts)
        self._rows = {case.id: row for row, case in enumerate(cases)}

    def ask(self, case: Case) -> tuple[Surprise, ...]:
        """At most five hidden items of other cases, one a category. In a stream only what was known."""
        row = self._rows[case.id]
        known = self._cases[:row] if self._stream else others(self._cases, case)
        cosines = np.array([self._vectors[row] @ self._vectors[self._rows[k.id]] for k in known])
        asked: dict[Category, Surprise] = {}
        for place in np.argsort(-cosines, kind="stable"):
            near = known[int(place)]
            for item in visible(near, case.opened) if self._stream else near.hidden:
                asked.setdefault(item.category, item)
            if len(asked) >= MOST:
                break
        return tuple(asked.values())[:MOST]
