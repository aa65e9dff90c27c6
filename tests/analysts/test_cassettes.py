"""A model on tape: recorded against the loopback server, then played back with the server gone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evals.suites.hidden_work import solve
from tests.analysts.model_bench import REQUEST, STEPS, Bench, ask
from tests.evals.material import case
from tests.loopback_model import LoopbackModel
from triage.analysts.cassettes import Call, Player, open_model, read_tape
from triage.analysts.client import Client
from triage.catalogue import Catalogue, load_catalogue
from triage.domain import Draft
from triage.errors import BadFile, ModelRefused, ModelUnavailable, NotOnTape, SetupError
from triage.oneoff import OneOff
from triage.retrieval.embed import SentenceEncoder
from triage.settings import Settings, load_settings

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tapes" / "day.jsonl"


def record(tape: Path, catalogue: Catalogue, *script: str) -> list[Any]:
    """Every step once, recorded; what each of them said."""
    with LoopbackModel(*script) as server:
        bench = Bench(server, catalogue, model_cassette=tape, model_cassette_mode="record")
        return [ask(bench.analyst, step) for step in STEPS]


def player(tape: Path, catalogue: Catalogue, **settings: Any) -> Bench:
    """A bench whose server is gone."""
    with LoopbackModel() as server:
        pass
    return Bench(server, catalogue, model_cassette=tape, model_api_base=NOWHERE, **settings)


def test_what_was_recorded_is_played_back_without_the_server(tape: Path, catalogue: Catalogue) -> None:
    said = record(tape, catalogue)
    replayed = player(tape, catalogue)
    again = [ask(replayed.analyst, step) for step in STEPS]
    assert [each.value for each in again] == [each.value for each in said]
    assert [(each.run.tokens_in, each.run.cost) for each in again] == [
        (each.run.tokens_in, each.run.cost) for each in said
    ]


def test_a_tape_holds_answers_and_hashes_but_neither_messages_nor_key(
    tape: Path, catalogue: Catalogue
) -> None:
    record(tape, catalogue)
    lines = [json.loads(line) for line in tape.read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == list(STEPS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", line["key"]) for line in lines)
    text = tape.read_text(encoding="utf-8")
    assert "key-of-ours" not in text
    assert "# Step:" not in text
    assert "CANARY-NOTE" not in text


def test_an_answer_that_had_to_be_repaired_is_repaired_again(tape: Path, catalogue: Catalogue) -> None:
    (first, *_) = record(tape, catalogue, "cut", "good")
    assert len(tape.read_text(encoding="utf-8").splitlines()) == len(STEPS) + 1
    assert ask(player(tape, catalogue).analyst, "read").value == first.value


def test_a_refusal_is_on_tape_and_an_outage_is_not(tape: Path, catalogue: Catalogue) -> None:
    with LoopbackModel("refused", "500") as server:
        own = {"model_cassette": tape, "model_cassette_mode": "record", "model_retries": 0}
        bench = Bench(server, catalogue, **own)
        with pytest.raises(ModelRefused):
            ask(bench.analyst, "read")
        with pytest.raises(ModelUnavailable):
            ask(bench.analyst, "estimate")
    with pytest.raises(ModelRefused, match="declined"):
        ask(player(tape, catalogue).analyst, "read")
    with pytest.raises(NotOnTape, match="no call of the step estimate"):
        ask(player(tape, catalogue).analyst, "estimate")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "openai/other"}, "answers of openai/loopback, not of openai/other"),
        ({"system": "# Step: read, in other words"}, "prompt of the step read .* has changed"),
        ({"user": "another request"}, "a call of the step read is not on it"),
    ],
)
def test_a_call_that_is_not_on_the_tape_says_what_has_changed(
    tape: Path, change: dict[str, str], says: str
) -> None:
    asked = {"system": "# Step: read", "user": "<request-0123456789abcdef>\nA\n</request-0123456789abcdef>"}
    call = Call("openai/loopback", asked["system"], asked["user"], "read", {})
    line = {"key": call.key, "take": 1, "step": "read", "model": call.model, "text": "{}"}
    write(tape, line | {"prompt": _prompt(call)})
    assert Player(call.model, tape).complete(**asked, name="read", schema={}).text == "{}"
    other = Player(change.pop("model", call.model), tape)
    with pytest.raises(NotOnTape, match=says) as caught:
        other.complete(**(asked | change), name="read", schema={})
    assert "TRIAGE_MODEL_CASSETTE_MODE=record" in caught.value.remedy


def test_a_call_is_played_as_often_as_it_was_recorded(tape: Path) -> None:
    call = Call("m", "s", "u", "read", {})
    base = {"key": call.key, "step": "read", "model": "m", "prompt": "p"}
    write(tape, base | {"take": 1, "text": "old"}, base | {"take": 2, "text": "b"})
    with tape.open("a", encoding="utf-8") as more:
        more.write(json.dumps(base | {"take": 1, "text": "a"}) + "\n")  # recorded again later
    playing = Player("m", tape)
    assert [playing.complete("s", "u", "read", {}).text for _ in range(2)] == ["a", "b"]
    with pytest.raises(NotOnTape, match="less often than it is made now"):
        playing.complete("s", "u", "read", {})


def test_the_boundary_token_is_no_part_of_the_call_and_everything_else_is() -> None:
    def key(token: str = "a" * 16, text: str = "please", schema: str = "x", model: str = "m") -> str:
        user = f"The token is {token}.\n<request-{token}>\n{text}\n</request-{token}>"
        return Call(model, "system", user, "read", {"title": schema}).key

    assert key() == key(token="0123456789abcdef")
    assert len({key(), key(text="now"), key(schema="y"), key(model="n")}) == 4


@pytest.mark.parametrize("content", ['{"key": "x"}', "[1]", "nonsense"])
def test_a_broken_tape_is_named_with_its_line(tape: Path, content: str) -> None:
    tape.parent.mkdir()
    tape.write_text(f"\n{content}\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"day\.jsonl, line 2"):
        read_tape(tape)


def test_a_tape_that_is_not_there_is_a_setup_error_before_any_draft(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        open_model(Settings(_env_file=None, model="m", model_cassette=tmp_path / "none.jsonl"))


def test_without_a_tape_the_model_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_MODEL_CASSETTE", "")
    assert isinstance(open_model(Settings(_env_file=None, model="m")), Client)


@pytest.mark.model
def test_an_evaluation_through_a_model_runs_again_from_tape_alone(tape: Path, tmp_path: Path) -> None:
    encoder = SentenceEncoder()
    cases = [case("a", body="Please add an export of all jobs."), case("b", body=REQUEST.body)]

    def drafts(base: str, mode: str) -> list[Draft]:
        own = {"model": "openai/loopback", "model_api_base": base, "model_api_key": "x", "analyst": "llm"}
        settings = load_settings(data_dir=tmp_path, model_cassette=tape, model_cassette_mode=mode, **own)
        return [one.draft for one in solve(OneOff(settings, encoder, grows=True), cases, grows=True)]

    with LoopbackModel() as server:
        live = drafts(server.url, "record")
    replayed = drafts(NOWHERE, "replay")
    assert not any(draft.degraded for draft in replayed)
    assert [comparable(draft) for draft in replayed] == [comparable(draft) for draft in live]
    assert {run.model for draft in replayed for run in draft.runs if run.analyst == "llm"} == {
        "openai/loopback"
    }


def comparable(draft: Draft) -> dict[str, Any]:
    """All of a draft but the time it took."""
    told = draft.model_dump(exclude={"created"})
    return told | {"runs": [{**run, "ms": 0} for run in told["runs"]]}


def write(tape: Path, *lines: dict[str, Any]) -> None:
    tape.parent.mkdir(exist_ok=True)
    tape.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _prompt(call: Call) -> str:
    import hashlib

    return hashlib.sha256(call.system.encode()).hexdigest()
