"""Words with a fixed set of meanings, and the base of every value."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(StrEnum):
    """The fourteen areas in which work hides. `NAMES` in the catalogue gives their plain names."""

    PERMISSIONS = "permissions"
    IMPORTS = "imports"
    SSO = "sso"
    BILLING = "billing"
    INTEGRATIONS = "integrations"
    AUDIT = "audit"
    EXISTING_DATA = "existing_data"
    WORKFLOW = "workflow"
    NOTIFICATIONS = "notifications"
    REPORTING = "reporting"
    SCALE = "scale"
    SETUP = "setup"
    SUPPORT = "support"
    CLIENTS = "clients"


class Channel(StrEnum):
    """The way a request came in."""

    EMAIL = "email"
    CRM = "crm"
    FORM = "form"
    API = "api"
    CHAT = "chat"


class FromRole(StrEnum):
    """Who wrote the request."""

    CUSTOMER = "customer"
    SALES = "sales"
    SUCCESS = "success"


class Role(StrEnum):
    """What a signed-in person may do."""

    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Status(StrEnum):
    """Where a request stands (P1).

    `APPROVED`: decided, nothing has left yet and for some seconds it can be undone. `PARKED`: drafting
    failed three times and a person must look.
    """

    RECEIVED = "received"
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    APPROVED = "approved"
    ANSWERED = "answered"
    CLOSED = "closed"
    PARKED = "parked"


class Verdict(StrEnum):
    """The typed answer (P5)."""

    YES = "yes"
    YES_BUT = "yes_but"
    NO = "no"


class NoReason(StrEnum):
    """Why the answer is no (P5)."""

    ARCHITECTURE = "architecture"
    ROADMAP = "roadmap"


class DateKind(StrEnum):
    """What the customer's date really is (P6)."""

    REAL = "real"
    SOFT = "soft"
    WRONG = "wrong"


class Lane(StrEnum):
    """How much review a request gets (P9). Both lanes end with one human."""

    FULL = "full"
    FAST = "fast"


class TShirt(StrEnum):
    """Size label from the median of the summed ranges, in engineer-days (P8)."""

    XS = "XS"
    S = "S"
    M = "M"
    L = "L"
    XL = "XL"

    @classmethod
    def of(cls, days: float) -> TShirt:
        """The label for `days` engineer-days: XS to 0.5, S to 3, M to 10, L to 40, XL beyond."""
        for label, upper in ((cls.XS, 0.5), (cls.S, 3.0), (cls.M, 10.0), (cls.L, 40.0)):
            if days <= upper:
                return label
        return cls.XL


class QuestionState(StrEnum):
    """What the reviewer has done with a drafted question."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    ANSWERED = "answered"


class PromiseStance(StrEnum):
    """What the answer does about something already promised (P12)."""

    CONFIRM = "confirm"
    SOFTEN = "soften"
    WITHDRAW = "withdraw"


class EvidenceKind(StrEnum):
    """Which of the three sources of knowledge a piece of evidence comes from."""

    PAST = "past"
    NOTE = "note"
    MAP = "map"
