"""Every setting, typed, with one line of meaning. Read once at start; nothing happens on import.

A setting `data_dir` is the environment variable `TRIAGE_DATA_DIR`; `.env` in the working folder is
read too. A secret may also be given as a file: `TRIAGE_SMTP_PASSWORD_FILE=/run/secrets/smtp`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from triage.errors import SetupError


class Settings(BaseSettings):
    """All configuration of the service."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", env_file=".env", extra="ignore", frozen=True)

    # where things live
    data_dir: Path = Field(Path("data"), description="Folder of everything the service writes.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder.")
    chroma_url: str = Field("", description="URL of a Chroma server; empty: embedded in the data folder.")
    knowledge_dir: Path | None = Field(
        None, description="Own knowledge folder (notes/, product_map.md); empty: none."
    )
    catalogue_dir: Path | None = Field(None, description="Own hidden-work catalogue; empty: the shipped one.")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="How browsers reach the service; used in links."
    )

    # the analyst
    analyst: Literal["auto", "catalogue", "llm"] = Field(
        "auto", description="auto: llm when a model is named."
    )
    model: str = Field(
        "", description="LiteLLM model name, e.g. openai/gpt-5-mini; empty: catalogue analyst."
    )
    model_api_base: str = Field("", description="Base URL of an OpenAI-compatible server.")
    model_api_key: SecretStr = Field(
        SecretStr(""), description="Key for the model; the provider's own variable works too."
    )
    model_timeout_s: float = Field(60.0, gt=0, le=600, description="Seconds one model call may take.")
    model_retries: int = Field(2, ge=0, le=5, description="Repeats after a transient model error.")
    model_daily_budget_usd: float = Field(
        20.0, ge=0, description="Spend per UTC day after which drafts use the catalogue; 0: no limit."
    )
    model_price_in: float = Field(
        0.0, ge=0, description="US dollars per million prompt tokens, for models LiteLLM has no price for."
    )
    model_price_out: float = Field(0.0, ge=0, description="US dollars per million answer tokens, likewise.")
    model_cassette: Path | None = Field(
        None, description="Tape of model answers, for evaluation without a key; empty: none."
    )
    model_cassette_mode: Literal["replay", "record"] = Field(
        "replay", description="replay: answer from the tape alone; record: ask the model and add to the tape."
    )

    # retrieval
    embedding_model: str = Field(
        "", description="Folder or name of a sentence-transformers model; empty: the packaged MiniLM."
    )

    allowed_labels: str = Field(
        "",
        description="Comma-separated labels of confidential knowledge that drafts may use too.",
    )

    # the team
    team_domains: str = Field(
        "", description="Comma-separated mail domains of our own people; only they forward."
    )
    time_zone: str = Field("Europe/Berlin", description="Zone in which business days are counted.")
    business_days: str = Field("mon,tue,wed,thu,fri", description="Days on which the clock runs.")
    holidays: str = Field("", description="Comma-separated ISO dates on which the clock stands still.")
    target_hours: float = Field(24.0, gt=0, description="Business-day hours until an answer is due.")
    breach_hours: float = Field(
        48.0, gt=0, description="Business-day hours until the deadline counts as breached."
    )
    support_address: str = Field(
        "", description="Who gets the setup checklist; empty: it stays on the answer page."
    )

    sales_address: str = Field(
        "", description="Who gets the answer when no colleague sent the request; empty: the reviewer."
    )

    # the review
    undo_seconds: float = Field(
        10.0, ge=0, le=600, description="Seconds to undo an approval in; until then nothing leaves."
    )
    blind_size: bool = Field(
        False, description="Reviewers say how large they think it is before they see the proposed range."
    )

    # mail out
    smtp_host: str = Field(
        "", description="Mail server; empty: answers are written to outbox/ in the data folder."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User on the mail server; empty: no login.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password on the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="none is accepted for loopback only."
    )
    mail_from: str = Field("triage@example.com", description="Sender address of our mails.")

    # the engine
    concurrency: int = Field(2, ge=1, le=64, description="Requests drafted at the same time in one process.")
    session_hours: float = Field(
        12.0, gt=0, description="Hours until a signed-in browser must sign in again."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    @field_validator("base_url", "chroma_url", "model_api_base")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("model_cassette", mode="before")
    @classmethod
    def _unset_when_empty(cls, value: Any) -> Any:
        return value or None

    @property
    def sql_url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'triage.db'}"

    @property
    def uses_model(self) -> bool:
        """True when drafts go through a model."""
        return self.analyst == "llm" or (self.analyst == "auto" and bool(self.model))

    @property
    def own_domains(self) -> frozenset[str]:
        """Mail domains of our own people, lower case."""
        return frozenset(part.strip().lower() for part in self.team_domains.split(",") if part.strip())

    @property
    def labels(self) -> frozenset[str]:
        """Labels of confidentiality that drafts may use, the empty one among them."""
        return frozenset(part.strip() for part in self.allowed_labels.split(",")) | {""}


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`.

    Raises:
        SetupError: names the variable that is wrong and what is expected.
    """
    try:
        return Settings(**{**_secrets_from_files(), **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        name = "TRIAGE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SetupError(
            f"The setting {name} is not usable: {first['msg']}.",
            "Correct it in the environment or in .env; .env.example explains every setting.",
        ) from error


def _secrets_from_files() -> dict[str, str]:
    values = {}
    for name in ("model_api_key", "smtp_password"):
        path = os.environ.get(f"TRIAGE_{name.upper()}_FILE", "")
        if not path:
            continue
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SetupError(
                f"TRIAGE_{name.upper()}_FILE names {path}, which cannot be read: {error.strerror}.",
                "Point it at a readable file or unset it.",
            ) from error
    return values
