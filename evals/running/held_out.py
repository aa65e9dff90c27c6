"""Measuring without looking at the answers: no case is drafted with models that have seen its repository.

The shipped weights were fitted on labelled requests. A run over those very requests would flatter them, so
with `--held-out` the models of `evals.learning` are fitted again without the case's whole repository.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.learning.learner import LABELS, Learned, Learner, read_labelled
from evals.running.solving import Drafter
from triage.analysts.weights import using_weights
from triage.catalogue import Catalogue
from triage.domain import Draft, PastRequest, Request
from triage.errors import BadInput
from triage.ports import Encoder

LEAST_REPOSITORIES = 3  # one is held out; stacking holds out another of the rest


class HeldOutDrafter:
    """Drafts each request with the models that are meant for it."""

    def __init__(self, drafter: Drafter, learned: Mapping[str, Learned]) -> None:
        self._drafter = drafter
        self._learned = learned

    def draft(self, request: Request) -> Draft:
        """The live graph, up to the review."""
        with using_weights(self._learned[request.id].by_name()):
            return self._drafter.draft(request)

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        """Add or replace past requests for the drafts to come."""
        self._drafter.learn_past(past)


def learn_without(
    catalogue: Catalogue, encoder: Encoder, cases: Path, wanted: Sequence[str], also: Sequence[Path] = ()
) -> dict[str, Learned]:
    """For each wanted case id the models fitted on all labelled cases but those of its repository.

    Args:
        cases: the file that is measured.
        wanted: ids of its cases.
        also: further files of labelled cases to learn from.

    Raises:
        BadInput: a case has no label in `evals/data/kind_labels.json`, or there are too few repositories.
        BadFile: a file of cases is broken.
    """
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    unknown = [case for case in wanted if case not in labels]
    if unknown:
        raise BadInput(
            f"--held-out needs to know the kinds of change of every case; {unknown[0]} has none "
            f"({len(unknown)} of {len(wanted)}).",
            f"Add them to evals/data/{LABELS.name}, or measure without --held-out.",
        )
    known = read_labelled([cases, *also], labels)
    repositories = {case.request.id: case.repository for case in known}
    if len(set(repositories.values())) < LEAST_REPOSITORIES:
        raise BadInput(
            f"--held-out needs labelled cases of at least {LEAST_REPOSITORIES} repositories.",
            "Add a file of others with --learn-from, or measure without --held-out.",
        )
    learner = Learner(catalogue, encoder, known)
    learned = {
        name: learner.learn(learner.repositories != name)
        for name in sorted({repositories[case] for case in wanted})
    }
    return {case: learned[repositories[case]] for case in wanted}
