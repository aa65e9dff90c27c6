"""Who is told what by the clock, each once, in the working hours of the team; and that nothing else moves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.records.material import Jobs, new_draft, new_request
from triage.clock import BusinessCalendar, Team, Teams
from triage.domain import Decision, DecisionKind, OutgoingMessage, Person, Role, Status
from triage.outbox.mime import build
from triage.records.database import open_database
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.reminders import remind
from triage.settings import Settings

TARA, UTE, BOSS, ADA = "tara@example.com", "ute@example.com", "boss@example.com", "ada@example.com"
FRIDAY = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # a Friday morning
DUE = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)  # Monday, a business day later
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = BusinessCalendar("UTC", hours="09:00-17:00")


@dataclass
class Desk:
    """What reminding needs of the services."""

    settings: Settings
    store: Store
    people: People
    outgoing: Outgoing
    teams: Teams

    def accepted(self, number: int = 1, *, reviewer: str = TARA, due: datetime = DUE, team: str = "") -> str:
        """A request in review, breached a day after it was due."""
        key = f"r-000{number}"
        request = new_request(key, received=FRIDAY, product_area="portal")
        self.store.accept(request, Jobs(), reviewer=reviewer, due=due, breach=due + DAY, team=team)
        self.store.save_draft(new_draft(key))
        return key

    def remind(self, now: datetime) -> list[OutgoingMessage]:
        """The mails that this round adds."""
        before = {message.id for message in self.waiting()}
        made = remind(self, now)  # type: ignore[arg-type]
        added = [message for message in self.waiting() if message.id not in before]
        assert made == len(added)
        return added

    def waiting(self) -> list[OutgoingMessage]:
        """Everything in the outbox."""
        return self.outgoing.due(datetime(2030, 1, 1, tzinfo=UTC), 1_000)

    def trail(self, request_id: str = "r-0001") -> list[tuple[str, str]]:
        """What the clock left on the trail."""
        kinds = ("reminded", "escalated", "assigned")
        return [(one.kind, one.detail) for one in self.store.events(request_id) if one.kind in kinds]


@pytest.fixture
def open_desk(empty_records: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Opens the records; again: what a restart finds."""
    shutil.copy(empty_records, tmp_path / "triage.db")
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")

    def desk(**settings: object) -> Desk:
        chosen = Settings(base_url="https://triage.example.com", _env_file=None, **settings)  # type: ignore[arg-type]
        default = Team("", BusinessCalendar("UTC"), escalate_to=chosen.escalation_address)
        office = Team("office", OFFICE, 8, 16, escalate_to="head@example.com")
        return Desk(chosen, Store(engine), People(engine), Outgoing(engine), Teams(default, [office]))

    yield desk
    engine.dispose()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """Tara reviews, Ute is her deputy, the boss hears of breaches."""
    desk = open_desk(escalation_address=BOSS)
    for address, name, role in (
        (TARA, "Tara", Role.REVIEWER),
        (UTE, "Ute", Role.REVIEWER),
        (ADA, "Ada", Role.ADMIN),
    ):
        desk.people.add(Person(address=address, name=name, role=role))
    desk.people.route("", TARA, UTE)
    return desk


def told(messages: list[OutgoingMessage]) -> list[tuple[str, str]]:
    return sorted((message.to, message.kind) for message in messages)


# --- who is told what ---------------------------------------------------------------------------


def test_less_than_four_business_hours_before_the_reviewer_is_reminded_once(desk: Desk) -> None:
    desk.accepted()
    assert desk.remind(DUE - 4 * HOUR) == []
    [mail] = desk.remind(DUE - 3 * HOUR)
    assert (mail.to, mail.kind, mail.request_id) == (TARA, "reminder", "r-0001")
    assert mail.id.startswith("r-0001.reminder.soon.20260309T090000.")
    assert mail.subject == "Due in 3 hours: Managers approve job reports"
    assert "This request waits for your answer." in mail.text
    assert (
        "“Managers approve job reports” from Birch Heating is due Monday 9 March at 09:00, in 3 hours."
        in mail.text
    )
    assert "https://triage.example.com/review/r-0001" in mail.text
    assert "Due Mon 09:00: 24 h on business days from Fri 09:00. Times are those of UTC." in mail.text
    assert "the clock stands still until the reply" in mail.text
    assert "silence never becomes an answer" in mail.text
    assert desk.trail() == [("reminded", "reminded tara@example.com: due Monday 9 March at 09:00")]
    assert desk.remind(DUE - 2 * HOUR) == []


def test_a_restart_sends_nothing_twice(open_desk: Callable[..., Desk], desk: Desk) -> None:
    desk.accepted()
    desk.remind(DUE - HOUR)
    again = open_desk(escalation_address=BOSS)
    assert again.remind(DUE - HOUR) == []
    assert len(told(again.remind(DUE + HOUR))) == 2


