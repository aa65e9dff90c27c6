"""The teams of the settings: the default one, and those of the file TRIAGE_TEAMS names (docs/clock.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from triage.catalogue.documents import Document, Problem
from triage.clock.calendar import SETTINGS, BusinessCalendar
from triage.clock.teams import Team, Teams, area_key
from triage.errors import BadFile, SetupError
from triage.settings import Settings

_MOST_SAID = 20  # problems in one message
_EXAMPLE = "docs/clock.md shows such a file."
_OWN_WORDS = {key: key for key in SETTINGS}  # in the file an argument is called what it is
_YAML_WORDS = {False: "NO", True: "ON"}  # Norway and Ontario, which YAML takes for answers


class _Entry(BaseModel):
    """One team as written. What is left out is as in the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    areas: tuple[str, ...] = Field(min_length=1)
    zone: str = ""
    days: str | tuple[str, ...] = ""
    hours: str | tuple[str, ...] = ""
    holidays: tuple[str, ...] | None = None
    workdays: tuple[str, ...] | None = None
    country: str | None = None
    subdivision: str | None = None
    target_hours: float | None = Field(None, gt=0)
    breach_hours: float | None = Field(None, gt=0)
    escalate_to: str = Field("", pattern=r"^([^@\s]+@[^@\s]+)?$")

    @field_validator("country", "subdivision", mode="before")
    @classmethod
    def _as_code(cls, value: Any) -> Any:
        return _YAML_WORDS[value] if isinstance(value, bool) else value

    @field_validator("subdivision", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return f"{value:02}" if isinstance(value, int) and not isinstance(value, bool) else value


_ENTRY = TypeAdapter(_Entry)


def read_teams(settings: Settings) -> Teams:
    """Every team of the settings.

    Raises:
        SetupError: a setting of the default team cannot be used.
        BadFile: the file of teams is missing or broken; each problem with its place.
    """
    default = _default(settings)
    if settings.teams is None:
        return Teams(default)
    reading = _Reading(settings.teams, settings)
    if reading.problems:
        raise _refusal(settings.teams, reading.problems)
    return Teams(default, reading.teams)


def check_teams(settings: Settings) -> list[Problem]:
    """Everything that is wrong with the file of teams; empty when there is none."""
    return _Reading(settings.teams, settings).problems if settings.teams else []


def _default(settings: Settings) -> Team:
    calendar = BusinessCalendar(
        settings.time_zone,
        settings.business_days,
        settings.holidays,
        hours=settings.business_hours,
        workdays=settings.workdays,
        country=settings.holidays_country,
        subdivision=settings.holidays_subdivision,
    )
    hours = settings.target_hours, settings.breach_hours
    return Team("", calendar, *hours, escalate_to=settings.escalation_address)


class _Reading:
    """What was read of the file, and every problem on the way."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.teams: list[Team] = []
        self.problems: list[Problem] = []
        self._settings = settings
        self._document = Document(path)
        self._owners: dict[str, str] = {}  # area -> team
        self.problems += [Problem(p.path, p.line, p.what, _EXAMPLE) for p in self._document.problems]
        if not self.problems:
            self._read(self._document.value)
        self.problems.sort(key=lambda problem: problem.line)

    def _read(self, value: Any) -> None:
        if not isinstance(value, dict) or not value:
            self._problem((), "no team is named", _EXAMPLE)
            return
        for name, fields in value.items():
            self._read_team(str(name), fields)

    def _read_team(self, name: str, fields: Any) -> None:
        try:
            entry = _ENTRY.validate_python(fields)
            self.teams.append(_team(name, entry, self._settings))
        except ValidationError as error:
            for found in error.errors():
                self._problem((name, *_place(found["loc"])), *_said(found))
        except SetupError as error:
            key = error.message.partition(" ")[0]
            place = (name, key) if key in _OWN_WORDS else (name,)
            self._problem(place, error.message.rstrip("."), error.remedy)
        else:
            self._own(name, entry)

    def _own(self, name: str, entry: _Entry) -> None:
        for area in entry.areas:
            owner = self._owners.setdefault(area_key(area), name)
            if owner != name:
                what = f"the area {area!r} is {owner}'s already"
                self._problem((name, "areas"), what, "An area has one team: leave it with one of them.")

    def _problem(self, place: tuple[Any, ...], what: str, remedy: str) -> None:
        name = f"team {place[0]}: " if place else ""
        self.problems.append(
            Problem(self._document.path, self._document.line(place), f"{name}{what}", remedy)
        )


def _team(name: str, entry: _Entry, settings: Settings) -> Team:
    """A country of its own brings no subdivision along, and other holidays than the default's."""
    own_country = entry.country is not None
    calendar = BusinessCalendar(
        entry.zone or settings.time_zone,
        entry.days or settings.business_days,
        _listed(entry.holidays, settings.holidays),
        hours=_joined(entry.hours) or settings.business_hours,
        workdays=_listed(entry.workdays, settings.workdays),
        country=settings.holidays_country if entry.country is None else entry.country,
        subdivision=(entry.subdivision or "") if own_country else _subdivision(entry, settings),
        called=_OWN_WORDS,
    )
    return Team(
        name,
        calendar,
        entry.target_hours or settings.target_hours,
        entry.breach_hours or settings.breach_hours,
        areas=frozenset(area_key(area) for area in entry.areas),
        escalate_to=entry.escalate_to or settings.escalation_address,
    )


def _subdivision(entry: _Entry, settings: Settings) -> str:
    return settings.holidays_subdivision if entry.subdivision is None else entry.subdivision


def _listed(own: tuple[str, ...] | None, default: str) -> str:
    return default if own is None else ",".join(own)


def _joined(hours: str | tuple[str, ...]) -> str:
    return hours if isinstance(hours, str) else ",".join(hours)


def _place(location: tuple[int | str, ...]) -> Iterator[int | str]:
    """The part of a location that stands in the file: below its key pydantic names alternatives too."""
    for number, step in enumerate(location):
        if number == 0 or isinstance(step, int):
            yield step


def _said(found: Any) -> tuple[str, str]:
    key = next((step for step in found["loc"] if isinstance(step, str)), "")
    if found["type"] == "extra_forbidden":
        return f"{key} is no setting of a team", f"There are {', '.join(_Entry.model_fields)}."
    if found["type"] == "missing":
        return f"{key} is missing", "Name the product areas it reviews, for example [billing, invoices]."
    if key == "escalate_to":
        return "escalate_to is no mail address", "Write it like nora@example.com."
    said = found["msg"][0].lower() + found["msg"][1:]
    return f"{key}: {said}" if key else "expected lines such as `areas: [billing]`", _EXAMPLE


def _refusal(path: Path, problems: list[Problem]) -> BadFile:
    if len(problems) == 1:
        [only] = problems
        return BadFile(f"{only.place}: {only.what}.", only.remedy, only.line)
    said = [f"  {problem.place}: {problem.what}. {problem.remedy}" for problem in problems[:_MOST_SAID]]
    if len(problems) > _MOST_SAID:
        said.append(f"  and {len(problems) - _MOST_SAID} more; `triage doctor` lists all")
    return BadFile("\n".join([f"The file of teams {path} has {len(problems)} problems:", *said]))
