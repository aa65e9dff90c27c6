"""How far a judge may be believed: agreement with people, and a share corrected for the difference.

Agreement is Cohen's kappa over single verdicts (Cohen 1960). A judge's share over all drafts is corrected
by the mean difference to people on the drafts they read, which makes it unbiased however the judge errs, as
long as those drafts are a fair sample (prediction-powered inference; Angelopoulos et al. 2023, Science 382).
The intervals resample whole cases, of all drafts and of the labelled ones apart. Below `LEAST_KAPPA`, or
with fewer than `LEAST_LABELS` verdicts by people, a judge's number is not worth printing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evals.intervals import RESAMPLES, SEED, Tally
from evals.judging.judged import Gold, JudgedDraft, Worth
from triage.domain import Frozen

LEAST_KAPPA = 0.5
LEAST_LABELS = 20
HEADLINE = "very_thing@5"

Said = Sequence[bool | None]
_READINGS: dict[str, Callable[[JudgedDraft], Said]] = {
    HEADLINE: lambda draft: [gold is Gold.HIT for gold in draft.gold],
    "useful": lambda draft: _alike(draft.drafted, Worth.USEFUL),
    "noise": lambda draft: _alike(draft.drafted, Worth.NOISE),
    "packed": lambda draft: [None if count is None else count > 1 for count in draft.concerns],
}
_CELLS = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}  # person, judge
MEASURES = tuple(_READINGS)
MEANS = {
    HEADLINE: "hidden items asked for exactly",
    "useful": "questions whose answer changes the work",
    "noise": "questions that are noise",
    "packed": "questions with more than one concern",
}


class Agreement(Frozen):
    """Of a judge with people. `bias`: the judge's share minus theirs, on what they read. `kappa` None: all
    verdicts are alike, so it says nothing."""

    labels: int = 0  # verdicts that people gave
    read_share: float = 0.0
    kappa: float | None = None
    low: float = 0.0
    high: float = 0.0
    bias: float = 0.0


class Share(Frozen):
    """What a judge says over all drafts. `value` is corrected for its bias, None where it is withheld."""

    measure: str
    judge: str
    raw: float
    verdicts: int
    agreement: Agreement = Agreement()
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    withheld: str = ""


def share(
    measure: str,
    judge: str,
    judged: Sequence[JudgedDraft],
    labelled: Sequence[tuple[JudgedDraft, JudgedDraft]],
) -> Share | None:
    """One measure by one judge over the drafts it `judged`; None when it says nothing on that.

    Args:
        labelled: pairs of a person's reading and the judge's of the same draft.
    """
    tallies = [_tally(_READINGS[measure](draft)) for draft in judged]
    total = sum(tally.whole for tally in tallies)
    if not total:
        return None
    table = np.array([_confusion(measure, person, machine) for person, machine in labelled])
    table = table[table.sum(axis=1) > 0] if len(table) else np.zeros((0, 4))
    found = Share(
        measure=measure,
        judge=judge,
        raw=sum(tally.part for tally in tallies) / total,
        verdicts=round(total),
        agreement=_agreement(table),
    )
    withheld = _withheld(found.agreement)
    if withheld:
        return found.model_copy(update={"withheld": withheld})
    answered = [draft.questions != () for draft in judged]
    return found.model_copy(update=_corrected(tallies, answered, table))


def _withheld(found: Agreement) -> str:
    if found.labels < LEAST_LABELS:
        return f"{found.labels} labels by people, {LEAST_LABELS} are needed"
    if found.kappa is None:
        return "all labels are alike: they cannot show whether the judge agrees"
    if found.kappa < LEAST_KAPPA:
        return f"kappa {found.kappa:.2f} is below {LEAST_KAPPA}"
    return ""


def _agreement(table: np.ndarray) -> Agreement:
    """`table`: a row of four counts for each labelled case."""
    sums = table.sum(axis=0) if len(table) else np.zeros(4)
    labels = sums.sum()
    if not labels:
        return Agreement()
    kappas = _kappas(_drawn(len(table)) @ table)
    known = kappas[~np.isnan(kappas)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (0.0, 0.0)
    kappa = float(_kappas(sums[None, :])[0])
    return Agreement(
        labels=round(labels),
        read_share=float((sums[0] + sums[1]) / labels),
        kappa=None if np.isnan(kappa) else kappa,
        low=float(low),
        high=float(high),
        bias=float((sums[2] - sums[1]) / labels),
    )


def _kappas(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa of each row; NaN where chance alone would agree in all."""
    both, person, machine, neither = tables.T
    total = np.maximum(tables.sum(axis=1), 1)
    agree = (both + neither) / total
    yes_person, yes_machine = (both + person) / total, (both + machine) / total
    chance = yes_person * yes_machine + (1 - yes_person) * (1 - yes_machine)
    kappas = np.full(len(tables), np.nan)
    np.divide(agree - chance, 1 - chance, out=kappas, where=chance < 1)
    return kappas


def _corrected(tallies: Sequence[Tally], answered: Sequence[bool], table: np.ndarray) -> dict[str, float]:
    """The share minus the bias. Where nothing was asked, judge and people cannot differ."""
    part = np.array([tally.part for tally in tallies])
    whole = np.array([tally.whole for tally in tallies])
    open_to_error = whole * np.array(answered)
    excess, labels = table[:, 2] - table[:, 1], table.sum(axis=1)

    def value(cases: np.ndarray, read: np.ndarray) -> np.ndarray:
        total, labelled = np.maximum(cases @ whole, 1), np.maximum(read @ labels, 1)
        corrected: np.ndarray = (cases @ part - cases @ open_to_error * (read @ excess) / labelled) / total
        return corrected

    ones = value(np.ones((1, len(part))), np.ones((1, len(table))))
    drawn = value(_drawn(len(part)), _drawn(len(table), SEED + 1))
    low, high = np.percentile(drawn, [2.5, 97.5])
    told = {"value": ones[0], "low": low, "high": high}
    return {name: float(np.clip(one, 0, 1)) for name, one in told.items()}


def _drawn(cases: int, seed: int = SEED) -> np.ndarray:
    """How often each case is drawn, shape (RESAMPLES, cases)."""
    generator = np.random.default_rng(seed)
    drawn: np.ndarray = generator.multinomial(cases, np.full(cases, 1 / cases), size=RESAMPLES)
    return drawn


def _confusion(measure: str, person: JudgedDraft, machine: JudgedDraft) -> list[int]:
    counts = [0, 0, 0, 0]
    read = _READINGS[measure]
    for theirs, its in zip(read(person), read(machine), strict=False):  # empty: nothing was said
        if theirs is not None and its is not None:
            counts[_CELLS[theirs, its]] += 1
    return counts


def _tally(said: Said) -> Tally:
    known = [one for one in said if one is not None]
    return Tally(sum(known), len(known))


def _alike(drafted: Sequence[Worth | None], worth: Worth) -> Said:
    return [None if one is None else one is worth for one in drafted]
