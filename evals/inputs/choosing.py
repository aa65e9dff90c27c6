"""Which cases of a file are run: `--filter` and `--limit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from evals.cases import Case, CaseFile, in_time_order
from triage.errors import BadInput

FIELDS = ("id", "category", "text")


def choose(file: CaseFile, filters: Sequence[str], limit: int, *, stream: bool) -> CaseFile:
    """The cases that every filter fits, in time order for a stream, at most `limit` (0: all).

    Raises:
        BadInput: no case fits.
    """
    cases = in_time_order(file.cases) if stream else file.cases
    chosen = tuple(case for case in cases if all(fits(case, one) for one in filters))
    if not chosen:
        raise BadInput(
            f"No case of {file.name} fits --filter {' --filter '.join(filters)}.",
            "Give an id (* stands for anything), a category, or words of the request; “category:billing” "
            "means the category alone.",
        )
    return replace(file, cases=chosen[: limit or None])


def fits(case: Case, wanted: str) -> bool:
    """True when `wanted` is the case's id, a category of its hidden work, or stands in its text.

    "id:", "category:" or "text:" before it means only that.
    """
    field, colon, value = wanted.partition(":")
    fields, value = ((field,), value) if colon and field in FIELDS else (FIELDS, wanted)
    return any(_fits(case, name, value.casefold()) for name in fields)


def _fits(case: Case, field: str, value: str) -> bool:
    if field == "id":
        return fnmatchcase(case.id.casefold(), value)
    if field == "category":
        return any(item.category.value == value for item in case.hidden)
    return value in case.request.text().casefold()
