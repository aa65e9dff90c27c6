"""Values of other systems as fields, and the table that says where they stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.bootstrap import open_services
from triage.doctor import CHECKS, Severity
from triage.domain import Channel, FromRole
from triage.errors import BadInput, SetupError
from triage.intake.limits import MAX_TEXT
from triage.intake.providers.fields import ReadFields, read_fields
from triage.intake.providers.mapping import (
    FIELDS,
    MAPPED,
    FieldMap,
    check_field_map,
    load_field_map,
    value_at,
)
from triage.settings import Settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def read(**values: object) -> ReadFields:
    return read_fields({"subject": "Export", **values}, channel=Channel.CRM, from_role=FromRole.SALES)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        (48000, 48000.0),
        (48000.5, 48000.5),
        ("48000.0", 48000.0),
        ("1234.567", 1234.567),  # no group of three: a program's decimals
        ("48.000", 48000.0),
        ("48.000,50 €", 48000.5),
        ("48,000", 48000.0),
        ("1.2m USD", 1_200_000.0),
        (0, 0.0),
    ],
)
def test_an_amount_is_read_as_programs_and_as_people_write_it(said: object, amount: float) -> None:
    assert read(deal_value=said, deal_currency="EUR").fields.deal_value == amount


@pytest.mark.parametrize("said", ["lots", "-5", -5, "-", "1e99", 1e13, float("nan"), float("inf")])
def test_an_amount_that_is_none_is_left_out_and_said(said: object) -> None:
    found = read(deal_value=said)
    assert found.fields.deal_value is None
    assert "deal value" in found.defects[0]
    assert "left out" in found.defects[0]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-15", date(2026, 12, 15)),
        ("2026-12-15T23:30:00.000+0000", date(2026, 12, 15)),
        ("15.12.2026", date(2026, 12, 15)),
        ("December 15, 2026", date(2026, 12, 15)),
        (1797292800000, date(2026, 12, 15)),
        ("1797292800000", date(2026, 12, 15)),
        (1797292800, date(2026, 12, 15)),
        (1797292800.0, date(2026, 12, 15)),
    ],
)
def test_a_day_is_read_from_texts_and_unix_times(said: object, day: date) -> None:
    assert read(need_by=said).fields.need_by == day


@pytest.mark.parametrize(
    "said", ["soon", "03/04/2026", "2026-02-31", 99999999999999, 5, "0000-00-00", "1899-12-31"]
)
def test_a_day_that_cannot_be_told_is_left_out_and_said(said: object) -> None:
    found = read(need_by=said)
    assert found.fields.need_by is None
    assert str(said) in found.defects[0]


def test_a_currency_beside_the_amount_counts_and_a_missing_one_is_said() -> None:
    assert read(deal_value="48.000 CHF").fields.deal_currency == "CHF"
    assert read(deal_value=5, deal_currency="£").fields.deal_currency == "GBP"
    assumed = read(deal_value=5)
    assert (assumed.fields.deal_currency, len(assumed.defects)) == ("EUR", 1)
    assert read(deal_value=5, deal_currency="dollars of some kind").defects


def test_markup_becomes_words_and_a_comparison_stays() -> None:
    assert read(body="<p>One</p><p>Two &amp; three</p>").fields.body.split() == ["One", "Two", "&", "three"]
    assert read(body="if a < b and b > c").fields.body == "if a < b and b > c"


def test_an_address_may_have_a_name_and_must_be_one() -> None:
    assert read(submitter="Sam Sales <Sam@Ours.example>").fields.submitter == "sam@ours.example"
    found = read(submitter="41629779", asker_address="nobody")
    assert (found.fields.submitter, found.fields.asker_address, len(found.defects)) == ("", "", 2)


def test_a_long_text_is_cut_and_the_rest_said() -> None:
    found = read(body="x" * (MAX_TEXT + 1))
    assert len(found.fields.body) == MAX_TEXT
    assert f"{MAX_TEXT + 1:,}" in found.defects[0]


def test_a_record_without_words_is_refused() -> None:
    with pytest.raises(BadInput, match="are empty"):
        read_fields({"customer": "Acorn"}, channel=Channel.CRM, from_role=FromRole.SALES)


@given(
    values=st.dictionaries(st.sampled_from(FIELDS[:12]), st.text() | st.integers() | st.floats(), max_size=12)
)
def test_no_value_can_cost_the_request(values: dict[str, object]) -> None:
    found = read_fields({**values, "subject": "Export"}, channel=Channel.CRM, from_role=FromRole.SALES)
    assert found.fields.subject == "Export"


def test_the_first_path_with_a_value_wins() -> None:
    table = FieldMap({"body": ("a.b", "list.1.text", "flat.name", "=constant")})
    assert table.read({"a": {"b": "first"}}).values == {"body": "first"}
    assert table.read({"a": {"b": " "}, "list": [{}, {"text": "second"}]}).values == {"body": "second"}
    assert table.read({"a": [], "flat.name": 3}).values == {"body": 3}
    assert table.read(None).values == {"body": "constant"}
    assert table.read({"a": {"b": ["one", 2, None, {}]}}).values == {"body": "one, 2"}


def test_a_link_to_the_record_must_be_one() -> None:
    table = FieldMap({"source_url": ("url",), "source_id": ("id",)})
    assert table.read({"url": "javascript:alert(1)", "id": 5}).source_url == ""
    assert table.read({"url": "https://crm.example.com/5", "id": 5}).source_id == "5"
    assert table.read({"url": "crm.example.com/tickets/5"}).source_url == "https://crm.example.com/tickets/5"
    assert table.read({"url": "data:text/html,x/y"}).source_url == ""


@given(payload=JSON, path=st.text(max_size=30) | st.sampled_from(["a.b", "0.1", "....", "-1"]))
def test_no_path_into_any_payload_raises(payload: object, path: str) -> None:
    value_at(payload, path)
    FieldMap({"body": (path,)}).read(payload)


@pytest.mark.parametrize("provider", MAPPED)
def test_every_shipped_map_is_one_and_fills_subject_and_body(provider: str, tmp_path: Path) -> None:
    table = load_field_map(provider, None)
    assert {"subject", "body", "need_by", "need_by_reason", "already_said", "submitter"} <= table.paths.keys()
    shipped = Path(load_field_map.__code__.co_filename).parent / provider / "fields.yaml"
    lines = [f"  {line}" for line in shipped.read_text(encoding="utf-8").splitlines()]
    whole = tmp_path / "map.yaml"
    whole.write_text("\n".join([f"{provider}:", *lines]), encoding="utf-8")
    assert check_field_map(whole) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("map.yaml", 'hubspot:\n  need_by: properties.deadline\n  deal_currency: "=CHF"\n  customer: []\n'),
        ("map.toml", '[hubspot]\nneed_by = "properties.deadline"\ndeal_currency = "=CHF"\ncustomer = []\n'),
    ],
)
def test_own_entries_replace_the_shipped_ones(tmp_path: Path, name: str, text: str) -> None:
    own = tmp_path / name
    own.write_text(text, encoding="utf-8")
    table = load_field_map("hubspot", own)
    payload = {"properties": {"deadline": "2027-01-31", "triage_need_by": "2026-01-01", "company": "Acorn"}}
    values = table.read(payload).values
    assert (values["need_by"], values["deal_currency"], values.get("customer")) == (
        "2027-01-31",
        "CHF",
        None,
    )
    assert table.paths["body"] == load_field_map("hubspot", None).paths["body"]
    assert load_field_map("front", own) == load_field_map("front", None)


@pytest.mark.parametrize(
    ("name", "text", "line", "what", "remedy"),
    [
        ("m.yaml", "hubspot:\n  need_by: x\n  amout: y\n", 3, "amout is no field", "There are subject"),
        ("m.yaml", "hubspot:\n  need_bye: y\n", 2, "need_bye is no field", "Did you mean need_by"),
        ("m.yaml", "salesfroce:\n  body: x\n", 1, "salesfroce has no", "Did you mean salesforce"),
        ("m.yaml", "hubspot:\n  body: 3\n", 2, "body needs a path", "Write for example"),
        ("m.yaml", "hubspot:\n  body: [x\n", 3, "not valid YAML", "Correct the line"),
        ("m.yaml", "- hubspot\n", 1, "no table of providers", "hubspot:"),
        ("m.yaml", "", 0, "empty", "hubspot:"),
        ("m.yaml", "front: []\n", 1, "no table of fields", "need_by"),
        ("m.toml", "[hubspot]\nneed_by = 'x'\namout = 'y'\n", 3, "amout is no field", "There are subject"),
        ("m.toml", "[hubspot]\nneed_by = \n", 2, "not valid TOML", "Correct the line"),
    ],
)
def test_what_is_wrong_with_a_map_is_said_with_line_and_remedy(
    tmp_path: Path, name: str, text: str, line: int, what: str, remedy: str
) -> None:
    own = tmp_path / name
    own.write_text(text, encoding="utf-8")
    problems = check_field_map(own)
    assert [problem.line for problem in problems] == [line]
    assert what in problems[0].what
    assert remedy in problems[0].remedy
    with pytest.raises(SetupError, match="field map"):
        load_field_map("hubspot", own)


def test_a_map_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        load_field_map("hubspot", tmp_path / "none.yaml")


def test_the_doctor_lists_what_is_wrong_with_a_map(tmp_path: Path) -> None:
    look = next(check.look for check in CHECKS if check.name == "field map")
    own = tmp_path / "map.yaml"
    own.write_text("hubspot:\n  amout: x\nfront:\n  bodi: y\n", encoding="utf-8")
    found = list(look(Settings(field_map=own, _env_file=None)))
    assert [(each.severity, each.place) for each in found] == [
        (Severity.PROBLEM, f"{own}:2"),
        (Severity.PROBLEM, f"{own}:4"),
    ]
    assert [each.severity for each in look(Settings(_env_file=None))] == [Severity.OK]


def test_a_broken_map_stops_the_service_at_start(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("hubspot: 1\n", encoding="utf-8")
    settings = Settings(field_map=tmp_path / "map.yaml", data_dir=tmp_path / "data", _env_file=None)
    with pytest.raises(SetupError, match="field map"):
        open_services(settings, worker=False)
    assert not (tmp_path / "data").exists()
