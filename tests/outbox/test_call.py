"""One HTTP call out, against a real server that behaves well and badly."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.outbox.receiver import Receiver, breaks_off, drips, receiving, says
from triage.errors import NotDelivered
from triage.outbox.call import Place, Reply, call, is_public, place_of


def post(receiver: Receiver, *, timeout: float = 1) -> Reply:
    place = place_of(f"{receiver.url}/x", "TRIAGE_X")
    return post_to(place, timeout=timeout)


def post_to(place: Place, *, private: bool = True, timeout: float = 1, cap: int = 1000) -> Reply:
    return call(
        "POST",
        place,
        b"{}",
        {},
        remedy="Look there.",
        knows_repeats=False,
        private=private,
        timeout=timeout,
        cap=cap,
    )


@pytest.mark.parametrize(
    ("status", "permanent", "in_doubt"),
    [
        (301, True, False),
        (400, True, False),
        (401, True, False),
        (404, True, False),
        (408, False, False),
        (410, True, False),
        (429, False, False),
        (500, False, False),
        (502, False, True),
        (503, False, False),
        (504, False, True),
    ],
)
def test_the_status_decides_whether_a_repeat_helps(
    receiver: Receiver, status: int, permanent: bool, in_doubt: bool
) -> None:
    receiver.will(says(status, "because\nof this", location="http://127.0.0.1:1/"))
    with pytest.raises(NotDelivered, match=f"answered {status} \\(because of this\\)") as caught:
        post(receiver)
    assert (caught.value.permanent, caught.value.in_doubt) == (permanent, in_doubt)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_is_one(receiver: Receiver, status: int) -> None:
    receiver.will(says(status))
    assert post(receiver).status == status


def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(receiver: Receiver) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    receiver.will(
        says(429, retry_after="120"),
        says(503, retry_after=soon),
        says(503, retry_after="soon"),
        says(429),
        says(429, retry_after="Wed, 99 Foo"),
    )
    waits = []
    for _ in range(5):
        with pytest.raises(NotDelivered) as caught:
            post(receiver)
        waits.append(caught.value.retry_after)
    assert waits[0] == 120
    assert 60 < waits[1] <= 90
    assert waits[2:] == [0, 0, 0]


def test_a_connection_that_breaks_after_the_last_byte_leaves_it_open(receiver: Receiver) -> None:
    receiver.will(breaks_off)
    with pytest.raises(NotDelivered, match="then said nothing") as caught:
        post(receiver)
    assert (caught.value.permanent, caught.value.in_doubt) == (False, True)


def test_a_reply_that_drips_is_not_waited_for(receiver: Receiver) -> None:
    receiver.will(drips)
    begun = time.monotonic()
    with pytest.raises(NotDelivered, match="timed out") as caught:
        post(receiver, timeout=0.3)
    assert time.monotonic() - begun < 5  # it would drip for fifteen seconds
    assert caught.value.in_doubt


def test_nobody_there_is_no_doubt() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = Receiver(port=probe.getsockname()[1])
    with pytest.raises(NotDelivered, match="could not be reached") as caught:
        post(free)
    assert (caught.value.permanent, caught.value.in_doubt) == (False, False)


def test_a_name_that_is_none_may_be_one_later() -> None:
    place = place_of("https://nowhere.invalid/x", "TRIAGE_X")
    with pytest.raises(NotDelivered, match=r"nowhere\.invalid could not be reached") as caught:
        post_to(place, private=False)
    assert not caught.value.permanent


def test_what_is_said_about_a_place_shows_no_secret_of_its_address(receiver: Receiver) -> None:
    place = place_of(f"{receiver.url}/services/T0/SECRET?token=SECRET", "TRIAGE_X")
    receiver.will(says(404), breaks_off)
    for _ in range(2):
        with pytest.raises(NotDelivered) as caught:
            post_to(place)
        assert "SECRET" not in str(caught.value)


def test_a_long_reply_is_cut_off(receiver: Receiver) -> None:
    receiver.will(says(200, "x" * 300_000))
    place = place_of(f"{receiver.url}/x", "TRIAGE_X")
    assert len(post_to(place, cap=1000).body) == 1000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hooks.localhost, with its key, that nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.localhost")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + built.public_bytes(Encoding.PEM))
    return path


def test_a_server_has_to_prove_its_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def here(_: str, port: int, *__: int, **___: int) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", here)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving(context) as server:
        place = place_of(f"https://hooks.localhost:{server.port}/x", "TRIAGE_X")
        other = place_of(f"https://else.localhost:{server.port}/x", "TRIAGE_X")
        with pytest.raises(NotDelivered, match="certificate verify failed") as caught:
            post_to(place)
        assert (caught.value.permanent, caught.value.in_doubt) == (False, False)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post_to(place, timeout=5).status == 200
        with pytest.raises(NotDelivered, match=r"not valid for 'else\.localhost'"):
            post_to(other)
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.20.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotDelivered, match=r"is at 10\.0\.0\.1"):
        post_to(place_of("https://hooks.example.com/x", "TRIAGE_X"), private=False)


def test_the_address_looked_up_is_the_one_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, port: int, *args: int, **kinds: int) -> list[tuple[object, ...]]:
        if host == "rebound.localhost":
            looked_up.append(host)
            assert len(looked_up) == 1, "a second look could find another address"
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
        return list(real(host, port, *args, **kinds))

    monkeypatch.setattr(socket, "getaddrinfo", once)
    place = place_of("https://rebound.localhost/x", "TRIAGE_X")
    plain = Place("http", place.host, receiver.port, place.path)
    assert post_to(plain, timeout=2).status == 200
    assert receiver.calls[0].headers["host"] == f"rebound.localhost:{receiver.port}"
