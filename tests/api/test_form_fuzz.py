"""Whatever a browser or a program posts: no crash, and nothing is approved that breaks a rule."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages_fixtures import field_service_draft, field_service_request
from small_services import SmallServices
from starlette.testclient import TestClient

from triage import review
from triage.domain import Draft, NoReason, PromiseStance, QuestionState, Status, Verdict
from triage.intake.accept import accept_request

ID = "r-field00001"
QUESTIONS = [question.id for question in (*field_service_draft().questions, *field_service_draft().folded)]
PARTS = ("groundwork", "setup", "build", "support")
REFUSED = {404, 409, 413, 422}

# What a page of ours could send: choices, and words that the rules look at.
words = st.sampled_from(
    [
        "",
        " ",
        "none",
        "Vera Voice",
        "in three weeks",
        "by 1 March",
        "One button",
        "soon",
        "yes",
        "a\r\nb",
        "ü" * 600,
    ]
)
choices: dict[str, st.SearchStrategy[str]] = {
    "verdict": st.sampled_from([*Verdict, "", "maybe"]),
    "no_reason": st.sampled_from([*NoReason, "", "mood"]),
    "date_kind": st.sampled_from(["real", "soft", "wrong", "", "odd"]),
    "promises.0.stance": st.sampled_from([*PromiseStance, ""]),
    "move": st.sampled_from([f"{key}:{way}" for key in QUESTIONS for way in ("up", "down", "top", "off")]),
    "order": st.sampled_from(QUESTIONS),
    "moves": st.sampled_from(["one_step_only", "made_up"]),
    "moves.shown": st.just("1"),
    "use_sentence": st.just("1"),
    "take_over": st.sampled_from(["1", "0"]),
    "then": st.just("next"),
    **{f"question.{key}.state": st.sampled_from([*QuestionState, "shouted"]) for key in QUESTIONS},
    **{
        f"size.{part}.{end}": st.sampled_from(["0", "2,5", "-1", "nan", "1e9"])
        for part in PARTS
        for end in ("low", "high")
    },
}
typed = [
    *["conditions", "ships_first", "waits", "customer_prepares", "dependencies", "biggest_risk", "decider"],
    *["date", "sentence", "note", "outcome", "health", "checklist", "guidance", "promises.0.text"],
    *["option.0.name", "option.1.by", "new.0.question", "new.0.category", "question.human.2.0.question"],
    *["low", "high", "customer", "asker_address", "forwarded_by", f"question.{QUESTIONS[0]}.question"],
]
ours = st.one_of(
    *(st.tuples(st.just(name), values) for name, values in choices.items()),
    st.tuples(st.sampled_from(typed), words),
)
# What only a program would send.
anything = st.tuples(st.text(max_size=20) | st.sampled_from([*choices, *typed]), st.text(max_size=40))
ACTIONS = (
    "approve",
    "save",
    "autosave",
    "preview",
    "ask",
    "send-back",
    "own-size",
    "who",
    "claim",
    "assign",
    "undo",
)
# A form that may be approved, so that the fuzz also meets the other side of the rules.
READY = {
    "verdict": "yes_but",
    "conditions": "managers see all teams for now",
    "promises.0.stance": "soften",
    "promises.0.text": "A first version only.",
    "sentence": "One approval step can go ahead if managers see all teams for now.",
    "date_kind": "soft",
    "customer_prepares": "none",
    "decider": "Vera Voice",
}


@pytest.fixture
def field(services: SmallServices) -> Draft:
    """The worked example in review; approvals can be taken back, so that one request serves all examples."""
    services.settings = services.settings.model_copy(update={"undo_seconds": 10.0})
    accept_request(services, field_service_request())
    services.store.begin_drafting(ID)
    return services.store.save_draft(field_service_draft())


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(pairs=st.lists(ours, max_size=14), ready=st.booleans())
def test_no_form_gets_past_the_rules(
    voice: TestClient, services: SmallServices, field: Draft, pairs: list[tuple[str, str]], ready: bool
) -> None:
    version = services.store.record(ID).draft_version
    fields: dict[str, list[str]] = {"version": [str(version)]}
    if ready:
        fields |= {name: [value] for name, value in READY.items()}
    for name, value in pairs:
        fields[name] = [*fields.get(name, []), value] if name in ("order", "moves") else [value]
    answer = voice.post(f"/review/{ID}/approve", data=fields)
    record = services.store.record(ID)
    if answer.status_code != 303:
        assert answer.status_code in REFUSED
        assert record.status is Status.IN_REVIEW
        assert len(services.engine.decided) == len(set(services.engine.decided))
        return
    assert record.status is Status.APPROVED
    assert review.missing(services.store.draft(ID, record.approved_version)) == {}
    services.store.undo(record.decision_id, "voice@ours.example")


@FUZZ
@given(pairs=st.lists(ours | anything, max_size=14), action=st.sampled_from(ACTIONS), known=st.booleans())
def test_no_form_crashes_anything(
    voice: TestClient,
    services: SmallServices,
    field: Draft,
    pairs: list[tuple[str, str]],
    action: str,
    known: bool,
) -> None:
    if known:
        pairs = [*pairs, ("version", str(services.store.record(ID).draft_version))]
    body: dict[str, list[str]] = {}
    for name, value in pairs:
        body.setdefault(name.encode("utf-8", "replace").decode(), []).append(value)
    answer = voice.post(f"/review/{ID}/{action}", data=body)
    assert answer.status_code in {200, 303, *REFUSED}
    record = services.store.record(ID)
    if record.status is Status.APPROVED:
        assert review.missing(services.store.draft(ID, record.approved_version)) == {}
        services.store.undo(record.decision_id, "voice@ours.example")
    elif record.status is Status.WAITING:
        key = services.store.asked(ID)[0].id
        review.answer_questions(services.store, services.teams, ID, [(key, "Yes.")], "sales@ours.example")
    elif record.status is Status.DRAFTING:
        services.store.save_draft(field_service_draft())
    assert services.store.record(ID).status is Status.IN_REVIEW
    assert voice.get(f"/review/{ID}").status_code == 200
