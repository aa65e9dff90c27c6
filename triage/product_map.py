"""The product map: one Markdown file in which a team writes down the concrete parts of its product.

Each heading names a role ("Routes in", "Outside systems and limits" ...), each line below it is one part.
A change is laid over these parts to ask which other route skips the rule and which surface must learn of
it (P10a).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from triage.domain import MapPart
from triage.errors import BadFile

GOOD_LINES = range(80, 131)  # DESIGN: 80-130 terse lines
LONG_LINE = 220  # characters; beyond it a line usually holds two parts
MAX_BYTES = 512_000

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")


@dataclass(frozen=True)
class MapRole:
    """One role heading: what belongs below it, the words that give it away, two examples."""

    id: str
    heading: str
    about: str
    words: tuple[str, ...]  # beginnings of words, lower case
    examples: tuple[str, str]
    minimum: int  # lines below which the part is called thin


MAP_ROLES: tuple[MapRole, ...] = (
    MapRole(
        "actor", "Actors and roles", "Who works in the product, with what reach.",
        ("actor", "role", "people", "persona", "user"),
        ("Dispatcher: plans jobs of one branch", "Support agent of ours: may enter a customer's account"), 5,
    ),
    MapRole(
        "state", "Records and states", "The main records and the states they pass through.",
        ("record", "state", "status", "lifecycle", "object", "entit"),
        ("Job: planned -> on site -> done -> invoiced", "A done job can be reopened by the office"), 8,
    ),
    MapRole(
        "route", "Routes in", "Every way a record is made or changed: screens, bulk, API, importer, app.",
        ("route", "entry", "entries", "ways", "input"),
        ("Bulk edit on the job list, 500 at a time", "Public API: create and close jobs"), 8,
    ),
    MapRole(
        "surface", "Surfaces that show it", "Every place that shows or counts a record.",
        ("surface", "show", "display", "screen", "view"),
        ("Job list with saved filters", "PDF of the job report"), 8,
    ),
    MapRole(
        "message", "Messages and who triggers them", "Mails, texts and pushes, and what sends them.",
        ("message", "notif", "mail", "email", "alert"),
        ("Appointment reminder: 17:00 the day before, scheduler", "Password mail: the user"), 5,
    ),
    MapRole(
        "document", "Documents, numbers, money", "What is printed, numbered, priced or paid.",
        ("document", "money", "number", "billing", "invoic", "price", "pdf"),
        ("Invoice numbers: without gaps, one series per legal entity", "Seats are counted on the first"), 5,
    ),
    MapRole(
        "identity", "Identity", "How people sign in, are created, changed and removed.",
        ("identity", "sign", "login", "sso", "authent", "account"),
        ("Company sign-in by SAML, one connection per customer", "App tokens live 90 days"), 4,
    ),
    MapRole(
        "vendor", "Outside systems and limits", "Other people's systems, their limits and approvals.",
        ("outside", "external", "vendor", "integration", "third", "connector", "partner"),
        ("Bookkeeping: 60 calls a minute, 100 rows a page", "Calendar: a new permission takes 4-6 weeks"), 5,
    ),
    MapRole(
        "variant", "Settings and variants", "What differs between customers: plans, regions, switches.",
        ("setting", "variant", "plan", "config", "edition", "flag", "region"),
        ("Two regions, EU first, US a week later", "Approval of time sheets: off by default"), 5,
    ),
    MapRole(
        "old_data", "Old data", "What earlier versions left behind.",
        ("old", "legacy", "existing", "histor", "past"),
        ("Jobs before 2023 have no branch", "4 % of customers exist twice"), 4,
    ),
    MapRole(
        "volume", "Volume", "How much of everything, and where it gets slow.",
        ("volume", "scale", "load", "size", "capacity", "performance"),
        ("Largest customer: 240,000 jobs", "A web request is cut off after 30 s"), 4,
    ),
    MapRole(
        "duty", "What each feature must also bring", "What is forgotten when only the screen is built.",
        ("feature", "bring", "duty", "duties", "done", "always", "checklist"),
        ("Entry in the audit log", "Help page and a note for support"), 5,
    ),
    MapRole(
        "constraint", "Known constraints", "What the architecture does not allow today.",
        ("constraint", "limit", "known", "cannot", "weak"),
        ("Permissions are per branch, never per record", "No query over both regions"), 5,
    ),
)  # fmt: skip

ROLES: tuple[str, ...] = tuple(role.id for role in MAP_ROLES)


@dataclass(frozen=True)
class ProductMap:
    """The parsed map. `ignored` holds lines that stand under no known heading, with that heading."""

    parts: tuple[MapPart, ...] = ()
    title: str = ""
    summary: str = ""  # the text between title and first role heading
    ignored: tuple[str, ...] = ()

    def of(self, role: str) -> tuple[MapPart, ...]:
        """The parts of one role, in the order of the file."""
        return tuple(part for part in self.parts if part.role == role)


def read_map(path: Path) -> ProductMap:
    """Read a product map from a file.

    Raises:
        BadFile: missing, too large, not UTF-8, or without a single known heading.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "`triage map init` writes one to start from."
        raise BadFile(f"The product map {path.name} cannot be read: {error.strerror}.", remedy) from error
    if len(data) > MAX_BYTES:
        raise BadFile(f"The product map {path.name} is larger than {MAX_BYTES // 1000} kB.", "Keep it terse.")
    try:
        return parse_map(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise BadFile(f"The product map {path.name} is not UTF-8 text.", "Save it as UTF-8.") from error


def parse_map(text: str, path: str = "") -> ProductMap:
    """Parse the Markdown of a product map; HTML comments are skipped.

    Part ids come from role and text, so that an edit of one line leaves the others' ids alone.

    Raises:
        BadFile: there is text, but no heading is a known role.
    """
    lines = _COMMENT.sub(_keep_newlines, text).splitlines()
    reader = _Reader()
    for line in lines:
        reader.take(line)
    if not reader.known and any(line.strip() for line in lines):
        names = ", ".join(role.heading for role in MAP_ROLES)
        raise BadFile(f"{path or 'The product map'} has none of the expected headings.", f"Use: {names}.")
    return ProductMap(_with_ids(reader.found), reader.title, " ".join(reader.summary), tuple(reader.ignored))


def role_of(heading: str) -> str:
    """The role whose word comes first in a heading, "" when none does."""
    words = re.findall(r"[a-z]+", re.sub(r"\(.*?\)", " ", heading.lower()))
    for word in words:
        for role in MAP_ROLES:
            if word.startswith(role.words):
                return role.id
    return ""


def map_template() -> str:
    """A map to fill in: all headings, what belongs there, and examples as comments."""
    head = (
        "# Product map\n\n<!-- One terse line per part, 80-130 in all: an hour's work for an engineer.\n"
        "Examples stand in comments like this one and are not used. See `triage map check`. -->\n"
    )
    return head + "".join(
        f"\n## {role.heading}\n<!-- {role.about}\n- {role.examples[0]}\n- {role.examples[1]}\n-->\n"
        for role in MAP_ROLES
    )


def check_map(product_map: ProductMap) -> list[str]:
    """What is thin or unusable, one sentence each; empty when there is nothing to say."""
    return [*_check_count(product_map), *_check_roles(product_map), *_check_lines(product_map)]


class _Reader:
    """Goes down the lines, remembering under which heading it stands."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.ignored: list[str] = []
        self.summary: list[str] = []
        self.title = ""
        self.known = False
        self._heading = ""
        self._role = ""
        self._level = 0

    def take(self, line: str) -> None:
        if match := _HEADING.match(line):
            self._enter(len(match[1]), match[2])
        elif (text := _BULLET.sub("", line).strip()) and not text.startswith("```"):
            self._add(text, continues=line[0].isspace() and not _BULLET.match(line))

    def _enter(self, level: int, heading: str) -> None:
        role = role_of(heading)
        if (
            level == 1
            and not self.title
            and not self.known
            and (not role or "map" in heading.lower().split())
        ):
            self.title = heading
            return
        if not role and self._role and level > self._level:
            return  # a sub-heading inside a role
        self._role, self._level, self._heading = role, level, heading
        self.known = self.known or bool(role)

    def _add(self, text: str, *, continues: bool) -> None:
        if self._role and continues and self.found and self.found[-1][0] == self._role:
            self.found[-1] = (self._role, f"{self.found[-1][1]} {text}")
        elif self._role:
            self.found.append((self._role, text))
        elif self._heading:
            self.ignored.append(f"{self._heading}: {text}")
        else:
            self.summary.append(text)


def _with_ids(found: list[tuple[str, str]]) -> tuple[MapPart, ...]:
    parts: dict[str, MapPart] = {}
    for role, text in found:
        slug = "-".join(re.findall(r"\w+", text.lower())[:6])
        base = f"map:{role}:{slug}"
        number = 1
        while (id_ := base if number == 1 else f"{base}-{number}") in parts:
            number += 1
        parts[id_] = MapPart(id=id_, role=role, text=text)
    return tuple(parts.values())


def _keep_newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _check_count(product_map: ProductMap) -> list[str]:
    count = len(product_map.parts)
    if count in GOOD_LINES:
        return []
    few = count < GOOD_LINES.start
    advice = "add the parts people forget" if few else "merge what says the same"
    low, high = GOOD_LINES.start, GOOD_LINES.stop - 1
    return [f"The map has {count} line{'s' * (count != 1)}; {low} to {high} work best: {advice}."]


def _check_roles(product_map: ProductMap) -> list[str]:
    said = []
    for role in MAP_ROLES:
        count = len(product_map.of(role.id))
        example = f'{role.about} For example: "{role.examples[0]}".'
        if not count:
            said.append(f"{role.heading}: nothing yet. {example}")
        elif count < role.minimum:
            said.append(f"{role.heading}: thin, {count} of at least {role.minimum} lines. {example}")
    return said


def _check_lines(product_map: ProductMap) -> list[str]:
    said = [f"Under no known heading, so not used: {line}" for line in product_map.ignored]
    seen: set[str] = set()
    for part in product_map.parts:
        if len(part.text) > LONG_LINE:
            said.append(
                f'"{part.text[:60]}…" is {len(part.text)} characters long: split it into single parts.'
            )
        if part.text.lower() in seen:
            said.append(f'"{part.text[:60]}" is there twice.')
        seen.add(part.text.lower())
    return said
