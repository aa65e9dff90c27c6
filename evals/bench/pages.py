"""How long the reviewer's pages take on the server, and how large they are: `python -m evals.bench.pages`.

Fills three databases with 10, 1,000 and 100,000 requests, copies of the shipped sample inbox with its drafts,
a fifth of them open, and asks the application for its pages without a network in between. What counts is
how a time grows with the number of requests, so every row says it as a multiple of the smallest database,
measured in the same run. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx

from api.app import create_app
from api.deps import cookie_name
from triage.bootstrap import Services, open_services
from triage.content import content_dir
from triage.domain import (
    Draft,
    NoReason,
    Person,
    PromiseStance,
    Request,
    RequestRecord,
    Role,
    Status,
    Verdict,
)
from triage.intake.plain import request_from_file
from triage.oneoff import Knowledge, OneOff
from triage.records.bulk import Bulk, Placed
from triage.records.database import open_database
from triage.retrieval.embed import SentenceEncoder
from triage.settings import load_settings

SIZES = (10, 1_000, 100_000)
RUNS = 15  # of each page, after one that does not count
BATCH = 2_000
OPEN = 5  # every so manieth request is open
REVIEWER = "reviewer@example.com"
BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Sample:
    """A request of the sample inbox and its draft."""

    request: Request
    draft: Draft


@dataclass(frozen=True)
class Measured:
    """One page in one database: the shortest time in milliseconds, which other work on the machine disturbs
    least, and the size of the answer in bytes."""

    ms: float
    size: int


Row = dict[int, Measured]
"""Number of requests -> what was measured."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--sizes", default=",".join(map(str, SIZES)), help="two or more numbers of requests, with commas"
    )
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]
    print(as_markdown(measure(content_dir("knowledge") / "sample", sizes)))


def measure(sample: Path, sizes: Sequence[int]) -> dict[str, Row]:
    """Every page in every database, by name."""
    samples = drafted(sample)
    table: dict[str, Row] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, filled(Path(folder), samples, size) as services:
            for name, measured in asyncio.run(_Visit(services).pages()).items():
                table.setdefault(name, {})[size] = measured
    return table


def as_markdown(table: dict[str, Row]) -> str:
    """One line a page: bytes with the most requests, milliseconds with the fewest, then how many times that
    with more, and last the two largest against each other: with the fewest, lists are short."""
    sizes = sorted(next(iter(table.values())))
    last, most = sizes[-2:]
    head = ["page", "bytes", f"ms, {sizes[0]:,} requests", *[f"{size:,} requests" for size in sizes[1:]]]
    head.append(f"{most:,} / {last:,}")
    lines = [head, ["---"] * len(head)]
    for name, row in table.items():
        few = row[sizes[0]]
        times = [f"× {row[size].ms / few.ms:.2f}" for size in sizes[1:]]
        grown = f"× {row[most].ms / row[last].ms:.2f}"
        lines.append([name, f"{row[most].size:,}", f"{few.ms:.1f}", *times, grown])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


# --- what is asked for --------------------------------------------------------------------------


