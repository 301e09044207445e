"""Wire options: every client's spelling of a boolean, choices without case, one named fault, unknown names warned."""

import pytest
from marshmallow import Schema

from jobs.actions.schema import Flag, Text, Texts, Word, parse_flag, read_options
from storage.errors import Invalid


class Example(Schema):
    size = Word("1K", "2K", load_default="1K")
    shiny = Flag(load_default=False)
    note = Text(limit=5)
    words = Texts()


@pytest.mark.parametrize("text", ["true", "True", "1", "on", "YES", "y", True])
def test_true_in_any_spelling(text: object) -> None:
    assert parse_flag(text) is True


@pytest.mark.parametrize("text", ["false", "0", "off", "NO", "n", "", False])
def test_false_in_any_spelling(text: object) -> None:
    assert parse_flag(text) is False


def test_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        parse_flag("maybe")


def test_values_are_canonical_and_unknown_names_are_warned_about() -> None:
    read = read_options(Example(), {"size": " 2k ", "shiny": "on", "glow": "1", "action": "x"}, silent=("action",))
    assert read.values == {"size": "2K", "shiny": True}
    assert read.warnings == ("Option 'glow' is not known and was ignored.",)


@pytest.mark.parametrize(
    ("raw", "field", "code"),
    [
        ({"size": "8K"}, "size", "invalid_size"),
        ({"shiny": "maybe"}, "shiny", "invalid_option"),
        ({"note": "too long"}, "note", "invalid_option"),
    ],
)
def test_the_first_fault_is_named(raw: dict[str, str], field: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_options(Example(), raw, codes={"size": "invalid_size"})
    assert (caught.value.field, caught.value.code) == (field, code)


@pytest.mark.parametrize("value", ["a, b", ["a", "b"], {"0": "a", "1": "b"}])
def test_lists_come_as_text_list_or_php_array(value: object) -> None:
    assert read_options(Example(), {"words": value}).values["words"] == ["a", "b"]
