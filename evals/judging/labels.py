"""The drafts of a run, to be read by a person: which questions ask what surfaced, and which are noise.

Cases come in an order that has nothing to do with the file, so that whoever stops early has read a random
sample. Who drafted is not shown. Every saved case is in the file at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.cases import Case, CaseFile, read_cases
from evals.judging.judged import Gold, JudgedDraft, JudgedQuestion, Worth, with_cases, write_judged
from evals.metrics import MOST
from triage.domain import Surprise
from triage.errors import BadFile, BadInput, NotFound

DRAFTS = "drafts.jsonl"
PERSON = "person"


@dataclass(frozen=True)
class Sheet:
    """One case to label. `label`: what was said before."""

    case: Case
    questions: tuple[JudgedQuestion, ...]
    label: JudgedDraft | None

    @property
    def key(self) -> str:
        """Id of the case."""
        return self.case.id

    @property
    def subject(self) -> str:
        """Of the request."""
        return self.case.request.subject

    @property
    def text(self) -> str:
        """The request as it was drafted from, below its subject."""
        return self.case.request.text().removeprefix(self.subject).strip()

    @property
    def hidden(self) -> tuple[Surprise, ...]:
        """What surfaced."""
        return self.case.hidden

    @property
    def asked(self) -> tuple[str, ...]:
        """The drafted questions in their order."""
        return tuple(question.question for question in self.questions)


class LabelBook:
    """The cases of a run that have questions, and the labels given so far."""

    def __init__(
        self, cases: Sequence[Case], drafts: Mapping[str, tuple[JudgedQuestion, ...]], out: Path
    ) -> None:
        """Raises BadFile: `out` holds something else than labels of these cases."""
        self._cases = {case.id: case for case in cases if drafts.get(case.id)}
        self._drafts = drafts
        self._out = out
        if not self._cases:
            raise BadInput("No draft of these cases has a question.", "Name the cases the run was made with.")
        given = [draft for draft, _ in with_cases(out, cases)] if out.exists() else []
        self._labels = {draft.id: draft for draft in given}

    @property
    def order(self) -> list[str]:
        """Ids in the order of reading: cases that hid something first."""
        return sorted(self._cases, key=lambda key: (self._cases[key].small, _shuffled(key)))

    @property
    def done(self) -> frozenset[str]:
        """Ids of the cases that are labelled as they were drafted."""
        return frozenset(key for key in self._cases if self.sheet(key).label)

    def next(self) -> str:
        """The first case without a label, "" when all have one."""
        done = self.done
        return next((key for key in self.order if key not in done), "")

    def sheet(self, key: str) -> Sheet:
        """One case. A label that was given to other questions does not count. Raises NotFound."""
        if key not in self._cases:
            raise NotFound(f"There is no case {key} to label.", "Go back to the list.")
        questions, label = self._drafts[key], self._labels.get(key)
        return Sheet(self._cases[key], questions, label if label and label.questions == questions else None)

    def say(
        self, key: str, said: Sequence[str], worth: Sequence[str | None], concerns: Sequence[int | None]
    ) -> None:
        """Store what a person says of a case: for each hidden item near, miss or the place of the question
        that hits. Raises NotFound, BadFile."""
        self._labels[key] = JudgedDraft(
            id=key,
            questions=self.sheet(key).questions,
            gold=tuple(Gold.HIT if one.isdigit() else Gold(one) for one in said),
            by=tuple(int(one) if one.isdigit() else None for one in said),
            drafted=tuple(Worth(one) if one else None for one in worth),
            concerns=tuple(concerns),
            judge=PERSON,
        )
        write_judged(self._out, self._labels.values())


def open_book(folder: Path, out: Path, cases: Path | None = None) -> LabelBook:
    """The drafts of the run in `folder`. Raises BadFile, BadInput."""
    return LabelBook(cases_of(folder, cases).cases, read_drafts(folder), out)


def read_drafts(folder: Path) -> dict[str, tuple[JudgedQuestion, ...]]:
    """The counted questions of a run, by case. Raises BadFile."""
    path = folder / DRAFTS
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{folder} holds no {DRAFTS}.", "Name the --out folder of a `triage eval run`."
        ) from error
    drafts: dict[str, tuple[JudgedQuestion, ...]] = {}
    for line, source in enumerate(text.split("\n"), start=1):
        if source.strip():
            try:
                row = json.loads(source)
                questions = [JudgedQuestion.model_validate(one) for one in row["questions"][:MOST]]
                drafts.setdefault(str(row["id"]), tuple(questions))  # of a repeated run the first round
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise BadFile(
                    f"{path.name}, line {line}: it is no draft.", "Run that suite again.", line
                ) from error
    return drafts


def cases_of(folder: Path, cases: Path | None = None) -> CaseFile:
    """The cases a run was made with: the file named, else the one it was made with, if it is unchanged.

    Raises:
        BadInput: it is not to be found; name it then.
    """
    if cases:
        return read_cases(cases)
    run = _told(folder / "results.json").get("run", {})
    given = Path(str(_told(folder / "options.json").get("cases") or run.get("cases_file") or "."))
    for path in (given, Path(given.name), folder.parent / given.name):
        if path.is_file() and (found := read_cases(path)).digest == run.get("cases_digest"):
            return found
    raise BadInput(
        f"The cases that {folder} was made with are not here, or have changed.", "Name them with --cases."
    )


def _told(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _shuffled(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
