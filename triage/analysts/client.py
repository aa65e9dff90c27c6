"""The only file that knows LiteLLM: one call out, one `Completion` or one error of our tree back.

Model and address come from the settings alone, never from a request. LiteLLM is imported with the
first call (3 s, 170 MB), told to fetch nothing and to log nothing; retries are ours.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any

from triage.errors import AnalystError, BadModelAnswer, ModelRefused, ModelUnavailable
from triage.settings import Settings

TEMPERATURE = 0  # the same material should give the same answer

_LONGEST_WAIT_S = 20.0  # a server that asks for more is treated as being down


@dataclass(frozen=True)
class Completion:
    """What a model said. `cost` in US dollars, None: no price known."""

    text: str
    cut: bool  # ended at a token limit
    tokens_in: int
    tokens_out: int
    cost: float | None


class WaitAsked(ModelUnavailable):
    """The server named the seconds after which it wants to be asked again."""

    def __init__(self, message: str, remedy: str, seconds: float) -> None:
        super().__init__(message, remedy)
        self.seconds = seconds


class Client:
    """One model behind one address."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._formats: list[str] = []
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The LiteLLM name of the model."""
        return self._settings.model

    def complete(self, system: str, user: str, name: str, schema: dict[str, Any]) -> Completion:
        """One call; the answer should fit `schema`, which nothing guarantees.

        Raises:
            ModelUnavailable: time-out, 429, 5xx, no connection; a repeat may help.
            ModelRefused: the provider or the model declined.
            AnalystError: wrong key, unknown model, request too long; a repeat is useless.
        """
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        formats = self._known_formats()
        for form in formats:
            try:
                response = self._call(messages, _response_format(form, name, schema))
            except _FormatRefused as refused:
                if form == formats[-1]:
                    raise refused.reason from refused
                continue
            self._formats = formats[formats.index(form) :]
            return self._read(response)
        raise AssertionError("unreachable: the last format returns or raises")

    def _known_formats(self) -> list[str]:
        """Answer formats to try, best first; what the server turned down once is not tried again."""
        with self._lock:
            if not self._formats:
                supported = _litellm().supports_response_schema(model=self.model)
                self._formats = ["json_schema", "json_object", "text"][0 if supported else 1 :]
            return self._formats

    def _call(self, messages: list[dict[str, str]], response_format: dict[str, Any] | None) -> Any:
        litellm = _litellm()
        try:
            return litellm.completion(
                model=self.model,
                messages=messages,
                response_format=response_format,
                temperature=TEMPERATURE,
                drop_params=True,
                max_retries=0,
                timeout=self._settings.model_timeout_s,
                api_base=self._settings.model_api_base or None,
                api_key=self._key(),
            )
        except Exception as error:
            # The one broad catch of the project: providers raise what they like, and a draft must not
            # die of it. `translate` never copies the provider's words, which may quote the request.
            translated = _translate(error, litellm, self.model)
            if (
                response_format
                and isinstance(error, litellm.BadRequestError)
                and type(translated) is AnalystError
            ):
                raise _FormatRefused(translated) from error
            raise translated from error

    def _key(self) -> str | None:
        """The key from the settings; None leaves it to the provider's own variable. A server of one's
        own often wants none, but the OpenAI protocol does."""
        key = self._settings.model_api_key.get_secret_value()
        if key or not self._settings.model_api_base:
            return key or None
        known = _litellm().validate_environment(model=self.model).get("keys_in_environment")
        return None if known else "none"

    def _read(self, response: Any) -> Completion:
        if not response.choices:
            raise BadModelAnswer(f"The model {self.model} sent an answer without content.")
        choice = response.choices[0]
        message = choice.message
        refusal = (getattr(message, "provider_specific_fields", None) or {}).get("refusal")
        if refusal or choice.finish_reason == "content_filter":
            raise ModelRefused(
                f"The model {self.model} declined to answer.", "Draft by hand or use another model."
            )
        usage = getattr(response, "usage", None)
        tokens_in, tokens_out = (
            int(getattr(usage, f"{kind}_tokens", 0) or 0) for kind in ("prompt", "completion")
        )
        return Completion(
            text=message.content or "",
            cut=choice.finish_reason == "length",
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=self._cost(response, tokens_in, tokens_out),
        )

    def _cost(self, response: Any, tokens_in: int, tokens_out: int) -> float | None:
        litellm = _litellm()
        try:
            known = float(litellm.completion_cost(completion_response=response, model=self.model))
        except Exception:  # LiteLLM raises bare `Exception` for models it has no price for
            known = 0.0
        if known > 0:
            return known
        price_in, price_out = self._settings.model_price_in, self._settings.model_price_out
        if not (price_in or price_out):
            return None
        return (tokens_in * price_in + tokens_out * price_out) / 1_000_000


class _FormatRefused(Exception):
    """A 400 that may be about `response_format`; `reason` is what to raise when it was not."""

    def __init__(self, reason: AnalystError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _litellm() -> Any:
    """LiteLLM, set up before its first import: no download of prices, no .env, no advice on stdout."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    import litellm

    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.redact_messages_in_exceptions = True
    return litellm


