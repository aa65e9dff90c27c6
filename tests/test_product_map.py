"""The product map: tolerant reading, stable ids, and what `map check` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.errors import BadFile
from triage.product_map import MAP_ROLES, ROLES, check_map, map_template, parse_map, read_map, role_of

SMALL = """# Acme map

Acme plans visits.

## Routes in (screens, bulk, API)
- Bulk edit on the list,
  500 at a time
* CSV importer
### Machines
1. Public API
## Known constraints
No query over both regions
<!-- - a comment is no part -->
"""


def test_lines_below_a_heading_are_parts_of_its_role() -> None:
    product_map = parse_map(SMALL)
    assert [part.text for part in product_map.of("route")] == [
        "Bulk edit on the list, 500 at a time",
        "CSV importer",
        "Public API",
    ]
    assert [part.text for part in product_map.of("constraint")] == ["No query over both regions"]
    assert (product_map.title, product_map.summary) == ("Acme map", "Acme plans visits.")


def test_ids_survive_an_edit_of_other_lines() -> None:
    before = {part.text: part.id for part in parse_map(SMALL).parts}
    after = {part.text: part.id for part in parse_map(SMALL.replace("* CSV importer\n", "")).parts}
    assert after.items() <= before.items()


def test_equal_lines_get_different_ids() -> None:
    parts = parse_map("## Volume\n- many\n- many\n").parts
    assert [part.id for part in parts] == ["map:volume:many", "map:volume:many-2"]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Actors & roles", "actor"),
        ("Records and states", "state"),
        ("Entry points", "route"),
        ("Where it shows", "surface"),
        ("Emails and pushes", "message"),
        ("Documents, numbers, money", "document"),
        ("Sign-in", "identity"),
        ("Third-party systems and their limits", "vendor"),
        ("Plans and settings", "variant"),
        ("Legacy data", "old_data"),
        ("Scale", "volume"),
        ("What each feature must also bring", "duty"),
        ("Known limitations", "constraint"),
        ("Weather", ""),
    ],
)
def test_headings_are_matched_tolerantly(heading: str, role: str) -> None:
    assert role_of(heading) == role


def test_each_role_recognises_its_own_heading() -> None:
    assert [role_of(role.heading) for role in MAP_ROLES] == list(ROLES)


def test_the_template_is_an_empty_map_with_all_roles_missing() -> None:
    product_map = parse_map(map_template())
    assert product_map.parts == ()
    said = check_map(product_map)
    assert said[0].startswith("The map has 0 lines")
    assert [line.split(":")[0] for line in said[1:]] == [role.heading for role in MAP_ROLES]


def test_check_names_what_is_thin_unknown_long_and_twice() -> None:
    said = "\n".join(check_map(parse_map(f"## Volume\n- many\n- many\n- {'x' * 300}\n## Weather\n- rain\n")))
    assert "Volume: thin, 3 of at least 4 lines" in said
    assert "not used: Weather: rain" in said
    assert "300 characters long" in said
    assert '"many" is there twice' in said


def test_text_without_a_known_heading_is_refused() -> None:
    with pytest.raises(BadFile, match="none of the expected headings"):
        parse_map("just prose\n", "README.md")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"\xff\xfe\x00", "not UTF-8"), (b"x" * 600_000, "larger")],
)
def test_an_unusable_file_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "map.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=f"map.md.*{message}"):
        read_map(path)
