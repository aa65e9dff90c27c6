"""What is on no request: listed with the start of it, on both databases."""

from __future__ import annotations

import random

from tests.records.conftest import Jobs
from tests.records.material import new_request
from triage.records.received import Incoming
from triage.records.store import Store


def incoming(number: int, raw: bytes = b"Subject: Away\n\nGone fishing.") -> Incoming:
    return Incoming(raw=raw, channel="imap", message_id=f"<{number}@customer.example>", digest=str(number))


def test_the_newest_come_first_and_go_on(store: Store) -> None:
    assert not store.has_aside()
    numbers = [store.put_aside(incoming(number), "automatic", "Nobody wrote this.") for number in range(5)]
    assert store.has_aside()
    first = store.aside(3)
    assert [mail.info.id for mail in first] == numbers[:1:-1]
    assert [mail.info.id for mail in store.aside(3, before=first[-1].info.id)] == numbers[1::-1]
    assert first[0].head == b"Subject: Away\n\nGone fishing."
    assert (first[0].info.kind, first[0].info.trouble) == ("automatic", "Nobody wrote this.")


def test_of_a_large_one_only_the_start_is_unpacked(store: Store) -> None:
    noise = random.Random(7).randbytes(300_000)  # does not pack well
    store.put_aside(incoming(1, b"Subject: Noise\n\n" + noise), "refused", "No mail.")
    store.put_aside(incoming(2, b"Subject: Zeros\n\n" + bytes(5_000_000)), "refused", "No mail.")
    zeros, noisy = (mail.head for mail in store.aside())
    assert noisy.startswith(b"Subject: Noise\n\n" + noise[:1000])
    assert zeros.startswith(b"Subject: Zeros\n\n")
    assert max(len(zeros), len(noisy)) <= 64 * 1024


def test_what_is_on_a_request_is_not_put_aside(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs, incoming=incoming(1))
    store.put_aside(incoming(2), "automatic", "Nobody wrote this.", request_id="r-0001")
    assert store.aside() == []
    assert not store.has_aside()