def _response_format(form: str, name: str, schema: dict[str, Any]) -> dict[str, Any] | None:
    if form == "json_schema":
        return {"type": form, "json_schema": {"name": name, "schema": schema, "strict": True}}
    return {"type": form} if form == "json_object" else None


def _translate(error: Exception, litellm: Any, model: str) -> AnalystError:
    """The provider's exception as one of our tree, without a word of the provider's."""
    status = getattr(error, "status_code", None)
    if isinstance(error, litellm.ContentPolicyViolationError):
        return ModelRefused(
            f"The provider of {model} declined the request.", "Draft by hand or use another model."
        )
    if isinstance(error, litellm.ContextWindowExceededError) or status == 413:
        return AnalystError(
            f"The request is too long for {model}.", "Name a model with a larger context in TRIAGE_MODEL."
        )
    if status in (401, 403) or "Missing credentials" in str(error):
        return AnalystError(
            f"The provider of {model} does not accept our key.", "Set TRIAGE_MODEL_API_KEY to a valid key."
        )
    if status == 402 or "insufficient_quota" in str(error):
        return AnalystError(
            f"The account at the provider of {model} is used up.", "Top it up or change the model."
        )
    if status == 404:
        return AnalystError(
            f"The provider does not know the model {model}.", "Correct TRIAGE_MODEL or TRIAGE_MODEL_API_BASE."
        )
    if "Connection error" in str(error):  # LiteLLM makes a status 500 of it
        return ModelUnavailable(
            f"The model {model} could not be reached.", "Check TRIAGE_MODEL_API_BASE and the network."
        )
    if isinstance(error, litellm.Timeout):
        return ModelUnavailable(f"The model {model} did not answer in time.", "Raise TRIAGE_MODEL_TIMEOUT_S.")
    return _by_status(error, status, model)


def _by_status(error: Exception, status: int | None, model: str) -> AnalystError:
    seconds = _wait_asked(error)
    if status == 429 and seconds is not None:
        return WaitAsked(f"The provider of {model} limits our rate.", "Lower TRIAGE_CONCURRENCY.", seconds)
    if status == 429:
        return ModelUnavailable(f"The provider of {model} limits our rate.", "Lower TRIAGE_CONCURRENCY.")
    if status is not None and status >= 500:
        return ModelUnavailable(f"The model {model} is not available (status {status}).", "Try again later.")
    return AnalystError(
        f"The model {model} could not be asked ({type(error).__name__}).",
        "Check TRIAGE_MODEL and TRIAGE_MODEL_API_BASE with `triage doctor`.",
    )


def _wait_asked(error: Exception) -> float | None:
    """Seconds of a Retry-After header that we are ready to wait; None: no such header."""
    headers = getattr(error, "litellm_response_headers", None) or {}
    try:
        return min(float(headers.get("retry-after", "")), _LONGEST_WAIT_S)
    except ValueError:
        return None
