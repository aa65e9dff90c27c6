"""The five worked examples of PRODUCT.md: each mail raises the hidden work that is named there.

Drafted without any knowledge of the company, so it is the catalogue alone that must know.
"""

from __future__ import annotations

import re

import pytest

from triage.domain import Category, Draft
from triage.intake.email import parse_mail
from triage.oneoff import OneOff
from triage.retrieval.embed import SentenceEncoder
from triage.sample import sample_dir
from triage.settings import Settings

pytestmark = pytest.mark.model

C = Category
# mail -> what PRODUCT.md names -> categories it may stand under, and words of which one must be said
EXAMPLES: dict[str, dict[str, tuple[tuple[Category, ...], str]]] = {
    "01-simple-export": {
        "permission rules": ((C.PERMISSIONS,), r"who may|may not see|roles?\b|rights?"),
        "background jobs for size": ((C.SCALE,), r"background|how many rows|largest"),
        "support notes": ((C.SUPPORT,), r"support"),
    },
    "02-sso-and-roles-for-a-pilot": {
        "login flow": ((C.SSO, C.WORKFLOW), r"sign in|sign-in"),
        "account mapping": ((C.SSO, C.EXISTING_DATA), r"account|recognised|matched"),
        "permission rules": ((C.PERMISSIONS,), r"right|restriction|access|may"),
        "audit log": ((C.AUDIT,), r"record"),
        "support docs": ((C.SUPPORT,), r"train|guide|locked|get in|support"),
    },
    "03-review-reports-before-invoices": {
        "who may approve, all teams or own branch": ((C.PERMISSIONS,), r"own branch|all teams"),
        "invoice draft already triggered": (
            (C.WORKFLOW, C.BILLING),
            r"already (?:triggered|started)|too late",
        ),
        "audit trail": ((C.AUDIT,), r"who approved"),
        "can support repair a broken approval": ((C.SUPPORT,), r"repair"),
        "two regions": ((C.SETUP,), r"regions"),
        "old data": ((C.EXISTING_DATA,), r"already under way|before the change|old"),
    },
    "04-match-our-approval-flow": {
        "five roles": ((C.PERMISSIONS, C.WORKFLOW), r"roles?\b|who (?:may|can) approve|all teams"),
        "two exception paths": ((C.WORKFLOW,), r"exception"),
        "a manager override": ((C.PERMISSIONS, C.WORKFLOW), r"override"),
    },
    "05-onboarding-takes-one-day": {
        "data mapping from two old systems": ((C.IMPORTS, C.EXISTING_DATA), r"old systems?|maps? the fields"),
        "manual review of every imported record": (
            (C.IMPORTS, C.EXISTING_DATA),
            r"(?:reviews?|checks?|corrects?|by hand)",
        ),
    },
}


@pytest.fixture(scope="module")
def drafts() -> dict[str, Draft]:
    """Each mail drafted once."""
    oneoff = OneOff(Settings(_env_file=None), SentenceEncoder())
    paths = [sample_dir() / "inbox" / f"{name}.eml" for name in EXAMPLES]
    requests = [parse_mail(p.read_bytes(), own_domains=frozenset({"fieldhand.example"})) for p in paths]
    return {path.stem: oneoff.draft(request) for path, request in zip(paths, requests, strict=True)}


@pytest.mark.parametrize(
    ("mail", "work"),
    [(mail, work) for mail, named in EXAMPLES.items() for work in named],
    ids=lambda value: value.replace(" ", "-"),
)
def test_the_hidden_work_is_raised(drafts: dict[str, Draft], mail: str, work: str) -> None:
    categories, words = EXAMPLES[mail][work]
    draft = drafts[mail]
    asked = [q for q in (*draft.questions, *draft.folded) if q.category in categories]
    assert any(re.search(words, f"{q.question} {q.why} {q.effect}", re.IGNORECASE) for q in asked), [
        f"{q.category}: {q.question}" for q in asked
    ]


@pytest.mark.parametrize("mail", EXAMPLES)
def test_every_example_has_a_few_good_questions_and_is_not_small(drafts: dict[str, Draft], mail: str) -> None:
    draft = drafts[mail]
    assert 3 <= len(draft.questions) <= 5
    assert draft.size.label in ("M", "L", "XL")
    # By the shipped table alone the export stays below ten days: it grows with the company's own sizes.
    assert draft.size.lane == ("fast" if mail == "01-simple-export" else "full")
    assert draft.size.build.high > 0  # its tests are counted there (P8)
    text = parse_mail((sample_dir() / "inbox" / f"{mail}.eml").read_bytes()).text()
    assert all(q.quote in text for q in (*draft.questions, *draft.folded))
