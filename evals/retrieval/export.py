"""The service's own past as a collection for the retrieval suite; run by hand.

    python -m evals.retrieval.export --out FOLDER

Writes `docs.csv` (past requests that are dated, not archived and carry no label) and `qrels.csv`: for each
approved request the past requests that the reviewer kept. The texts are the originals: the files belong where
the database belongs.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.retrieval.data import NEEDED
from triage.domain import Draft, PastRequest, Request
from triage.errors import BadFile, BadInput, TriageError
from triage.ports import Allowed
from triage.retrieval.learning import judgements

DOCS, QRELS = "docs.csv", "qrels.csv"
SPLIT = "test"
MOST = 100_000  # past requests, and approved drafts


@dataclass(frozen=True)
class Own:
    """What the records hold: past requests, approved drafts, and the requests they answer."""

    past: Sequence[PastRequest]
    approved: Sequence[Draft]
    requests: Mapping[str, Request]


def main() -> None:
    """Write both files and say how many rows they have."""
    from triage.bootstrap import open_services
    from triage.settings import load_settings

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    services = open_services(load_settings(), worker=False)
    try:
        past = services.knowledge.all_past(MOST, allowed=Allowed())
        approved = services.store.approved_drafts(MOST)
        requests = {each.request_id: services.store.request(each.request_id) for each in approved}
    finally:
        services.close()
    try:
        docs, qrels = export(Own(past, approved, requests), arguments.out)
    except TriageError as error:
        raise SystemExit(str(error)) from None
    print(f"{docs} documents, {qrels} relevant pairs in {arguments.out}.")


def export(own: Own, out: Path) -> tuple[int, int]:
    """How many documents and how many pairs were written.

    Raises:
        BadInput: no reviewer has kept an earlier past request yet; nothing is written then.
        BadFile: the folder cannot be written.
    """
    docs = [row for past in own.past if (row := _document(past, own.requests.get(past.id)))]
    times = {row["id"]: row["t"] for row in docs}
    qrels = [
        {"query": draft.request_id, "rel": past_id, "split": SPLIT}
        for draft in own.approved
        for past_id, kept in judgements(draft).items()
        if kept and times.get(past_id, "~") < times.get(draft.request_id, "")
    ]
    if not qrels:
        raise BadInput(
            "No approved request keeps a question that rests on an earlier one.",
            "The suite needs such requests; a hundred of them say something.",
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(out / DOCS, [*NEEDED["docs"], "product", "component"], docs)
        _write(out / QRELS, NEEDED["qrels"], qrels)
    except OSError as error:
        raise BadFile(f"{out} cannot be written: {error.strerror}.", "Name another folder.") from error
    return len(docs), len(qrels)


def _document(past: PastRequest, request: Request | None) -> dict[str, str] | None:
    """None for one without a date: it could be later than the query."""
    when = request.received.isoformat() if request else past.opened or past.closed
    if not when:
        return None
    return {
        "id": past.id,
        "t": when,
        "title": past.subject,
        "description": past.body,
        "product": past.product_area,
        "component": "",
    }


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
