"""How old a reader must be to follow a text: the Flesch-Kincaid grade level plus five years.

    grade = 0.39 * words / units + 11.8 * syllables / words - 15.59

(Kincaid, Fishburne, Rogers, Chissom: Derivation of new readability formulas for Navy enlisted personnel,
Research Branch Report 8-75, 1975; a first-grader is six). A unit ends at a full stop, question or
exclamation mark, semicolon or colon, as Flesch counts them (The Art of Readable Writing, 1949, appendix).
Syllables are counted as groups of vowels, which is right for nine words in ten; English only.
"""

from __future__ import annotations

import re

GRADE_TO_AGE = 5

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNIT = re.compile(r"[.!?;:]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
_SILENT = re.compile(r"(?:[^aeiouyl]e|(?<=[aeiouy])les?|[^aeiouytd]ed|[^aeiouylszxgch]es)$")


def reading_age(text: str) -> float | None:
    """Years of age; None for a text without words. Not below six."""
    words = _WORD.findall(text)
    if not words:
        return None
    units = max(1, len([part for part in _UNIT.split(text) if _WORD.search(part)]))
    grade = 0.39 * len(words) / units + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return max(6.0, grade + GRADE_TO_AGE)


def syllables(word: str) -> int:
    """Groups of vowels, without an e at the end that is not spoken; at least one."""
    spoken = _SILENT.sub("", word.lower())
    return max(1, len(_VOWELS.findall(spoken)))
