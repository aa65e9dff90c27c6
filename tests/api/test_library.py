"""Looking through past requests and notes."""

from __future__ import annotations

import html
import re

import pytest
from pages_fixtures import NOTE, PAST, field_service_draft, field_service_request
from small_services import SmallServices
from starlette.testclient import TestClient

from triage.domain import Category, Passage, PastRequest, Surprise, Verdict
from triage.intake.accept import accept_request

ID = "r-field00001"


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def found(page: str) -> list[str]:
    """The ids of the past requests listed, in their order."""
    return re.findall(r'<h2><a href="/evidence/past/([^"]+)">', page)


def link(page: str, words: str) -> str:
    """Where the link with these words leads."""
    match = re.search(rf'href="([^"]+)">{words}</a>', page)
    assert match, words
    return html.unescape(match[1])


@pytest.fixture
def history(services: SmallServices) -> None:
    """Sixty past requests; the odd ones are about exports and hid something."""
    for number in range(60):
        odd = number % 2 == 1
        services.knowledge.put_past(
            [
                PastRequest(
                    id=f"h-{number:03}",
                    closed=f"2025-{number // 28 + 1:02}-{number % 28 + 1:02}",
                    customer="Acorn",
                    subject=f"{'Export' if odd else 'Import'} number {number}",
                    kinds=("export" if odd else "import_data",),
                    verdict=Verdict.YES if odd else Verdict.NO,
                    size_days=float(number),
                    outcome="Shipped." if odd else "",
                    surprises=(
                        (Surprise(category=Category.SCALE, question="38,000 rows?", surfaced="2025-03"),)
                        if odd
                        else ()
                    ),
                )
            ]
        )


@pytest.fixture
def cited(services: SmallServices) -> None:
    """The worked example, whose draft cites PAST and NOTE."""
    services.knowledge.put_past([PAST])
    services.knowledge.put_passages(NOTE.path, [NOTE])
    accept_request(services, field_service_request())
    services.store.begin_drafting(ID)
    services.store.save_draft(field_service_draft())


# --- past requests ------------------------------------------------------------------------------


def test_without_a_history_the_page_says_how_to_bring_one_in(voice: TestClient) -> None:
    words = text_of(voice.get("/history").text)
    assert "triage history import past.csv" in words
    assert "Kind of change" not in words


def test_a_past_request_is_listed_with_how_it_ended(voice: TestClient, history: None) -> None:
    page = voice.get("/history").text
    words = text_of(page)
    assert found(page)[:2] == ["h-059", "h-058"]
    for expected in (
        "Past requests 60",
        "Export number 59 yes 59 days Acorn · ended 4 Mar 2025 · export Shipped.",
        "1 thing surfaced later: scale Scale 38,000 rows? Known since Mar 2025.",
    ):
        assert expected in words


def test_older_and_newer_lead_through_all_of_it(voice: TestClient, history: None) -> None:
    page, seen = voice.get("/history").text, list[str]()
    first = found(page)
    while True:
        seen += found(page)
        if ">Older</a>" not in page:
            break
        page = voice.get(link(page, "Older")).text
    assert seen == [f"h-{number:03}" for number in reversed(range(60))]
    back = voice.get(link(voice.get(link(page, "Newer")).text, "Newer")).text
    assert found(back) == first
    assert ">Newer</a>" not in back


def test_filters_stand_in_the_address_and_stay_with_older(voice: TestClient, history: None) -> None:
    page = voice.get("/history?verdict=yes&category=scale&kind=export").text
    assert "30 past requests" in text_of(page)
    assert '<option value="yes" selected>' in page
    older = voice.get(link(page, "Older")).text
    assert [*found(page), *found(older)] == [f"h-{number:03}" for number in reversed(range(1, 60, 2))]
    assert '<option value="scale" selected>' in older


def test_counts_follow_the_history(voice: TestClient, services: SmallServices, history: None) -> None:
    assert "yes (30)" in text_of(voice.get("/history").text)
    services.knowledge.put_past([PastRequest(id="new", subject="New", verdict=Verdict.YES)])
    words = text_of(voice.get("/history").text)
    assert "yes (31)" in words
    assert "Past requests 61" in words


def test_words_find_the_best_matches_and_filters_lie_over_them(voice: TestClient, history: None) -> None:
    page = voice.get("/history?q=import+number+58").text
    assert found(page)[0] == "h-058"
    assert "The 50 best matches for “import number 58”" in text_of(page)
    assert "Nothing matches “rows” with these filters." in text_of(
        voice.get("/history?q=rows&verdict=no").text
    )
    assert set(found(voice.get("/history?q=rows&verdict=yes").text)) <= {
        f"h-{number:03}" for number in range(1, 60, 2)
    }


@pytest.mark.parametrize(
    "query",
    [
        "q=%22%27%29+OR+1%3D1",
        "verdict=maybe&kind=%00",
        "below=x&above=%7E",
        "below=%7E%7E",
        "q=" + "x" * 5000,
    ],
)
def test_nothing_in_the_address_breaks_the_page(voice: TestClient, history: None, query: str) -> None:
    assert voice.get(f"/history?{query}").status_code == 200


def test_an_empty_search_says_what_to_do(voice: TestClient, history: None) -> None:
    assert "Nothing matches “zebra”." in text_of(voice.get("/history?q=zebra").text)
    nothing = text_of(voice.get("/history?verdict=yes_but").text)
    assert "Nothing fits with these filters." in nothing
    assert "see all 60" in nothing