class _Visit:
    """A signed-in reviewer's browser, without the browser."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._app = create_app(services)
        token = services.people.open_session(REVIEWER, timedelta(hours=1))
        self._headers = {"Origin": BASE_URL, "Cookie": f"{cookie_name(BASE_URL)}={token}"}

    async def pages(self) -> dict[str, Measured]:
        """Measures one page after the other."""
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=self._headers) as client:
            self._client = client
            desk = f"/review/{self._next()}"
            return {
                "inbox": await self._time("/review"),
                "inbox, the list alone": await self._time("/review?part=1"),
                "inbox, second page": await self._time("/review?page=2"),
                "inbox, one size and lane": await self._time("/review?size=L&lane=full"),
                "inbox, a word that most have": await self._time("/review?q=the"),
                "inbox, a word that one has": await self._time("/review?q=r-00000005"),
                "answered": await self._time("/review?show=answered"),
                "review page": await self._time(desk),
                "an edit that saves itself": await self._repeat(self._edit),
                "a decision": await self._repeat(self._decide),
                "a decision and the next page": await self._repeat(self._decide_and_go_on),
            }

    async def _time(self, address: str) -> Measured:
        async def visit() -> httpx.Response:
            return await self._client.get(address)

        return await self._repeat(visit)

    async def _repeat(self, act: Callable[[], object]) -> Measured:
        times, size = [], 0
        for turn in range(RUNS + 1):
            before = self._next()
            began = time.perf_counter()
            answer = await act()  # type: ignore[misc]
            spent = time.perf_counter() - began
            assert isinstance(answer, httpx.Response)
            if answer.status_code not in (200, 303):
                raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:300]}")
            size = len(answer.content)
            if turn:
                times.append(spent)
            self._put_back(before)
        return Measured(min(times) * 1000, size)

    async def _edit(self) -> httpx.Response:
        request_id = self._next()
        version = self._services.store.record(request_id).draft_version
        fields = {"version": str(version), "note": f"typed at {time.perf_counter()}"}
        return await self._post(f"/review/{request_id}/autosave", fields)

    async def _decide(self) -> httpx.Response:
        request_id = self._next()
        draft = self._services.store.latest_draft(request_id)
        assert draft is not None
        return await self._post(f"/review/{request_id}/approve", _no(draft))

    async def _decide_and_go_on(self) -> httpx.Response:
        answer = await self._decide()
        return await self._client.get(answer.headers["location"])

    async def _post(self, address: str, fields: dict[str, str]) -> httpx.Response:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._client.post(address, content=urlencode(fields), headers=form)

    def _next(self) -> str:
        record = self._services.store.next_for(REVIEWER)
        assert record is not None
        return record.request.id

    def _put_back(self, request_id: str) -> None:
        """So that every run meets the same inbox."""
        record = self._services.store.record(request_id)
        if record.status is Status.APPROVED:
            self._services.store.undo(record.decision_id, REVIEWER)


def _no(draft: Draft) -> dict[str, str]:
    """A form that keeps every rule, whatever was promised."""
    stances = {
        f"promises.{slot}.stance": PromiseStance.WITHDRAW.value for slot in range(len(draft.reading.promises))
    }
    said = {"verdict": Verdict.NO.value, "no_reason": NoReason.ROADMAP.value, "sentence": "No, not now."}
    return {"version": str(draft.version), **said, **stances}


# --- what is filled in --------------------------------------------------------------------------


def drafted(sample: Path) -> list[Sample]:
    """The sample inbox, drafted with the catalogue analyst."""
    knowledge = Knowledge.named(sample, None, sample / "history.jsonl")
    drafter = OneOff(load_settings(analyst="catalogue"), SentenceEncoder(), knowledge)
    mails = [request_from_file(path.read_bytes()) for path in sorted((sample / "inbox").glob("*.eml"))]
    return [Sample(request, drafter.draft(request)) for request in mails]


@contextmanager
def filled(folder: Path, samples: Sequence[Sample], size: int) -> Iterator[Services]:
    """Services over a database of its own with `size` requests."""
    settings = load_settings(data_dir=folder, base_url=BASE_URL, analyst="catalogue", database_url="")
    services = open_services(settings, worker=False)
    try:
        services.people.add(Person(address=REVIEWER, role=Role.REVIEWER))
        database = open_database(settings.sql_url)
        bulk = Bulk(database)
        for start in range(0, size, BATCH):
            numbers = range(start, min(start + BATCH, size))
            bulk.put([_placed(samples[number % len(samples)], number) for number in numbers])
        bulk.analyze()
        database.dispose()
        yield services
    finally:
        services.close()


def _placed(sample: Sample, number: int) -> Placed:
    """A copy of a sample request: every `OPEN`th in review with its draft, the others answered."""
    key, is_open = f"r-{number:08x}", number % OPEN == 0
    received = datetime.now(UTC) - timedelta(minutes=number)
    due = received + timedelta(days=2)
    changes = {"id": key, "message_id": "", "received": received}
    record = RequestRecord(
        request=sample.request.model_copy(update=changes),
        status=Status.IN_REVIEW if is_open else Status.ANSWERED,
        reviewer=REVIEWER,
        due=due,
        answered=None if is_open else due,
        verdict=None if is_open else Verdict.YES,
    )
    draft = sample.draft.model_copy(update={"request_id": key, "version": 1})
    return Placed(record=record, draft=draft, kept=is_open)


if __name__ == "__main__":
    main()
