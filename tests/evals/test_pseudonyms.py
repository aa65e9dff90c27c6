"""No name, address or number of the original is left, and the rest of the text stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.exporting.names import Known, addressed, greeted, headed, legal, named_in, signed, titled
from evals.exporting.pseudonyms import Pseudonyms
from triage.domain import Message, Request
from triage.intake.email import parse_mail

KEY = b"k" * 32
ORDINARY = frozenset("pumps heating may will mark the company service".split())  # noqa: SIM905
KNOWN = Known.of(
    ["Rosalind Tey", "Jörg Bölke", "Ruben Okafor-Lind", "Mark"],
    ["Pemberley Pumps", "Dray & Tamsin Plumbing", "Fieldhand"],
)


def pseudonyms(known: Known = KNOWN, hide: tuple[str, ...] = (), key: bytes = KEY) -> Pseudonyms:
    return Pseudonyms(key, known, ORDINARY, hide)


@pytest.mark.parametrize(
    "text",
    [
        "Rosalind Tey of Pemberley Pumps called.",
        "PEMBERLEY PUMPS, pemberley-pumps and PemberleyPumps",
        "Ask Rosalind. Tey's list is old.",
        "Boelke, Bölke, BÖLKE or Bolke",
        "Okafor-Lind and Okafor Lind",
        "Dray and Tamsin; Dray & Tamsin Plumbing",
        "rosalind.tey@pemberley-pumps.example or r.tey@mail.pemberley.co.example",
        "see https://portal.pemberley-pumps.example/x?id=Tey",
        "Fieldhand shows it",
        "call +49 30 1234567, 0171/234 56 78 or 555-123-4567",
        "account DE02 1203 0000 0000 2020 51, customer 4711081512",
        "we sit at 14 Example Quay, Hafenstraße 3",
    ],
)
def test_what_is_known_is_gone_in_every_spelling(text: str) -> None:
    made = pseudonyms().of(text)
    for original in ("rosalind", "tey", "pemberley", "bölke", "boelke", "bolke", "okafor", "lind", "dray"):
        assert original not in made.lower()
    for original in ("tamsin", "fieldhand", "1234567", "4711081512", "quay", "hafen", "2020 51", "123-4567"):
        assert original not in made.lower()
    assert not pseudonyms().left(made)


@pytest.mark.parametrize(
    "text",
    [
        "Export 190,000 jobs of 4 branches by 2027-01-29, 17.11.2026 at 06:30-08:00.",
        "May a dispatcher see prices? Will it take 2.600 sites? The service pumps water.",
        "about 1,900 machines, EUR 140,000 a year, 0.5 to 1.5 days, P6 and API v2",
    ],
)
def test_figures_dates_and_ordinary_words_stay(text: str) -> None:
    assert pseudonyms().of(text) == text


def test_the_same_name_is_the_same_word_everywhere_and_with_another_key_another() -> None:
    one = pseudonyms().of("Rosalind Tey wrote. Rosalind called. tey@pemberley.example wrote.")
    word = one.split()[0]
    assert one.startswith(f"{word} wrote. {word} called.")
    assert pseudonyms().of("Rosalind Tey") == word
    assert pseudonyms(key=b"x" * 32).of("Rosalind Tey") != word


def test_address_and_firm_agree() -> None:
    box, _, domain = pseudonyms().of("rosalind.tey@pemberley-pumps.example").partition("@")
    assert pseudonyms().of("Rosalind Tey of Pemberley Pumps") == (
        f"{box.capitalize()} of {domain.removesuffix('.example').capitalize()} Company"
    )


def test_a_name_that_is_an_ordinary_word_goes_only_where_it_is_written_as_a_name() -> None:
    made = pseudonyms()
    assert "Mark" not in made.of("I asked Mark about it.")
    assert made.of("Mark the job as done, and mark it twice.") == "Mark the job as done, and mark it twice."
    assert made.spared >= {"Mark"}
    assert made.left("I asked Mark about it.") == ["mark"]


def test_a_word_can_be_hidden_by_hand() -> None:
    assert "Kontobird" not in pseudonyms(hide=("Kontobird",)).of("our Kontobird account, KONTOBIRD!")


def test_a_part_of_a_firms_name_is_one_only_where_it_is_written_large() -> None:
    made = pseudonyms(Known.of([], ["Northern Lifts"]))
    assert made.of("our northern division repairs lifts") == "our northern division repairs lifts"
    told = made.of("Northern said that at Lifts the northern ones use lifts. Lifts are down.")
    assert "Northern" not in told
    assert told.count("ifts") == 2
    assert made.left("Northern and Lifts") == ["lifts", "northern"]


def test_the_check_finds_what_was_not_replaced() -> None:
    text = "Bölke of pemberley pumps, x@old.invalid, +49 30 1234567"
    assert pseudonyms().left(text) == ["+49 30 1234567", "bolke", "pemberley pumps", "x@old.invalid"]


def test_words_that_nobody_vouches_for_are_listed() -> None:
    texts = ["We use Kontobird. Then the Wobbly Bits importer.", "Kontobird, PEMBERLEY Pumps", "May it be."]
    texts += ["we use it, then that"]
    made = pseudonyms()
    assert made.unvouched([made.of(text) for text in texts]) == {"Kontobird": 2, "Wobbly Bits": 1}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Mrs Ingleby,\n\nplease", "Ingleby"),
        ("Hi Ines,\nplease", "Ines"),
        ("Good morning Maud Ingleby,\nplease", "Maud Ingleby"),
        ("Sehr geehrte Frau Müller,\nbitte", "Müller"),
    ],
)
def test_who_is_greeted(text: str, name: str) -> None:
    assert list(greeted(text)) == [name]


@pytest.mark.parametrize("text", ["Hi all,\nplease", "Dear Sir or Madam,", "Export please", "Hello,", ""])
def test_nobody_is_greeted(text: str) -> None:
    assert list(greeted(text)) == []


def test_who_signs_and_for_whom() -> None:
    known = signed("Please.\n\nKind regards\nMaud Ingleby\nCommercial manager, Brightwell Heating")
    assert known == Known.of(["Maud Ingleby"], ["Brightwell Heating"])
    assert signed("Please.\n\nThank you, Wilf Dray").people == {"Wilf Dray"}
    assert signed("Please.\n\nRuben Okafor-Lind").people == {"Ruben Okafor-Lind"}
    assert signed("One line") == Known()


def test_names_from_addresses_titles_and_legal_forms() -> None:
    assert addressed("maud.ingleby@brightwell-heating.example").people == {"Maud Ingleby"}
    assert addressed("info@brightwell-heating.example") == Known.of([], ["Brightwell Heating"])
    assert addressed("maud@gmail.com") == Known.of(["Maud"], [])
    assert list(titled("I spoke to Herr Bölke.")) == ["Bölke"]
    assert list(legal("for Grünhag Kälte GmbH in")) == ["Grünhag Kälte"]


def test_whom_a_subject_names() -> None:
    assert list(headed("Ellery Grid: they want our approval flow")) == ["Ellery Grid"]
    assert list(headed("Quick one (Corvane Turbines)")) == ["Corvane Turbines"]
    assert list(headed("Re: SSO, a simple export (see below)")) == []


def test_every_field_that_names_somebody_is_read() -> None:
    request = Request(
        id="r",
        customer="Osmere Pest",
        asker_name="Dilys Thorne",
        submitter="leonie.marsh@ours.example",
        thread=(Message(sender="Tobin Archer", address="t.archer@ours.example", text="Hi Seraphine,\nyes"),),
        already_said="I told matthias.odell@corvane.example",
    )
    known = named_in(request)
    assert known.people >= {
        "Dilys Thorne",
        "Leonie Marsh",
        "Tobin Archer",
        "Archer",
        "Seraphine",
        "Matthias Odell",
    }
    assert known.firms >= {"Osmere Pest", "Ours", "Corvane"}


names = st.text("abcdefghijklmnopqrstuvwxyzäöüéß", min_size=4, max_size=9).map(str.capitalize)


@given(st.lists(names, min_size=1, max_size=3), names, st.sampled_from([str.upper, str.lower, str.title]))
def test_no_name_survives(person: list[str], firm: str, spell: object) -> None:
    known = Known.of([" ".join(person)], [f"{firm} Pumps"])
    spelled = spell(f"{' '.join(person)} of {firm} pumps, {person[0]}!")  # type: ignore[operator]
    made = pseudonyms(known)
    assert not made.left(made.of(f"We met {spelled}"))


def test_nothing_of_the_sample_companys_mails_is_left(root: Path) -> None:
    """Names that stand in a field, a greeting, a signature or an address, over ten real mails."""
    mails = sorted((root / "knowledge" / "sample" / "inbox").glob("*.eml"))
    requests = [parse_mail(path.read_bytes(), own_domains=frozenset({"fieldhand.example"})) for path in mails]
    known = Known()
    for request in requests:
        known |= named_in(request)
    made = pseudonyms(known)
    text = "\n\n".join(made.of(request.text()) for request in requests)
    assert not made.left(text)
    for name in (
        "Ingleby",
        "Tobin",
        "Seraphine",
        "Castellane",
        "Rosalind",
        "Pemberley",
        "Lowmere",
        "Bölke",
        "Dilys",
    ):
        assert name not in text
