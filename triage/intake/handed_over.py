"""A mail that another server hands over: what is said to it (RFC 5321, 4.2; RFC 3463)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from triage.errors import BadInput, TooLarge, TriageError
from triage.intake import arrive
from triage.intake.trace import hops, with_message_id, with_return_path

if TYPE_CHECKING:
    from triage.bootstrap import Services

MOST_HOPS = 50  # servers a mail went through; more is a loop (RFC 5321, 6.3)
_LONGEST = 300  # characters of a sentence in a reply

log = logging.getLogger(__name__)


def reply_to(
    services: Services, raw: bytes, *, channel: str, sender: str = "", recipients: tuple[str, ...] = ()
) -> str:
    """Take one mail and return the reply to whoever hands it over; 250 only after commit."""
    if hops(raw) > MOST_HOPS:
        return "554 5.4.6 The mail goes in circles."
    raw = with_return_path(with_message_id(raw), sender)
    try:
        arrival = arrive.accept_mail(services, raw, channel=channel, recipients=recipients)
    except TooLarge as error:
        return f"552 5.3.4 {in_ascii(str(error))}"
    except BadInput as error:
        return f"554 5.6.0 {in_ascii(str(error))}"
    except TriageError as error:
        code = "554 5.3.0" if error.permanent else "451 4.3.0"
        return f"{code} {in_ascii(str(error))}"
    except Exception as error:  # not confirmed, so its server keeps it and tries again
        log.warning("a mail could not be taken channel=%s: %s", channel, type(error).__name__)
        log.debug("how it failed", exc_info=error)
        return "451 4.3.0 The mail could not be stored just now, try again."
    log.info("mail taken channel=%s outcome=%s request=%s", channel, arrival.outcome, arrival.request_id)
    return _confirmed(arrival)


def _confirmed(arrival: arrive.Arrival) -> str:
    if arrival.outcome in ("request", "reply") and arrival.request_id:
        noun = "request" if arrival.outcome == "request" else "reply on request"
        again = ", which we had already" if arrival.duplicate else ""
        return f"250 2.0.0 Accepted as {noun} {arrival.request_id}{again}."
    return "250 2.0.0 Accepted and put aside: nobody waits for an answer to it."


def in_ascii(text: str) -> str:
    """On one line of plain characters: what a reply may hold."""
    return " ".join(text.encode("ascii", "replace").decode().split())[:_LONGEST]
