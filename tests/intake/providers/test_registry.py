"""Which ways in there are, and what switches them on."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.intake.providers import calls
from triage.doctor import CHECKS, Finding, Severity
from triage.errors import NotFound
from triage.intake.providers.registry import (
    TITLES,
    Providers,
    active,
    check_secrets,
    require_active,
    secrets_of,
    setting_of,
)
from triage.settings import Settings

SETTINGS = Settings(_env_file=None, postmark_secret=SecretStr(" user:one , ,user:two,"))


def test_several_secrets_stand_with_commas_and_blanks() -> None:
    assert secrets_of("postmark", SETTINGS) == ("user:one", "user:two")
    assert active(SETTINGS) == ("postmark",)
    assert require_active("postmark", SETTINGS) == ("user:one", "user:two")


@pytest.mark.parametrize(
    ("name", "word"), [("mailgun", "TRIAGE_MAILGUN_SECRET"), ("fax", "postmark, mailgun")]
)
def test_what_is_off_or_unknown_says_how_to_go_on(name: str, word: str) -> None:
    with pytest.raises(NotFound) as told:
        require_active(name, SETTINGS)
    assert word in told.value.remedy


@pytest.mark.parametrize("name", TITLES)
def test_each_has_a_setting_a_page_and_a_module(name: str) -> None:
    assert setting_of(name).removeprefix("TRIAGE_").lower() in Settings.model_fields
    providers = Providers(SETTINGS)
    assert providers.get(name).name == name
    assert providers.get(name) is providers.get(name)


@pytest.mark.parametrize("name", TITLES)
def test_good_secrets_pass_the_check(name: str) -> None:
    secret = SecretStr(calls.SECRETS.get(name, "a-secret-that-both-sides-know"))
    check_secrets(name, SETTINGS.model_copy(update={f"{name}_secret": secret}))


def findings(**changed: object) -> list[Finding]:
    """What `triage doctor` says about the ways in."""
    (check,) = [each for each in CHECKS if each.name == "ways in"]
    return list(check.look(SETTINGS.model_copy(update=changed)))


def test_the_doctor_names_a_secret_that_cannot_be_one_without_showing_it() -> None:
    said = findings(webhook_secret=SecretStr("whsec_!oops"), base_url="https://triage.example.com")
    assert [each.severity for each in said] == [Severity.OK, Severity.PROBLEM]
    assert "Postmark may call https://triage.example.com/intake/postmark" in said[0].what
    assert "TRIAGE_WEBHOOK_SECRET" in said[1].what
    assert "oops" not in f"{said[1].what} {said[1].remedy}"


def test_the_doctor_says_when_nobody_can_reach_the_service() -> None:
    assert [each.severity for each in findings()] == [Severity.OK, Severity.WARNING]
    assert "intake list" in findings(postmark_secret=SecretStr(""))[0].what