def test_archived_and_confidential_ones_are_not_there(voice: TestClient, services: SmallServices) -> None:
    for name, value in (("archived", True), ("label", "board")):
        services.knowledge.put_past([PAST.model_copy(update={"id": name, name: value})])
        assert voice.get(f"/evidence/past/{name}").status_code == 404
        assert name not in found(voice.get("/history?q=signature").text)
    assert "No past request yet." in text_of(voice.get("/history").text)


def test_a_past_request_says_who_cites_it(voice: TestClient, services: SmallServices, cited: None) -> None:
    page = voice.get(f"/evidence/past/{PAST.id}").text
    words = text_of(page)
    for expected in (
        "14 days",
        "shipped three weeks late",
        "Workflow Orders closed through the importer were never signed. Known since Nov 2025.",
        "Used by 1 draft, cited in 1",
        "Managers approve job reports before the invoice goes out",
        "in review",
    ):
        assert expected in words
    assert f'href="/review/{ID}"' in page
    assert "The answer we gave" not in words


def test_one_of_our_own_leads_to_the_answer_we_gave(
    voice: TestClient, services: SmallServices, cited: None
) -> None:
    services.store.remember(PastRequest(id=ID, subject="Managers approve", verdict=Verdict.YES))
    page = voice.get(f"/evidence/past/{ID}").text
    assert link(page, "The answer we gave") == f"/requests/{ID}"
    assert "not known yet" in text_of(page)


# --- notes --------------------------------------------------------------------------------------


def passage(path: str, heading: str, **fields: object) -> Passage:
    """One passage of a note."""
    values = {"id": f"{path}#{heading}", "path": path, "title": f"{path[:-3].title()} › {heading}"}
    return Passage.model_validate(
        {**values, "text": f"All about {heading}.", "updated": "2026-11-01", **fields}
    )


def test_without_notes_the_page_says_how_to_bring_them_in(voice: TestClient) -> None:
    assert "triage notes index FOLDER" in text_of(voice.get("/notes").text)


def test_notes_come_most_cited_first_and_say_why_they_may_no_longer_hold(
    voice: TestClient, services: SmallServices, cited: None
) -> None:
    services.knowledge.put_passages(
        "accounts.md", [passage("accounts.md", "roles"), passage("accounts.md", "teams", superseded=True)]
    )
    services.knowledge.put_passages("printing.md", [passage("printing.md", "queue", updated="2020-01-01")])
    page = voice.get("/notes").text
    words = text_of(page)
    assert re.findall(r"<code>(\S+\.md)</code>", page) == [NOTE.path, "accounts.md", "printing.md"]
    assert "cited in 1 draft, shown in 1, last" in words
    assert "1 of 2 passages superseded" in words
    assert "Read printing.md again" in words
    assert "May no longer hold 2" in words
    assert "accounts.md" not in text_of(voice.get("/notes?q=queue").text)
    stale = voice.get("/notes?show=stale").text
    assert re.findall(r"<code>(\S+\.md)</code>", stale) == ["accounts.md", "printing.md"]
    assert NOTE.path not in voice.get("/notes?show=unused").text


def test_notes_come_in_pages(voice: TestClient, services: SmallServices) -> None:
    for number in range(41):
        path = f"note{number:02}.md"
        services.knowledge.put_passages(path, [passage(path, "one")])
    first = voice.get("/notes").text
    assert "Page 1 of 2" in text_of(first)
    second = voice.get(link(first, "After")).text
    assert re.findall(r"<code>(\S+\.md)</code>", second) == ["note40.md"]
    assert voice.get("/notes?page=-9").text.count("note00.md") == first.count("note00.md")
    assert "Page 2 of 2" in text_of(voice.get("/notes?page=99").text)


def test_a_search_without_a_match_and_an_empty_choice_say_so(
    voice: TestClient, services: SmallServices, cited: None
) -> None:
    assert "No passage matches “zebra”" in text_of(voice.get("/notes?q=zebra").text)
    assert "Every note is used" in text_of(voice.get("/notes?show=unused").text)
    assert "No note is old" in text_of(voice.get("/notes?show=stale").text)


def test_a_passage_is_shown_in_its_note(voice: TestClient, services: SmallServices, cited: None) -> None:
    other = NOTE.model_copy(update={"id": f"{NOTE.path}#credit", "title": "Invoicing › Credit notes"})
    services.knowledge.put_passages(NOTE.path, [NOTE, other])
    page = voice.get("/evidence/notes/notes/invoicing.md%23draft-run").text
    words = text_of(page)
    assert page.count('id="passage"') == 1
    assert "Draft run in 1 draft" in words
    assert "Used by 1 draft, cited in 1" in words
    assert link(page, "Credit notes") == "/evidence/notes/notes/invoicing.md%23credit#passage"


def test_a_confidential_note_is_not_there(voice: TestClient, services: SmallServices) -> None:
    services.knowledge.put_passages(NOTE.path, [NOTE.model_copy(update={"label": "board"})])
    assert "No note yet." in text_of(voice.get("/notes").text)
    assert voice.get("/evidence/notes/notes/invoicing.md%23draft-run").status_code == 404


@pytest.mark.parametrize("path", ["/history", "/notes", "/settings"])
def test_none_of_it_is_for_submitters(sales: TestClient, client: TestClient, path: str) -> None:
    assert sales.get(path).status_code == 403
    assert client.get(path, headers={"Accept": "text/html"}).headers["location"].startswith("/sign-in")
