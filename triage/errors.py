"""Every error this service raises on purpose.

    TriageError                     has .permanent (retry is useless) and .remedy
    ├── BadInput                    the caller sent something we cannot use          (HTTP 400/422)
    │   ├── BadMail                 a mail that is empty, too large or unreadable
    │   ├── BadFile                 a file with a line number and what was expected
    │   └── RuleBroken              an approval that breaks P5, P6 or P12
    ├── NotFound                    no such request, draft, person                   (HTTP 404)
    ├── NotAllowed                  signed in, but not for this                      (HTTP 403)
    ├── NotSignedIn                 no or a wrong session or token                   (HTTP 401)
    ├── BadSignature                a webhook that is not provably from its sender   (HTTP 401)
    │   └── StaleCall               rightly signed, but minutes ago: perhaps a replay
    ├── Conflict                    somebody else was first: stale version, repeat   (HTTP 409)
    │   └── Claimed                 somebody else is working on it right now
    ├── TooLarge                    over a size limit                                (HTTP 413)
    ├── SetupError                  settings, data folder, database, model folder    (exit code 2)
    │   ├── DataFolderInUse         another process holds the data folder
    │   ├── DatabaseTooNew          the database was written by a newer version
    │   ├── IndexUnavailable        the vector index does not answer (transient)
    │   └── NotOnTape               a recorded model was asked something new
    ├── Unreachable                 another system that is needed does not answer    (HTTP 503)
    ├── NotDelivered                a message did not leave; permanent says whether a repeat may help
    └── AnalystError                a model did not do its job; the step falls back
        ├── ModelUnavailable        time-out, 429, 5xx, no connection (transient)
        ├── ModelRefused            the model declined to answer
        ├── BadModelAnswer          not the schema, also after one repair
        └── BudgetSpent             today's budget is used up

The HTTP status is chosen in `api/errors.py` alone, the exit code in `triage/cli.py` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.domain import Claim, StepRun


class TriageError(Exception):
    """Base of the tree. The message names the thing; `remedy` says what to do."""

    permanent = True

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(TriageError):
    """The caller sent something we cannot use."""


class BadMail(BadInput):
    """A mail that is empty, broken beyond reading or over a cap."""


class BadFile(BadInput):
    """A file that cannot be used; `line` is 1-based, 0 when the whole file is meant."""

    def __init__(self, message: str, remedy: str = "", line: int = 0) -> None:
        super().__init__(message, remedy)
        self.line = line


class RuleBroken(BadInput):
    """An approval that breaks P5, P6 or P12; `missing` maps form field to sentence."""

    def __init__(self, missing: dict[str, str]) -> None:
        super().__init__(
            "This answer cannot be approved yet: " + " ".join(missing.values()),
            "Fill in what is listed and approve again.",
        )
        self.missing = missing


class NotFound(TriageError):
    """The thing named does not exist, or not for this person."""


class NotSignedIn(TriageError):
    """No session or token, or one that is wrong or over."""


class BadSignature(TriageError):
    """A webhook call that is not provably from the system it names."""


class StaleCall(BadSignature):
    """A webhook call signed outside the replay window."""


class NotAllowed(TriageError):
    """Signed in, but this role may not do it."""


class Conflict(TriageError):
    """Somebody else was first."""


class Claimed(Conflict):
    """Somebody else is working on it; `claim` says who and until when. It can be taken over."""

    def __init__(self, message: str, remedy: str, claim: Claim) -> None:
        super().__init__(message, remedy)
        self.claim = claim


class TooLarge(BadInput):
    """Over a size limit."""


class SetupError(TriageError):
    """The service cannot start as configured."""


class DataFolderInUse(SetupError):
    """Another process holds the lock on the data folder."""


class DatabaseTooNew(SetupError):
    """The database was written by a newer version of this service."""


class IndexUnavailable(SetupError):
    """The vector index does not answer. A server may be back in a moment, so a repeat may help."""

    permanent = False


class NotOnTape(SetupError):
    """A model is played back from tape, and this call is not on it. No fall-back: figures would lie."""


class Unreachable(TriageError):
    """Another system that is needed right now does not answer; its caller should try again."""

    permanent = False


class NotDelivered(TriageError):
    """A message did not leave. `permanent`: the other side will refuse it again.

    `in_doubt`: it may have arrived all the same, as when the connection broke after the last byte.
    `retry_after`: seconds the other side asked us to wait, 0 when it named none.
    """

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        permanent: bool,
        in_doubt: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message, remedy)
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.retry_after = retry_after


class AnalystError(TriageError):
    """A model did not do its job. The step falls back to the catalogue and says so.

    `run` is what the failed attempt cost, when anything was spent.
    """

    run: StepRun | None = None


class ModelUnavailable(AnalystError):
    """Time-out, rate limit, server error or no connection."""

    permanent = False


class ModelRefused(AnalystError):
    """The model declined to answer."""


class BadModelAnswer(AnalystError):
    """The answer does not fit the schema, also after one repair attempt."""


class BudgetSpent(AnalystError):
    """Today's model budget is used up."""
