"""How fast mails are accepted while drafting goes on: `python -m evals.bench.intake`.

Starts the service over SQLite in an empty folder and posts mails at a steady rate, whether or not earlier
ones have been answered, so that a slow answer delays none of the measured ones (no coordinated omission).
Every 202 is committed. Then a bare FastAPI route that commits one row into SQLite gets the same mails at
the same rate, while the service goes on drafting what it took in. Prints both, and their ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from triage.bootstrap import open_services
from triage.content import content_dir
from triage.domain import Person, Role
from triage.settings import load_settings

RATE, SECONDS = 50, 60
START_S = 120.0
GATEWAY = "gateway@example.com"


@dataclass
class Run:
    """Latencies in seconds from the moment a mail was due to be sent, and how many were not taken."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        cuts = statistics.quantiles(self.seconds, n=1000, method="inclusive")
        return 1000 * cuts[round(share * 1000) - 1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=RATE, help="mails a second")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        ours, bare, drafted, left = measure(Path(name), options.rate, options.seconds)
    print(f"{options.rate:g} mails a second for {options.seconds:g} s, SQLite, drafting goes on\n")
    print("| | p50 ms | p99 ms | longest ms | taken | refused |")
    print("|---|---|---|---|---|---|")
    for label, run in (("accept a mail", ours), ("bare route, one row", bare)):
        figures = [f"{run.quantile(share):.1f}" for share in (0.5, 0.99)]
        longest = f"{1000 * max(run.seconds):.0f}"
        print(f"| {label} | {' | '.join(figures)} | {longest} | {len(run.seconds)} | {run.refused} |")
    ratios = [ours.quantile(share) / bare.quantile(share) for share in (0.5, 0.99)]
    print(f"| ratio | {ratios[0]:.1f} | {ratios[1]:.1f} | | | |")
    print(f"\nDrafted meanwhile: {drafted}; still to be drafted at the end: {left}.")


def measure(folder: Path, rate: float, seconds: float) -> tuple[Run, Run, int, int]:
    """The service, the bare route, how many were drafted during both, and how many were left."""
    ports = _free_port(), _free_port()
    token = _token(folder)
    mails = sample_mails()
    serve = ["-m", "triage.cli", "serve", "--port", str(ports[0])]
    bare = ["-m", "evals.bench.bare", str(ports[1]), str(folder / "bare.db")]
    environment = {
        **os.environ,
        "TRIAGE_DATA_DIR": str(folder),
        "TRIAGE_TEAM_DOMAINS": "fieldnote.example",
        "TRIAGE_LOG_LEVEL": "ERROR",
    }
    with _process(serve, environment, ports[0], "/readyz"), _process(bare, environment, ports[1], "/"):
        headers = f"Content-Type: message/rfc822\r\nAuthorization: Bearer {token}\r\n"
        asyncio.run(post(ports[0], "/intake/email", headers, mails, 5, 4, "warm"))
        ours = asyncio.run(post(ports[0], "/intake/email", headers, mails, rate, seconds, "ours"))
        bare_run = asyncio.run(post(ports[1], "/", headers, mails, rate, seconds, "bare"))
    drafted, left = _counts(folder)
    return ours, bare_run, drafted, left


def sample_mails() -> list[bytes]:
    """The sample inbox."""
    return [
        path.read_bytes() for path in sorted((content_dir("knowledge") / "sample" / "inbox").glob("*.eml"))
    ]


async def post(
    port: int, path: str, headers: str, mails: list[bytes], rate: float, seconds: float, mark: str
) -> Run:
    """Post copies of `mails`, each with a Message-ID of its own, at `rate` a second."""
    run, start, tasks = Run(), time.perf_counter() + 0.1, []
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def one(due: float, body: bytes) -> None:
        while idle and idle[-1][0].at_eof():  # the server closes connections that were idle for long
            idle.pop()[1].close()
        connection = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        reader, writer = connection
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        status = await reader.readline()
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        await reader.readexactly(length)
        run.seconds.append(time.perf_counter() - due)
        run.refused += b" 202 " not in status
        idle.append(connection)

    for number in range(round(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        body = _marked(mails[number % len(mails)], f"<{mark}.{number}@example.com>")
        tasks.append(asyncio.create_task(one(due, body)))
    await asyncio.gather(*tasks)
    for _, writer in idle:
        writer.close()
    return run


def _marked(mail: bytes, message_id: str) -> bytes:
    """The same mail under another Message-ID and with a line of its own, so that it is no repeat."""
    head, blank, rest = mail.partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.lower().startswith(b"message-id:")]
    return b"\n".join([*lines, b"Message-ID: " + message_id.encode()]) + blank + rest


def _token(folder: Path) -> str:
    services = open_services(load_settings(data_dir=folder), worker=False)
    try:
        services.people.add(Person(address=GATEWAY, role=Role.ADMIN))
        return services.people.add_token(GATEWAY, "bench")
    finally:
        services.close()


def _counts(folder: Path) -> tuple[int, int]:
    services = open_services(load_settings(data_dir=folder), worker=False)
    try:
        counts = services.store.counts()
    finally:
        services.close()
    left = sum(number for status, number in counts.items() if status in ("received", "drafting"))
    return sum(counts.values()) - left, left


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(arguments: list[str], environment: dict[str, str], port: int, probe: str) -> Iterator[None]:
    """A Python process that answers on `probe` before the block begins."""
    process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}{probe}", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{' '.join(arguments[:3])} did not start.") from None
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


if __name__ == "__main__":
    main()
