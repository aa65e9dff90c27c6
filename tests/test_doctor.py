"""`triage doctor` as a person types it: what is wrong, what to do, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.edited_catalogue import EXPORT, change, line_of, write_catalogue
from triage import cli, content, doctor
from triage.analysts import kinds, weights
from triage.analysts.vectors import text_key, write_vectors
from triage.analysts.weights import Logistic
from triage.catalogue import load_catalogue
from triage.domain import OutgoingMessage
from triage.errors import SetupError
from triage.product_map import map_template
from triage.records.database import migrate, open_database
from triage.records.outgoing import Outgoing
from triage.retrieval.embed import PACKAGED_DIMENSION, PACKAGED_NAME
from triage.sample import sample_dir


@dataclass(frozen=True)
class Ran:
    """How it ended."""

    code: int
    out: str
    err: str

    def line(self, check: str) -> str:
        """The one line of a check."""
        [line] = [line for line in self.out.splitlines() if line.startswith(check)]
        return line


Doctor = Callable[..., Ran]


@pytest.fixture(name="triage_doctor")
def _triage_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Doctor:
    """Runs the command in an empty folder, with an empty cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*options: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["triage", "doctor", *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def keep_vectors(folder: Path, cache: Path) -> None:
    """As the first draft with a catalogue does."""
    import numpy as np

    vector = np.eye(PACKAGED_DIMENSION, dtype=np.float32)[0]
    vectors = {text_key(text): vector for text in load_catalogue(folder).texts()}
    write_vectors(cache / "request-triage" / f"vectors-{PACKAGED_NAME}.npz", vectors)


def test_nothing_is_wrong_with_what_ships(triage_doctor: Doctor) -> None:
    ran = triage_doctor()
    assert ran.code == 0, ran.out
    assert ran.out.endswith("Nothing is wrong.\n")
    for check in doctor.CHECKS:
        assert check.name in ran.out


def test_it_writes_nothing(triage_doctor: Doctor, tmp_path: Path) -> None:
    triage_doctor()
    assert list(tmp_path.iterdir()) == []


def test_help_does_not_load_it() -> None:
    code = "import sys, triage.cli; print('triage.doctor' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_clock_is_named_and_its_file_of_teams_checked(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_HOLIDAYS_COUNTRY", "DE")
    monkeypatch.setenv("TRIAGE_TEAMS", "teams.yaml")
    (tmp_path / "teams.yaml").write_text("billing:\n  areas: [billing]\n", encoding="utf-8")
    said = triage_doctor().line("clock")
    assert "24 h in Europe/Berlin, without the holidays of DE; teams of their own: billing" in said
    (tmp_path / "teams.yaml").write_text("billing:\n  areas: [billing]\n  zone: Mars\n", encoding="utf-8")
    ran = triage_doctor()
    assert ran.code == 1
    assert "problem  teams.yaml:3: team billing: zone names 'Mars', which is no time zone." in ran.line(
        "clock"
    )


# --- the catalogue -------------------------------------------------------------------------------


def test_every_problem_of_a_catalogue_is_listed(triage_doctor: Doctor, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "ours")
    change(folder, "{object}", "{colour}")
    change(folder, "[one-step-only]", "[half-a-step]")
    ran = triage_doctor("--catalogue", "ours")
    assert ran.code == 1
    assert f"problem  ours/{EXPORT}:{line_of('moves:')}: moves: entry 1: there is no" in ran.out
    assert f"problem  ours/{EXPORT}:{line_of('question:')}: permissions.export-who: question: unkn" in ran.out
    assert "Known: action, actor" in ran.out
    assert ran.out.endswith("2 problems.\n")
    assert "settings" not in ran.out


def test_a_question_about_the_map_is_checked_too(triage_doctor: Doctor, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "ours")
    change(folder, "role: route", "role: root", "map_questions.yaml")
    change(folder, "this: {part}?", "this?", "map_questions.yaml")
    ran = triage_doctor("--catalogue", "ours")
    assert ran.code == 1
    assert "workflow.map-other-route: role: no such role of the product map: root. Known: actor," in ran.out
    assert "workflow.map-other-route: question: names no {part}. Write {part} where" in ran.out
    assert ran.out.endswith("2 problems.\n")


