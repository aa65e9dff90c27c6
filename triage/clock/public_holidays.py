"""Public holidays of a country, from the `holidays` library: the years that are asked for, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from triage.errors import SetupError


class PublicHolidays:
    """Names of holidays by day, for one country and, when given, one of its subdivisions."""

    def __init__(self, country: str, subdivision: str, called: Mapping[str, str]) -> None:
        """`country` is an ISO 3166-1 code such as DE, `subdivision` the part of ISO 3166-2 after it, as BE;
        `called` says what messages call the two. Nobody's country, "", has no holidays.

        Raises:
            SetupError: nothing is known of this country or subdivision.
        """
        self.country = country.strip().upper()
        self.subdivision = subdivision.strip()
        self._years: dict[int, dict[date, str]] = {}
        if self.country:
            self._check(called)
        elif self.subdivision:
            raise SetupError(
                f"{called['subdivision']} names {self.subdivision!r}, but no country is named.",
                f"Name it in {called['country']}, for example DE.",
            )

    @property
    def place(self) -> str:
        """Whose holidays these are, in short: "DE", "DE-BE"; "" for nobody's."""
        return "-".join(filter(None, [self.country, self.subdivision]))

    def name(self, day: date) -> str:
        """What the holiday is called, "" when it is none."""
        if not self.country:
            return ""
        if day.year not in self._years:
            self._years[day.year] = self._read(day.year)
        return self._years[day.year].get(day, "")

    def _read(self, year: int) -> dict[date, str]:
        import holidays

        subdivision = self.subdivision or None
        found = holidays.country_holidays(self.country, subdiv=subdivision, years=year, language="en_US")
        return {day: str(name) for day, name in found.items() if day.year == year}

    def _check(self, called: Mapping[str, str]) -> None:
        import holidays

        known = holidays.list_supported_countries(include_aliases=True)
        if self.country not in known:
            raise SetupError(
                f"{called['country']} names {self.country!r}, of which no public holidays are known.",
                f"Write a two-letter code such as DE or US, or list the days in {called['holidays']}.",
            )
        if self.subdivision and self.subdivision not in known[self.country]:
            some = ", ".join(known[self.country][:6])
            raise SetupError(
                f"{called['subdivision']} names {self.subdivision!r}, which {self.country} does not have.",
                f"Write for example one of {some}." if some else "Leave it empty.",
            )