def test_overdue_the_deputy_hears_of_it_and_nothing_is_taken_from_anybody(desk: Desk) -> None:
    desk.accepted()
    desk.remind(DUE - HOUR)
    mails = desk.remind(DUE + HOUR)
    assert told(mails) == [(TARA, "reminder"), (UTE, "escalation")]
    [reviewers, deputys] = sorted(mails, key=lambda mail: mail.to)
    assert reviewers.subject == "Overdue: Managers approve job reports"
    assert "was due Monday 9 March at 09:00, 1 hour of business time ago; Tara has it." in deputys.text
    assert "You are the deputy; perhaps you can help out." in deputys.text
    assert "It stays where it is until you press “Take it over” on the page." in deputys.text
    assert desk.store.record("r-0001").reviewer == TARA
    assert desk.trail()[1:] == [
        ("reminded", "reminded tara@example.com: due Monday 9 March at 09:00"),
        ("escalated", "told the deputy ute@example.com that it was due Monday 9 March at 09:00"),
    ]
    assert desk.remind(DUE + 2 * HOUR) == []


def test_at_the_breach_the_named_person_hears_of_it(desk: Desk) -> None:
    desk.accepted()
    desk.remind(DUE + HOUR)
    [mail] = desk.remind(DUE + DAY + HOUR)
    assert (mail.to, mail.kind) == (BOSS, "escalation")
    assert mail.id.startswith("r-0001.escalation.breach.20260310T090000.")
    assert mail.subject == "Still without an answer: Managers approve job reports"
    assert "and sales still waits" in mail.text
    assert desk.trail()[-1] == ("escalated", "told boss@example.com that it was due Monday 9 March at 09:00")
    assert desk.remind(DUE + 5 * DAY) == []
    assert desk.store.record("r-0001").status is Status.IN_REVIEW


def test_after_a_long_standstill_everybody_hears_at_once_and_of_what_is_over_alone(desk: Desk) -> None:
    desk.accepted()
    mails = desk.remind(DUE + DAY + HOUR)
    assert told(mails) == [(BOSS, "escalation"), (TARA, "reminder"), (UTE, "escalation")]
    assert all(mail.subject.startswith(("Overdue", "Still")) for mail in mails)


def test_without_a_named_person_the_admins_hear_of_a_breach(
    open_desk: Callable[..., Desk], desk: Desk
) -> None:
    unnamed = open_desk()
    unnamed.people.add(Person(address="al@example.com", role=Role.ADMIN))
    desk.accepted()
    desk.remind(DUE + HOUR)
    mails = unnamed.remind(DUE + DAY + HOUR)
    assert told(mails) == [(ADA, "escalation"), ("al@example.com", "escalation")]
    assert len({mail.id for mail in mails}) == 2


def test_a_team_names_its_own_person_and_its_own_hours(desk: Desk) -> None:
    desk.accepted(team="office", due=datetime(2026, 3, 9, 10, tzinfo=UTC))
    assert desk.remind(datetime(2026, 3, 6, 13, 30, tzinfo=UTC)) == []  # 4 and a half business hours left
    assert desk.remind(datetime(2026, 3, 6, 18, 0, tzinfo=UTC)) == []  # an hour left, but all have gone home
    assert desk.remind(datetime(2026, 3, 7, 12, 0, tzinfo=UTC)) == []
    assert told(desk.remind(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))) == [(TARA, "reminder")]
    later = desk.remind(datetime(2026, 3, 10, 10, 30, tzinfo=UTC))
    assert ("head@example.com", "escalation") in told(later)


# --- when somebody is away, or at work ----------------------------------------------------------


def test_a_reviewer_who_is_away_keeps_nobody_waiting(desk: Desk) -> None:
    desk.accepted()
    desk.people.set_away(TARA, True)
    [mail] = desk.remind(DUE - HOUR)
    assert (mail.to, mail.kind) == (UTE, "reminder")
    assert desk.store.record("r-0001").reviewer == UTE
    assert desk.trail() == [
        ("assigned", "made ute@example.com the reviewer, because Tara is away"),
        ("reminded", "reminded ute@example.com: due Monday 9 March at 09:00"),
    ]
    assert desk.remind(DUE - HOUR) == []


def test_who_goes_away_after_a_reminder_is_replaced_at_once(desk: Desk) -> None:
    desk.accepted()
    desk.remind(DUE + HOUR)
    desk.people.set_away(TARA, True)
    assert told(desk.remind(DUE + 2 * HOUR)) == [(UTE, "reminder")]
    assert desk.store.record("r-0001").reviewer == UTE
    desk.people.set_away(TARA, False)
    assert desk.remind(DUE + 3 * HOUR) == []
    assert desk.store.record("r-0001").reviewer == UTE


