"""The prompt files: strict variables, two halves, a hash, and customer text inside its blocks only."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from triage.analysts.schemas import (
    ClearedAnswer,
    EstimateAnswer,
    Form,
    GapsAnswer,
    ProposeAnswer,
    QuestionAnswer,
    ReadAnswer,
)
from triage.domain import Category
from triage.errors import SetupError
from triage.prompts import Prompt, load, load_prompts, split

STEPS = {"read": ReadAnswer, "find_gaps": GapsAnswer, "estimate": EstimateAnswer, "propose": ProposeAnswer}


def test_a_prompt_is_filled_in_one_pass() -> None:
    prompt = Prompt("greeting", "Hello {{who}}, you said {{what}}.", "0" * 12)
    assert prompt.variables == {"who", "what"}
    assert prompt.render(who="Ann", what="{{who}}") == "Hello Ann, you said {{who}}."


def test_a_missing_value_is_named() -> None:
    with pytest.raises(SetupError, match="greeting asks for what, who"):
        Prompt("greeting", "{{who}} {{what}}", "").render()


def test_a_value_without_a_place_is_named() -> None:
    with pytest.raises(SetupError, match="no place for whom"):
        Prompt("greeting", "{{who}}", "").render(who="Ann", whom="Ben")


def test_an_unknown_prompt_and_one_in_three_parts_are_setup_errors(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"prompts/nowhere\.md"):
        load("nowhere", tmp_path)
    (tmp_path / "three.md").write_text("a\n=====\nb\n=====\nc", encoding="utf-8")
    with pytest.raises(SetupError, match="3 parts instead of two"):
        split(load("three", tmp_path))


def test_the_hash_follows_the_file(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("same", encoding="utf-8")
    first = load("one", tmp_path).hash
    assert first == load("one", tmp_path).hash
    (tmp_path / "one.md").write_text("other", encoding="utf-8")
    assert load("one", tmp_path).hash != first
    assert re.fullmatch(r"[0-9a-f]{12}", first)


def test_every_shipped_prompt_has_the_customers_text_last_and_one_line_of_ours_after_it() -> None:
    prompts = load_prompts()
    for name in STEPS:
        step = getattr(prompts, name)
        assert step.name == name
        assert step.stable.text.startswith(f"# Step: {name}")
        assert "{{form}}" in step.stable.text
        closing = step.material.text.partition("{{request}}")[2]
        assert closing.startswith("\n\nThe material ends here.")
        assert "{{" not in closing
        assert "request" not in step.stable.variables


@pytest.mark.parametrize("name", STEPS)
def test_a_prompt_explains_every_field_it_asks_for(name: str) -> None:
    text = getattr(load_prompts(), name).stable.text
    fields = {*STEPS[name].model_fields}
    fields |= set(QuestionAnswer.model_fields) if name == "find_gaps" else set()
    assert not {field for field in fields if f"`{field}`" not in text} - {"question"}


@pytest.mark.parametrize("form", STEPS.values())
def test_the_schema_is_strict_all_the_way_down(form: type[Form]) -> None:
    def objects(node: object) -> list[dict[str, object]]:
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node] if isinstance(node, dict) and node.get("type") == "object" else []
        return own + [found for child in inner for found in objects(child)]

    found = objects(form.json_schema())
    assert found
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])  # type: ignore[call-overload]


def test_the_schema_keeps_fields_that_are_called_like_words_of_the_dialect() -> None:
    question = GapsAnswer.json_schema()["$defs"]["QuestionAnswer"]["properties"]
    assert set(question) >= {"question", "category", "impact", "likelihood"}
    assert set(GapsAnswer.json_schema()["$defs"]["Category"]["enum"]) == set(Category)


@pytest.mark.parametrize("form", STEPS.values())
def test_the_outline_names_every_field_in_the_order_of_the_form(form: type[Form]) -> None:
    outline = form.outline()
    places = [outline.index(f'"{name}": ') for name in form.model_fields]
    assert places == sorted(places)
    assert len(outline) < len(json.dumps(form.json_schema())) / 2
    assert "$" not in outline


def test_the_outline_spells_out_what_may_be_chosen() -> None:
    assert '"verdict": "yes" | "yes_but" | "no"' in ProposeAnswer.outline()
    assert '"no_reason": "architecture" | "roadmap" | null' in ProposeAnswer.outline()
    assert '"impact": 1 | 2 | 3' in GapsAnswer.outline()
    assert '"category": one of the ids above' in GapsAnswer.outline()


@pytest.mark.parametrize("written", ["existing_data", "Existing data", " existing-data "])
def test_a_category_may_be_spelled_as_people_do(written: str) -> None:
    assert ClearedAnswer(category=written, reason="r").category is Category.EXISTING_DATA  # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "meant"), [(2, 2), (9, 3), (-5, 1), (2.4, 2), ("3", 3)])
def test_impact_and_likelihood_end_up_between_one_and_three(said: object, meant: int) -> None:
    item = {"question": "q", "category": "audit", "impact": said, "likelihood": said}
    assert QuestionAnswer.model_validate(item).impact == meant
