"""Does a drafted question ask just what later surfaced? A judge that needs no model and no key.

For each hidden item and each drafted question the five figures of `pair_features.py` go through one
logistic regression; the best question decides for the item. Only a hit counts: a question of the same
category that would have brought up something else is none. The coefficients ship in
`evals/data/matcher.json` together with what they are worth: agreement with a strict blind reading on
repositories they had not seen. It is made for a share over many items: a single verdict can be fooled by a
question of the right category that reuses the rare words of the hidden item for something else.

    python -m evals.judging.matcher train   --judged FILE --cases FILE   # writes matcher.json
    python -m evals.judging.matcher measure --judged FILE --cases FILE   # held-out kappa and bias
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from evals.judging.pair_features import FEATURES, Asked, Rarity, features
from triage.domain import Frozen, Request, Surprise
from triage.errors import BadFile, TriageError
from triage.ports import Encoder

SHIPPED = Path(__file__).parents[1] / "data" / "matcher.json"


class Agreement(Frozen):
    """What a matcher is worth on items whose repository it was not trained on.

    `kappa` is Cohen's; a bias is the predicted share of hits minus the share that was read.
    """

    items: int
    read_share: float
    kappa: float
    accuracy: float
    hard_bias: float  # an item is a hit from the threshold on
    expected_bias: float  # the mean probability is the share


class Trained(Frozen):
    """Everything `matcher.json` holds."""

    encoder: str
    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    threshold: float  # probability from which an item counts as asked
    cases: int
    items: int
    hits: int
    held_out: Agreement
    documents: int
    words: dict[str, int]  # stem -> in how many training texts

    @property
    def digest(self) -> str:
        """Twelve hex digits over all of it, to tell two matchers apart in results."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Matcher:
    """Probabilities that a question asks a hidden item. `encoder` must be the model it was trained with."""

    def __init__(self, trained: Trained, encoder: Encoder) -> None:
        if trained.features != FEATURES or trained.encoder != encoder.name:
            raise BadFile(
                f"The matcher was trained for {trained.encoder} and other features than these.",
                "Train it again: python -m evals.judging.matcher train --judged FILE --cases FILE",
            )
        self.trained = trained
        self._encoder = encoder
        self._rarity = Rarity(trained.documents, trained.words)
        self._scale = np.array(trained.scale)

    @classmethod
    def load(cls, encoder: Encoder, path: Path = SHIPPED) -> Matcher:
        """The shipped matcher, or the one at `path`. Raises BadFile."""
        return cls(read_trained(path), encoder)

    def probabilities(
        self, request: Request, hidden: Sequence[Surprise], asked: Sequence[Asked]
    ) -> list[list[float]]:
        """One row per hidden item, one column per question. The highest of a row is the probability that
        the item was asked; the others only say which question comes next."""
        return [self._row(request, item, asked) for item in hidden]

    def _row(self, request: Request, item: Surprise, asked: Sequence[Asked]) -> list[float]:
        if not asked:
            return []
        rows = features(self._encoder, self._rarity, request.ask_text(), item, asked)
        logits = (rows - self.trained.mean) / self._scale @ self.trained.weights + self.trained.intercept
        return [float(p) for p in 1 / (1 + np.exp(-logits))]


def read_trained(path: Path = SHIPPED) -> Trained:
    """The coefficients and what they are worth. Raises BadFile."""
    try:
        return Trained.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"The matcher {path.name} cannot be read: {error.strerror}.", "Train it.") from error
    except ValidationError as error:
        raise BadFile(f"{path.name} is no trained matcher.", "Train it again.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """`train` writes the coefficients, `measure` only prints what they are worth."""
    from evals.judging import calibration, judged

    parser = argparse.ArgumentParser(
        prog="evals.judging.matcher", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("action", choices=("train", "measure"))
    parser.add_argument(
        "--judged", type=Path, required=True, help="drafts with a reading of each hidden item"
    )
    parser.add_argument("--cases", type=Path, required=True, help="the cases those drafts belong to")
    parser.add_argument("--also", type=Path, help="judged drafts of another author: does it carry over?")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    try:
        items = judged.read_items(given.judged, given.cases)
        others = judged.read_items(given.also, given.cases) if given.also else []
        print(calibration.report(items, others))
        if given.action == "train":
            trained = calibration.train(items)
            given.out.write_text(trained.model_dump_json(indent=1) + "\n", encoding="utf-8")
            print(f"wrote {given.out.name}, digest {trained.digest}")
    except TriageError as error:
        print(f"evals.judging.matcher: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
