"""The prompt files: strict variables, two halves, a hash, and customer text inside its blocks only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from triage.analysts.schemas import EstimateAnswer, Form, GapsAnswer, ProposeAnswer, ReadAnswer
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


def test_every_shipped_prompt_ends_with_the_customers_text() -> None:
    prompts = load_prompts()
    for name in STEPS:
        step = getattr(prompts, name)
        assert step.name == name
        assert step.stable.text.startswith(f"# Step: {name}")
        assert "{{schema}}" in step.stable.text
        assert step.material.text.endswith("{{request}}")
        assert "request" not in step.stable.variables


@pytest.mark.parametrize("name", STEPS)
def test_a_prompt_explains_every_field_it_asks_for(name: str) -> None:
    text = getattr(load_prompts(), name).stable.text
    unexplained = {field for field in STEPS[name].model_fields if f"`{field}`" not in text}
    assert unexplained - {"questions"} == set()


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
