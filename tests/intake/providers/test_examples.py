"""The examples that `triage intake example` sends are believed and read by their providers."""

from __future__ import annotations

import pytest

from tests.intake.providers.calls import MAILGUN_SECRET, NOW, POSTMARK_SECRET, WEBHOOK_SECRET
from triage.errors import BadInput
from triage.intake.providers.base import Call, Nothing
from triage.intake.providers.examples import signed_example
from triage.intake.providers.registry import TITLES, Providers
from triage.settings import Settings

SECRETS = {"postmark": POSTMARK_SECRET, "mailgun": MAILGUN_SECRET, "webhook": WEBHOOK_SECRET}
ONLY_THEY_SIGN = {"sendgrid", "ses"}


@pytest.mark.parametrize("name", sorted(set(TITLES) - ONLY_THEY_SIGN))
def test_an_example_is_believed_and_brings_something(name: str) -> None:
    secret = SECRETS.get(name, "a-secret-that-both-sides-know")
    url = f"https://triage.example.com/intake/{name}"
    example = signed_example(name, secret, url, NOW)
    provider = Providers(Settings(_env_file=None)).get(name)
    call = Call("POST", url, example.headers, example.body, NOW)
    provider.verify(call, [secret])
    found = provider.read(call)
    assert found
    assert not isinstance(found[0], Nothing)


@pytest.mark.parametrize("name", sorted(ONLY_THEY_SIGN))
def test_where_only_the_system_can_sign_it_says_what_to_do(name: str) -> None:
    with pytest.raises(BadInput, match="a key that it alone has") as told:
        signed_example(name, "any", "https://triage.example.com", NOW)
    assert f"docs/providers/{name}.md" in told.value.remedy