def test_nothing_is_taken_from_whoever_is_working_on_it(desk: Desk) -> None:
    desk.accepted(due=datetime.now(UTC) + HOUR)
    desk.store.claim("r-0001", UTE)
    always = BusinessCalendar("UTC", "mon,tue,wed,thu,fri,sat,sun")
    desk.teams = Teams(Team("", always))
    desk.people.set_away(TARA, True)
    assert desk.remind(datetime.now(UTC)) == []  # somebody is on it: no word of "soon", nobody new
    assert desk.store.record("r-0001").reviewer == TARA


def test_handing_over_reminds_the_new_reviewer_and_not_the_deputy_again(desk: Desk) -> None:
    desk.accepted()
    desk.remind(DUE + HOUR)
    desk.store.assign("r-0001", ADA, TARA)
    assert told(desk.remind(DUE + 2 * HOUR)) == [(ADA, "reminder")]


def test_with_nobody_to_tell_the_trail_says_so_once(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.accepted(reviewer="")
    assert desk.remind(DUE + DAY + HOUR) == []
    due = "due Monday 9 March at 09:00"
    assert [detail for _, detail in desk.trail()] == [
        f"had no reviewer to remind, {due}",
        f"had no deputy to tell, {due}",
        f"had nobody to tell of the breach, {due}",
    ]
    assert desk.remind(DUE + DAY + HOUR) == []
    assert len(desk.trail()) == 3


# --- one mail, and silence ----------------------------------------------------------------------


def test_many_requests_of_one_reviewer_make_one_mail(desk: Desk) -> None:
    for number in range(1, 4):
        desk.accepted(number, due=DUE + number * timedelta(minutes=1))
    desk.accepted(4, reviewer=UTE)
    mails = desk.remind(DUE - HOUR)
    assert told(mails) == [(TARA, "reminder"), (UTE, "reminder")]
    [listing] = [mail for mail in mails if mail.to == TARA]
    assert listing.subject == "3 due soon: answers to sales"
    assert "These 3 requests wait for your answer." in listing.text
    links = [line.strip() for line in listing.text.splitlines() if "https://" in line]
    assert links == [f"https://triage.example.com/review/r-000{number}" for number in (1, 2, 3)]
    assert all(desk.trail(f"r-000{number}") for number in (1, 2, 3, 4))
    assert desk.remind(DUE - HOUR) == []


def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    for number in range(1, 25):
        desk.accepted(number, due=DUE + number * timedelta(minutes=1))
    [mail] = desk.remind(DUE - HOUR)
    assert mail.text.count("“Managers approve job reports”") == 20
    assert "And 4 more: https://triage.example.com/review" in mail.text


def test_nothing_is_said_while_waiting_nor_once_answered_nor_when_switched_off(
    open_desk: Callable[..., Desk], desk: Desk
) -> None:
    for number, kind in ((1, DecisionKind.ASK), (2, DecisionKind.APPROVE), (3, DecisionKind.APPROVE)):
        key = desk.accepted(number)
        decision = Decision(id=f"d-{number}", request_id=key, kind=kind, version=1, by=TARA)
        desk.store.decide(decision, None, Jobs(), grace=timedelta(hours=1) if number == 2 else timedelta())
    for moment in (DUE - HOUR, DUE + HOUR, DUE + DAY + HOUR):
        assert desk.remind(moment) == []
    desk.accepted(4)
    silent = open_desk(reminders=False)
    assert silent.remind(DUE + HOUR) == []
    assert silent.trail("r-0004") == []


def test_a_deadline_that_moved_is_a_new_one(desk: Desk) -> None:
    key = desk.accepted()
    desk.remind(DUE - HOUR)
    desk.store.decide(
        Decision(id="d-1", request_id=key, kind=DecisionKind.ASK, version=1, by=TARA), None, Jobs()
    )
    later = desk.teams.resumed(desk.store.record(key)).model_copy(update={"due": DUE + DAY})
    desk.store.answer_questions(key, [("q1", "Yes.")], "sam@example.com", resume=lambda _: later)
    assert desk.remind(DUE - HOUR) == []
    assert told(desk.remind(DUE + DAY - HOUR)) == [(TARA, "reminder")]


def test_what_was_decided_meanwhile_is_not_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key, tell = desk.accepted(), desk.store.tell

    def decided_first(*given: object) -> bool:
        decision = Decision(id="d-1", request_id=key, kind=DecisionKind.APPROVE, version=1, by=TARA)
        desk.store.decide(decision, None, Jobs())
        return tell(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "tell", decided_first)
    assert desk.remind(DUE + HOUR) == []
    assert desk.trail() == []


def test_the_mails_say_that_nobody_wrote_them(desk: Desk) -> None:
    desk.accepted()
    for mail in desk.remind(DUE + DAY + HOUR):
        built = build(mail, "triage@example.com")
        assert built["Auto-Submitted"] == "auto-generated"
        assert built["Message-ID"] == f"<{mail.id}@example.com>"
