"""The command line as a person types it: what it prints, and what it says when something is wrong."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from triage import cli
from triage.domain import Category
from triage.sample import sample_dir

MAILS = sorted((sample_dir() / "inbox").glob("*.eml"))
FIXTURES = Path(__file__).parent / "fixtures" / "emails"
HEAVY = (
    "torch",
    "chromadb",
    "litellm",
    "langgraph",
    "dbos",
    "sentence_transformers",
    "sqlalchemy",
    "fastapi",
)

# DESIGN.md, "drafts.jsonl and triage draft --json"
DRAFT = (
    "id kinds questions folded cleared promises size days comparables trip_wires lane answer degraded cost ms"
)
QUESTION = "id question category why quote ask effect evidence"
ANSWER = (
    "verdict conditions ships_first waits customer_prepares dependencies biggest_risk date_kind date decider "
    "outcome options sentence"
)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Triage = Callable[..., Ran]


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Triage:
    """Runs one command in an empty folder, in this process: the libraries are loaded once for all tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["triage", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    return run


def refused(ran: Ran, *words: str) -> None:
    """It ended with 2 and one clear sentence on stderr, which holds these words."""
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("triage: ")
    assert len(ran.err.splitlines()) == 1
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


class TestStart:
    def test_help_loads_nothing_heavy(self) -> None:
        code = f"import sys, triage.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_help_answers_at_once(self) -> None:
        def once() -> float:
            began = time.perf_counter()
            command = [sys.executable, "-m", "triage.cli", "--help"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert "draft" in done.stdout
            return time.perf_counter() - began

        assert min(once() for _ in range(3)) < 2.0  # 0.4 s on a quiet machine

    def test_every_command_of_the_design_is_there(self, triage: Triage) -> None:
        said = triage("--help").out
        for command in ("serve", "worker", "draft", "submit", "history", "notes", "map", "reindex", "user"):
            assert f"  {command} " in said

    def test_the_version(self, triage: Triage) -> None:
        assert triage("--version").out.strip() == "0.1.0"

    def test_an_unknown_command_is_explained(self, triage: Triage) -> None:
        ran = triage("triangulate")
        assert ran.code == 2
        assert "No such command" in ran.err


@pytest.mark.model
class TestDraft:
    @pytest.mark.parametrize("mail", MAILS, ids=lambda path: path.stem)
    def test_json_is_the_documented_format(self, triage: Triage, mail: Path) -> None:
        ran = triage("draft", str(mail), "--json")
        assert ran.code == 0, ran.err
        draft = json.loads(ran.out)
        assert list(draft) == DRAFT.split()
        assert list(draft["answer"]) == ANSWER.split()
        assert list(draft["days"]) == ["groundwork", "setup", "build", "support"]
        assert all(low <= high for low, high in draft["days"].values())
        assert draft["lane"] in ("full", "fast")
        assert draft["size"] in ("XS", "S", "M", "L", "XL")
        assert len(draft["questions"]) <= 5
        for question in (*draft["questions"], *draft["folded"]):
            assert list(question) == QUESTION.split()
        seen = {q["category"] for q in (*draft["questions"], *draft["folded"])}
        assert seen | {c["category"] for c in draft["cleared"]} == {category.value for category in Category}
        assert all(list(cleared) == ["category", "reason", "quote"] for cleared in draft["cleared"])
        assert all(list(promise) == ["quote", "by", "date"] for promise in draft["promises"])
        assert draft["comparables"] == []  # it was given no history

    def test_from_standard_input(self, triage: Triage) -> None:
        ran = triage(
            "draft", "-", "--json", stdin=b"Please let managers approve job reports before invoices."
        )
        assert "approval_step" in json.loads(ran.out)["kinds"]

    def test_for_a_person(self, triage: Triage) -> None:
        said = triage("draft", str(MAILS[5])).out
        assert "Rough size: " in said
        assert "Already promised\n  “" in said

    def test_with_the_knowledge_that_is_named(self, triage: Triage, tmp_path: Path) -> None:
        history = tmp_path / "history.jsonl"
        lines = (sample_dir() / "history.jsonl").read_text(encoding="utf-8").splitlines()
        history.write_text("\n".join(lines[:12]), encoding="utf-8")
        notes = tmp_path / "own" / "notes"
        notes.mkdir(parents=True)
        shutil.copy(sample_dir() / "notes" / "billing.md", notes)
        shutil.copy(sample_dir() / "product_map.md", tmp_path / "own")
        named = ("--knowledge", str(tmp_path / "own"), "--history", str(history))
        draft = json.loads(triage("draft", str(MAILS[2]), "--json", *named).out)
        assert draft["comparables"]
        assert not (tmp_path / "data").exists()  # no service was touched

    def test_the_setting_decides_who_drafts(self, triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_ANALYST", "llm")
        refused(triage("draft", str(MAILS[7])), "TRIAGE_MODEL is empty")
        assert triage("draft", str(MAILS[7]), "--analyst", "catalogue").code == 0

    def test_live_uses_what_the_service_knows(self, triage: Triage) -> None:
        refused(triage("draft", str(MAILS[0]), "--live"), "no service", "TRIAGE_DATA_DIR")
        note = Path("notes")
        note.mkdir()
        (note / "exports.md").write_text(
            "# Exports\n\n## Size\nAn export of jobs runs in the web process.\n", encoding="utf-8"
        )
        assert triage("notes", "index", "notes").code == 0
        assert "notes/exports.md" in triage("draft", str(MAILS[0]), "--live").out.replace(
            "exports.md#", "notes/exports.md#"
        )

    def test_an_unknown_charset_is_survived(self, triage: Triage) -> None:
        assert triage("draft", str(FIXTURES / "unknown_charset.eml"), "--json").code == 0

    def test_a_mail_with_only_an_attachment_is_survived_and_says_so(self, triage: Triage) -> None:
        ran = triage("draft", str(FIXTURES / "attachment_only.eml"), "--json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["id"]


class TestBadInput:
    def test_a_missing_file(self, triage: Triage) -> None:
        refused(triage("draft", "nowhere.eml"), "nowhere.eml", "Check the path")

    def test_a_folder(self, triage: Triage, tmp_path: Path) -> None:
        refused(triage("draft", str(tmp_path)), "cannot be read", "mail or a text file")

    def test_an_empty_file(self, triage: Triage) -> None:
        Path("empty.eml").touch()
        refused(triage("draft", "empty.eml"), "empty")
        refused(triage("draft", "-"), "empty")

    @pytest.mark.parametrize("noise", [bytes(range(256)) * 40, b"\0" * 5000, b"%PDF-1.7\n\xde\xad\0\0" * 99])
    def test_binary_garbage(self, triage: Triage, noise: bytes) -> None:
        Path("noise.eml").write_bytes(noise)
        refused(triage("draft", "noise.eml"))

    def test_thirty_megabytes(self, triage: Triage) -> None:
        Path("large.eml").write_bytes(b"From: kim@customer.example\nSubject: x\n\n" + b"hello \n" * 4_500_000)
        refused(triage("draft", "large.eml"), "at most 25 MB")

    @pytest.mark.parametrize("option", ["--knowledge", "--map", "--history"])
    def test_knowledge_that_is_not_there(self, triage: Triage, option: str) -> None:
        refused(triage("draft", str(MAILS[0]), option, "nowhere"), "nowhere")

    def test_an_invalid_line_of_history_is_named_once(self, triage: Triage) -> None:
        Path("history.jsonl").write_text('{"id": "a", "subject": "x"}\n{"id": "b", "subjct": "y"}\n')
        ran = triage("history", "import", "history.jsonl")
        refused(ran, "history.jsonl, line 2", "subject")
        assert ran.err.count("line 2") == 1
        refused(triage("draft", str(MAILS[0]), "--history", "history.jsonl"), "line 2")

    def test_a_map_that_is_none(self, triage: Triage) -> None:
        Path("map.md").write_bytes(b"# Notes\n\xff\xfe\n")
        refused(triage("map", "check", "map.md"), "not UTF-8")
        Path("map.md").write_text("just some words\n")
        refused(triage("map", "check", "map.md"), "expected headings")
        refused(triage("draft", str(MAILS[0]), "--map", "map.md"), "expected headings")


class TestMeasuring:
    @pytest.fixture(autouse=True)
    def _cases(self, triage: Triage) -> None:
        case = {"id": "zebra-1", "request": {"body": "An export."}, "hidden_work": [], "irrelevant": []}
        Path("cases.jsonl").write_text(json.dumps(case), encoding="utf-8")

    def test_what_is_learned_from_needs_something_held_out(self, triage: Triage) -> None:
        cases = ("--cases", "cases.jsonl", "--out", "out")
        refused(triage("eval", "run", *cases, "--learn-from", "cases.jsonl"), "--held-out")
        refused(triage("eval", "run", *cases, "--held-out", "--learn-from", "nowhere.jsonl"), "nowhere.jsonl")

    def test_a_case_without_labels_cannot_be_held_out(self, triage: Triage) -> None:
        ran = triage("eval", "run", "--cases", "cases.jsonl", "--out", "out", "--held-out")
        refused(ran, "zebra-1", "kind_labels.json")
        assert not Path("out").exists()


class TestKnowledge:
    def test_a_map_is_written_once_and_checked(self, triage: Triage) -> None:
        assert triage("map", "init").code == 0
        refused(triage("map", "init"), "exists already")
        thin = triage("map", "check")
        assert thin.code == 1
        assert "nothing yet" in thin.out
        refused(triage("map", "init", "no/such/folder.md"), "cannot be written")

    def test_a_full_map_is_praised(self, triage: Triage) -> None:
        ran = triage("map", "check", str(sample_dir() / "product_map.md"))
        assert (ran.code, "nothing thin" in ran.out) == (0, True)

    def test_history_is_counted_and_a_second_import_changes_nothing(self, triage: Triage) -> None:
        Path("history.csv").write_text("id,subject,size_days\na,Export,3\nb,Import,\n")
        assert "2 past requests read, 1 with a size; 2 new" in triage("history", "import", "history.csv").out
        assert "0 new or changed" in triage("history", "import", "history.csv").out

    def test_notes_that_are_gone_are_dropped(self, triage: Triage) -> None:
        folder = Path("notes")
        shutil.copytree(sample_dir() / "notes", folder)
        assert "14 notes" in triage("notes", "index", "notes").out
        (folder / "billing.md").unlink()
        assert "13 notes" in triage("notes", "index", "notes").out
        refused(triage("notes", "index", "nowhere"), "nowhere")


class TestPeople:
    def test_a_person_gets_a_link_and_later_another(self, triage: Triage) -> None:
        first = triage("user", "add", "Ada@Example.com", "--name", "Ada", "--role", "reviewer").out
        second = triage("user", "link", "ada@example.com").out
        assert first.startswith("http://127.0.0.1:8000/sign-in?token=")
        assert second.startswith("http://127.0.0.1:8000/sign-in?token=")
        assert first != second

    def test_the_link_leads_to_where_the_service_listens(
        self, triage: Triage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        triage("user", "add", "ada@example.com")
        (tmp_path / "data" / "address").write_text("http://127.0.0.1:9000")
        assert triage("user", "link", "ada@example.com").out.startswith("http://127.0.0.1:9000/sign-in?")
        monkeypatch.setenv("TRIAGE_BASE_URL", "https://triage.example.com/")
        assert triage("user", "link", "ada@example.com").out.startswith("https://triage.example.com/sign-in?")

    def test_a_stranger_gets_neither_link_nor_token_nor_leave(self, triage: Triage) -> None:
        for command in (("user", "link"), ("token", "add"), ("user", "away")):
            refused(triage(*command, "nobody@example.com"), "nobody@example.com", "triage user add")
        refused(triage("user", "add", "nobody"), "not a mail address")

    def test_a_route_leads_to_a_reviewer(self, triage: Triage) -> None:
        triage("user", "add", "ada@example.com", "--role", "reviewer")
        triage("user", "add", "sam@example.com")
        route = ("user", "route", "ada@example.com", "--area", "billing")
        assert "billing goes to ada@example.com" in triage(*route).out
        refused(triage("user", "route", "adda@example.com"), "adda@example.com", "--role reviewer")
        refused(triage(*route, "--deputy", "sam@example.com"), "sam@example.com is no reviewer")

    def test_away_and_back(self, triage: Triage) -> None:
        triage("user", "add", "ada@example.com", "--role", "reviewer")
        assert "is away" in triage("user", "away", "ada@example.com").out
        assert "is back" in triage("user", "away", "ada@example.com", "--back").out

    def test_a_token_is_printed_alone(self, triage: Triage) -> None:
        triage("user", "add", "ada@example.com")
        assert len(triage("token", "add", "ada@example.com").out.strip().split()) == 1


class TestSetup:
    def test_a_data_folder_in_use(self, triage: Triage, tmp_path: Path) -> None:
        from filelock import FileLock

        (tmp_path / "data").mkdir()
        with FileLock(tmp_path / "data" / "lock"):
            refused(triage("reindex"), "in use by another process", "TRIAGE_DATA_DIR")
            refused(triage("serve", "--port", str(free_port())), "in use by another process")
            assert triage("user", "add", "ada@example.com").code == 0  # works beside it

    def test_a_database_from_a_newer_version(self, triage: Triage, tmp_path: Path) -> None:
        triage("user", "add", "ada@example.com")
        with sqlite3.connect(tmp_path / "data" / "triage.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
        database.close()
        refused(triage("user", "link", "ada@example.com"), "9999_from_the_future", "Install the version")
        refused(triage("serve", "--port", str(free_port())), "9999_from_the_future")

    def test_a_file_that_is_no_database(self, triage: Triage, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "triage.db").write_text("not a database, but long enough to be read as one" * 40)
        refused(triage("user", "link", "ada@example.com"), "triage.db")

    def test_a_missing_model_folder(self, triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_EMBEDDING_MODEL", "/nope")
        refused(triage("draft", str(MAILS[0])), "/nope", "TRIAGE_EMBEDDING_MODEL")
        refused(triage("serve", "--port", str(free_port())), "/nope", "TRIAGE_EMBEDDING_MODEL")

    def test_a_missing_knowledge_folder(self, triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_KNOWLEDGE_DIR", "/nope")
        refused(triage("serve", "--port", str(free_port())), "/nope", "TRIAGE_KNOWLEDGE_DIR")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TRIAGE_TARGET_HOURS", "soon"),
            ("TRIAGE_TIME_ZONE", "Mars/Base"),
            ("TRIAGE_DATA_DIR", "/proc/none"),
        ],
    )
    def test_a_setting_that_cannot_be(
        self, triage: Triage, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        refused(triage("user", "link", "ada@example.com"), name)

    def test_listeners_are_checked_before_anything_listens(self, triage: Triage) -> None:
        refused(triage("worker", "--smtp-listen", "0.0.0.0:25"), "TRIAGE_SMTP_LISTEN is 0.0.0.0:25")
        refused(triage("worker", "--lmtp-listen", "2424"), "HOST:PORT or the path of a socket")

    def test_a_port_in_use(self, triage: Triage) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused(triage("serve", "--port", str(port)), f"Port {port} on 127.0.0.1", "--port")

    def test_web_alone_needs_a_shared_database(self, triage: Triage) -> None:
        refused(triage("serve", "--no-worker"), "TRIAGE_DATABASE_URL")


class TestSubmit:
    def test_a_service_that_does_not_run(self, triage: Triage) -> None:
        url = f"http://127.0.0.1:{free_port()}"
        refused(triage("submit", str(MAILS[0]), "--url", url, "--token", "t"), url, "triage serve")

    def test_no_token(self, triage: Triage) -> None:
        refused(triage("submit", str(MAILS[0])), "triage token add", "TRIAGE_TOKEN")

    def test_no_web_address(self, triage: Triage) -> None:
        refused(triage("submit", str(MAILS[0]), "--url", "ftp://x", "--token", "t"), "ftp://x")

    def test_something_else_answers(self, triage: Triage) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            reply = b"HTTP/1.0 200 OK\r\n\r\n<h1>Welcome</h1>"
            answering = subprocess.Popen(
                [sys.executable, "-c", _ANSWER_ONCE.format(fd=other.fileno(), reply=reply)],
                pass_fds=(other.fileno(),),
            )
            url = f"http://127.0.0.1:{other.getsockname()[1]}"
            refused(triage("submit", str(MAILS[7]), "--url", url, "--token", "t"), "is not this service")
            assert answering.wait(10) == 0


_ANSWER_ONCE = """
import socket
connection, _ = socket.socket(fileno={fd}).accept()
connection.recv(65536)
connection.sendall({reply!r})
connection.shutdown(socket.SHUT_WR)
while connection.recv(65536):
    pass
connection.close()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
