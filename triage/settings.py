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
    business_hours: str = Field(
        "", description="Hours in which the clock runs, e.g. 09:00-12:30,13:30-18:00; empty: the whole day."
    )
    holidays_country: str = Field(
        "", description="Country whose public holidays stop the clock, e.g. DE; empty: none do."
    )
    holidays_subdivision: str = Field(
        "", description="State or province of it whose holidays count too, e.g. BE."
    )
    holidays: str = Field("", description="Comma-separated ISO dates on which the clock stands still.")
    workdays: str = Field(
        "", description="Comma-separated ISO dates on which it runs although they are a weekend or holiday."
    )
    target_hours: float = Field(24.0, gt=0, description="Business-day hours until an answer is due.")
    breach_hours: float = Field(
        48.0, gt=0, description="Business-day hours until the deadline counts as breached."
    )
    teams: Path | None = Field(
        None, description="YAML file of teams with a clock of their own (docs/clock.md); empty: one for all."
    )
    reminders: bool = Field(
        True, description="Remind reviewers by mail of what is due soon, and say when it is overdue."
    )
    escalation_address: str = Field(
        "", description="Who is told when a deadline is breached; empty: the admins."
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

    # mail in
    reply_plus: bool = Field(
        True,
        description="Put a signed triage+…@ address into Reply-To, so that replies find their request even "
        "without thread headers; false when your mail server refuses plus addresses.",
    )
    intake_addresses: str = Field(
        "",
        description="Comma-separated addresses that the SMTP and LMTP listeners take mail for, "
        "beside the one in mail_from.",
    )
    imap_host: str = Field("", description="Mail server to fetch mail from; empty: none is fetched.")
    imap_port: int = Field(993, ge=1, le=65535, description="Its port; 143 is usual with starttls.")
    imap_user: str = Field("", description="User of the mailbox.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password of the mailbox.")
    imap_token_file: Path | None = Field(
        None,
        description="File with an OAuth2 access token, used instead of the password and read at each login.",
    )
    imap_security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="none is accepted for loopback only."
    )
    imap_folder: str = Field("INBOX", description="Folder that is looked into.")
    imap_done_folder: str = Field(
        "", description="Where mails go that were taken; empty: they stay and are marked as read."
    )
    imap_refused_folder: str = Field(
        "", description="Where mails go that cannot be read or are too large; empty: likewise."
    )
    imap_every_s: float = Field(60.0, ge=1, le=86_400, description="Seconds between two looks.")
    smtp_listen: str = Field(
        "", description="HOST:PORT on which mails are taken by SMTP; empty: no listener."
    )
    lmtp_listen: str = Field(
        "", description="HOST:PORT or path of a socket on which mails are taken by LMTP; empty: no listener."
    )
    listen_anywhere: bool = Field(
        False, description="Let the listeners take mail from other machines too, not from this one alone."
    )
    listen_cert: Path | None = Field(
        None, description="Certificate chain (PEM) with which the SMTP listener offers STARTTLS."
    )
    listen_key: Path | None = Field(None, description="Its private key (PEM); empty: in the same file.")

    # webhooks in: one secret each, several with commas while one is being changed; empty: switched off
    postmark_secret: SecretStr = Field(
        SecretStr(""), description="user:password that Postmark's webhook URL carries."
    )
    mailgun_secret: SecretStr = Field(SecretStr(""), description="Mailgun's HTTP webhook signing key.")
    sendgrid_secret: SecretStr = Field(
        SecretStr(""), description="SendGrid's verification key (public, base64) for signed Inbound Parse."
    )
    ses_secret: SecretStr = Field(
        SecretStr(""), description="ARNs of the SNS topics that Amazon SES may post from."
    )
    hubspot_secret: SecretStr = Field(SecretStr(""), description="Client secret of the HubSpot app.")
    salesforce_secret: SecretStr = Field(
        SecretStr(""), description="Secret that the Salesforce flow or Apex callout signs with."
    )
    zendesk_secret: SecretStr = Field(SecretStr(""), description="Signing secret of the Zendesk webhook.")
    intercom_secret: SecretStr = Field(SecretStr(""), description="Client secret of the Intercom app.")
    front_secret: SecretStr = Field(SecretStr(""), description="Signing key of the Front application.")
    slack_secret: SecretStr = Field(SecretStr(""), description="Signing secret of the Slack app.")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="whsec_… secret for Standard Webhooks posted to /intake/webhook."
    )
    field_map: Path | None = Field(
        None,
        description="YAML or TOML file that says which of your CRM's fields become which of ours; empty: the "
        "shipped table.",
    )

    # what we ask those systems; HubSpot's token stands with the ways out
    hubspot_api: str = Field("https://api.hubapi.com", description="Where HubSpot's API is reached.")
    slack_token: SecretStr = Field(
        SecretStr(""), description="Bot token (xoxb-…) to look up mail addresses of Slack users."
    )
    slack_api: str = Field("https://slack.com/api", description="Where Slack's API is reached.")

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
    receipts: bool = Field(
        True, description="Send a short receipt to a colleague who mails a request in, once per request."
    )
    answer_customers: bool = Field(
        False,
        description="Also mail the customer's part of an answer to the customer, where a reviewer has said "
        "that their address is right.",
    )

    # other ways out
    webhook_out_url: str = Field(
        "", description="Where approved answers are posted, signed by Standard Webhooks; empty: nowhere."
    )
    webhook_out_secret: SecretStr = Field(
        SecretStr(""),
        description="whsec_… secret that they are signed with; several with commas while one is changed.",
    )
    webhook_out_private: bool = Field(
        False, description="The address may be one of this machine or of a private network."
    )
    slack_out_url: SecretStr = Field(
        SecretStr(""), description="Incoming webhook of the Slack channel that approved answers go to."
    )
    hubspot_token: SecretStr = Field(
        SecretStr(""),
        description="Service key or token for HubSpot: reads the deal or ticket that an event is about, and "
        "writes the answer as a note on it.",
    )

    # the engine
    concurrency: int = Field(2, ge=1, le=64, description="Requests drafted at the same time in one process.")
    session_hours: float = Field(
        12.0, gt=0, description="Hours until a signed-in browser must sign in again."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    @field_validator("base_url", "chroma_url", "model_api_base", "hubspot_api", "slack_api")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator(
        "model_cassette", "teams", "field_map", "imap_token_file", "listen_cert", "listen_key", mode="before"
    )
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


def secret_names() -> list[str]:
    """The settings that may also be given as a file, under their name and `_file`."""
    return [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def _secrets_from_files() -> dict[str, str]:
    values = {}
    for name in secret_names():
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
