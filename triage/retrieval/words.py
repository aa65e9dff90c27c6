"""Which words two texts share, told as plainly as a reader would: no stop words, plural is singular."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

_WORD = re.compile(r"[^\W\d_]{3,}")
_PLAIN_WORDS = (
    "able about above after again all already also although always and another any anyone anything are "
    "ask asked back because been before being below best better between both but can cannot case come "
    "could currently day days dear did does doing done down each easy either else even ever every "
    "everyone few find first for from get gets give given going good got great had happy has have having "
    "hello help her here him his how however idea instead into its itself just keep kind know last least "
    "less let like little long look made make makes making many may maybe means might more most much must "
    "need needed needs never new next not nothing now often old once one only onto option other others "
    "our ours out over own part people per please possible put quick quite rather really regards request "
    "right same say says see seem seems set several shall she should simple simply since small some "
    "someone something soon still such sure take team than thank thanks that the their them then there "
    "these they thing things think this those though through time today together too two under until upon "
    "use used user users uses using usually very via want wanted wants was way well were what when where "
    "whether which while who whole whose why will wish with within without work works would year years "
    "yes yet you your yours "
)
_PLAIN = frozenset(_PLAIN_WORDS.split())


def content_words(text: str) -> frozenset[str]:
    """The words of `text` that carry meaning, lower case, singular where English writes a plain s."""
    return frozenset(_singular(word) for word in map(str.casefold, _WORD.findall(text)) if word not in _PLAIN)


def common_words(texts: Collection[str]) -> frozenset[str]:
    """The words that more than a quarter of `texts` have; none when there are too few to tell."""
    if len(texts) < 8:
        return frozenset()
    counts = Counter(word for text in texts for word in content_words(text))
    return frozenset(word for word, count in counts.items() if count > len(texts) / 4)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