def test_the_catalogue_in_force_is_that_of_the_setting(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_catalogue(tmp_path / "ours")
    monkeypatch.setenv("TRIAGE_CATALOGUE_DIR", "ours")
    keep_vectors(folder, tmp_path / "cache")
    ran = triage_doctor()
    assert (ran.code, "Nothing is wrong." in ran.out) == (0, True), ran.out
    assert "1 kind of change" in ran.line("catalogue")
    (folder / EXPORT).write_bytes(b"\xff")
    ran = triage_doctor()
    assert ran.code == 1
    assert f"ours/{EXPORT}:1: not UTF-8 text" in ran.line("catalogue")
    assert "vectors" not in ran.out


def test_texts_without_a_vector_are_a_warning(triage_doctor: Doctor, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "ours")
    ran = triage_doctor("--catalogue", "ours")
    assert ran.code == 0
    assert "warning" in ran.line("vectors")
    assert "such as “An export of the list”" in ran.line("vectors")
    assert ran.out.endswith("1 warning.\n")
    keep_vectors(folder, tmp_path / "cache")
    assert "ok" in triage_doctor("--catalogue", "ours").line("vectors")


def test_the_shipped_texts_must_be_in_the_shipped_file(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_vectors(content.content_dir("knowledge") / "hidden_work", tmp_path / "cache")
    (tmp_path / "empty.npz").write_bytes(b"")
    monkeypatch.setattr("triage.analysts.vectors.shipped_file", lambda encoder: tmp_path / "empty.npz")
    ran = triage_doctor()
    assert "scripts/catalogue_vectors.py" in ran.line("vectors")
    assert ran.code == 0


def test_a_folder_that_is_not_there_is_wrong_input(triage_doctor: Doctor) -> None:
    ran = triage_doctor("--catalogue", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere" in ran.err


def test_a_folder_that_is_not_there_but_set_is_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_CATALOGUE_DIR", "nowhere")
    ran = triage_doctor()
    assert ran.code == 1
    assert "TRIAGE_CATALOGUE_DIR" in ran.line("catalogue")
    assert ran.out.endswith("1 problem.\n")


# --- the other checks ----------------------------------------------------------------------------


def test_a_setting_that_cannot_be_used_is_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_TARGET_HOURS", "soon")
    ran = triage_doctor()
    assert ran.code == 1
    assert "TRIAGE_TARGET_HOURS" in ran.line("settings")


def test_a_mistyped_setting_is_a_warning(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRIAGE_MODLE", "some/model")
    monkeypatch.setenv("TRIAGE_TOKEN", "not a setting, but known")
    (tmp_path / ".env").write_text("# ours\nexport TRIAGE_SMPT_HOST=mail\nOTHER=1\n", encoding="utf-8")
    ran = triage_doctor()
    assert ran.code == 0
    assert "TRIAGE_MODLE is no setting and has no effect. Did you mean TRIAGE_MODEL?" in ran.out
    assert "TRIAGE_SMPT_HOST is no setting and has no effect. Did you mean TRIAGE_SMTP_HOST?" in ran.out
    assert ran.out.endswith("2 warnings.\n")


def test_an_env_file_that_is_not_utf_8_is_a_problem(triage_doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"TRIAGE_MAIL_FROM=\xe9@example.com\n")
    ran = triage_doctor()
    assert ran.code == 1
    assert ".env is not UTF-8 text" in ran.line("settings")


def test_an_analyst_without_a_model_is_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_ANALYST", "llm")
    ran = triage_doctor()
    assert ran.code == 1
    assert "TRIAGE_MODEL is empty" in ran.line("settings")


@pytest.mark.parametrize(
    "model",
    [
        Logistic(features=("other",), weights=(1.0,), intercept=0.0),
        Logistic(features=kinds.FEATURES, weights=(1.0,), intercept=0.0),
        Logistic(features=kinds.FEATURES, weights=(1.0,) * len(kinds.FEATURES), intercept=float("nan")),
    ],
)
def test_weights_that_do_not_fit_are_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch, model: Logistic
) -> None:
    shipped = weights.load_weights
    monkeypatch.setattr(weights, "load_weights", lambda name: model if name == "kinds" else shipped(name))
    ran = triage_doctor()
    assert ran.code == 1
    assert "The weights kinds do not fit this version" in ran.out
    assert ran.out.endswith("1 problem.\n")


def test_weights_that_cannot_be_read_are_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Logistic:
        raise SetupError(f"The weights {name} cannot be read.", "Install request-triage again.")

    monkeypatch.setattr(weights, "load_weights", missing)
    ran = triage_doctor()
    assert ran.code == 1
    assert "cannot be read. Install request-triage again." in ran.line("weights")


def test_the_sample_companys_knowledge_is_well(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_KNOWLEDGE_DIR", str(sample_dir()))
    ran = triage_doctor()
    assert ran.code == 0
    assert "nothing thin" in ran.line("product map")
    assert "14 notes" in ran.line("notes")


def test_a_thin_map_and_no_notes_are_warnings(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ours" / "notes").mkdir(parents=True)
    (tmp_path / "ours" / "product_map.md").write_text(map_template(), encoding="utf-8")
    monkeypatch.setenv("TRIAGE_KNOWLEDGE_DIR", "ours")
    ran = triage_doctor()
    assert ran.code == 0
    assert "warning  ours/product_map.md: The map has 0 lines" in ran.line("product map")
    assert "`triage map check ours/product_map.md`" in ran.line("product map")
    assert "warning  ours/notes holds no note" in ran.line("notes")
    (tmp_path / "ours" / "product_map.md").unlink()
    assert "`triage map init ours/product_map.md`" in triage_doctor().line("product map")


def test_knowledge_that_cannot_be_read_is_a_problem(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_KNOWLEDGE_DIR", "ours")
    assert "TRIAGE_KNOWLEDGE_DIR" in triage_doctor().line("product map")
    (tmp_path / "ours" / "notes").mkdir(parents=True)
    (tmp_path / "ours" / "product_map.md").write_bytes(b"\xff")
    (tmp_path / "ours" / "notes" / "billing.md").write_bytes(b"\xff")
    ran = triage_doctor()
    assert ran.code == 1
    assert "product_map.md is not UTF-8" in ran.line("product map")
    assert "billing.md is not UTF-8" in ran.line("notes")


# --- the frame -----------------------------------------------------------------------------------


def test_json_says_the_same(triage_doctor: Doctor, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "ours")
    change(folder, "impact: 3", "impact: 9")
    ran = triage_doctor("--catalogue", "ours", "--json")
    said = json.loads(ran.out)
    assert ran.code == 1
    assert (said["problems"], said["warnings"]) == (1, 0)
    [finding] = said["findings"]
    assert finding["check"] == "catalogue"
    assert finding["severity"] == "problem"
    assert finding["place"] == f"ours/{EXPORT}:{line_of('impact:')}"
    assert finding["what"]
    assert finding["remedy"]


def test_an_error_in_a_check_is_a_finding_and_the_next_one_runs(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: object) -> object:
        raise SetupError("The disk is full.", "Empty it.")

    checks = (doctor.Check("disk", broken), *doctor.CHECKS[:1])  # type: ignore[arg-type]
    monkeypatch.setattr(doctor, "CHECKS", checks)
    ran = triage_doctor()
    assert ran.code == 1
    assert ran.line("disk").endswith("problem  The disk is full. Empty it.")
    assert "ok" in ran.line("settings")


def test_what_did_not_arrive_is_a_warning(
    triage_doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_SLACK_OUT_URL", "https://hooks.slack.com/services/x")
    assert triage_doctor().line("ways out").endswith("Answers leave by mail and slack.")
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'triage.db'}")
    migrate(engine)
    outgoing = Outgoing(engine)
    for name in ("a", "b"):
        outgoing.put(OutgoingMessage(id=name, request_id="", kind="answer", to="x", subject="s", text="t"))
        outgoing.failed(name, "gone", None)
    engine.dispose()
    ran = triage_doctor()
    assert ran.code == 0
    assert "2 messages did not arrive. Open http://127.0.0.1:8000/outbox?show=failed" in ran.out


def test_a_way_out_that_cannot_be_used_is_a_problem(
    triage_doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_WEBHOOK_OUT_URL", "http://hooks.example.com/x")
    ran = triage_doctor()
    assert ran.code == 1
    assert "TRIAGE_WEBHOOK_OUT_URL begins with http://" in ran.line("ways out")
