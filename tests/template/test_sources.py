"""The template is what its sources say, and a slip in them is found."""

from typing import Any

import pytest

from infra.template import generate

PATTERNS: dict[str, Any] = {
    "Queue": {
        "Defaults": {"Delay": None, "Of": "<kebab>"},
        "<Name>Queue": {
            "Type": "AWS::SQS::Queue",
            "Delay": "<Delay>",
            "Age": "<Age>",
            "Text": "<Of>, <snake>",
            "Arn": generate.Tagged("GetAtt", "<Name>Queue.Arn"),
        },
    },
    "Pair": {
        "<Name>": {"Type": "Queue", "<rest>": None},
        "Parts": {"Items": ["first", "<Items>", "last"], "Fixed": 1, "<More>": None},
    },
}


@pytest.mark.parametrize("target", generate.SOURCES)
def test_written_file_when_it_is_rendered_again_then_nothing_changes(target: str) -> None:
    assert (generate.ROOT / target).read_text(encoding="utf-8") == generate.render(target), "run `make template`"


def test_sources_when_counted_then_each_is_used() -> None:
    used = {name for names in generate.SOURCES.values() for name in names} | {"patterns"}
    assert {path.stem for path in generate.FOLDER.glob("*.yaml")} == used


def test_pattern_when_an_entry_uses_it_then_words_stand_for_its_attributes() -> None:
    assert generate.expand({"OrderApi": {"Type": "Queue", "Age": 60}}, PATTERNS) == {
        "OrderApiQueue": {
            "Type": "AWS::SQS::Queue",
            "Age": 60,
            "Text": "order-api, order_api",
            "Arn": generate.Tagged("GetAtt", "OrderApiQueue.Arn"),
        }
    }


def test_pattern_when_it_uses_another_then_both_are_filled_in() -> None:
    entry = {"Type": "Pair", "Items": ["a", "b"], "More": {"Also": 2}, "Age": 5, "Of": "x"}

    made = generate.expand({"Var": entry}, PATTERNS)

    assert made["Parts"] == {"Items": ["first", "a", "b", "last"], "Fixed": 1, "Also": 2}
    assert (made["VarQueue"]["Age"], made["VarQueue"]["Text"]) == (5, "x, var")


@pytest.mark.parametrize(
    ("entries", "error", "said"),
    [
        ({"Var": {"Type": "Queue", "Age": 1, "Agee": 2}}, ValueError, "Var: Queue has no .*Agee"),
        ({"Var": {"Type": "Queue"}}, KeyError, "Age"),
        ({"Var": {"Type": "Queue", "Age": 1}, "VarQueue": {"Type": "AWS::SQS::Queue"}}, ValueError, "twice.*VarQueue"),
    ],
)
def test_source_when_it_has_a_slip_then_it_is_refused(
    entries: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        generate.expand(entries, PATTERNS)


def test_written_file_when_read_then_no_word_of_a_pattern_is_left() -> None:
    for target in generate.SOURCES:
        assert not generate.PLACEHOLDER.findall((generate.ROOT / target).read_text(encoding="utf-8"))
