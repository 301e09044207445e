"""No text, however hostile, becomes an entry name that leaves its folder, repeats another or cannot be unpacked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.entry_names import MAX_BYTES, EntryNames, is_safe_path, safe_entry_name

HOSTILE = st.text(st.sampled_from('abAé\u0301/\\:.. \t\n\x00\u202e\u200b\u2028COMcon1nul-ﬁ猫😀"*?<>|'), max_size=80)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Käse Brot.PNG", "Käse Brot.PNG"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\Windows\\a.jpg", "C__Windows_a.jpg"),
        ("..", "file"),
        ("", "file"),
        (" .hidden. ", "hidden"),
        ("a\x00b\r\nc.jpg", "ab c.jpg"),
        ("gnp.\u202egpj.exe", "gnp.gpj.exe"),
        ("cafe\u0301.jpg", "café.jpg"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1 .jpg", "_com1 .jpg"),
        ("console.jpg", "console.jpg"),
        ("a....jpg", "a.jpg"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("猫" * 60 + ".jpg", "猫" * 38 + ".jpg"),
    ],
)
def test_examples(text: str, name: str) -> None:
    assert safe_entry_name(text) == name


@given(st.one_of(HOSTILE, st.text()))
@example("a" * 119 + " .b")
@example("\ud800.jpg")
def test_every_name_is_safe_and_stays_as_it_is(text: str) -> None:
    name = safe_entry_name(text)
    assert 0 < len(name.encode()) <= MAX_BYTES
    assert not set(name) & set('/\\:*?"<>|')
    assert ".." not in name and not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert not [c for c in name if unicodedata.category(c)[0] == "C"]
    assert name == unicodedata.normalize("NFC", name)
    assert safe_entry_name(name) == name


@given(st.lists(HOSTILE, max_size=30))
@example(["a.jpg", "A.JPG", "a-2.jpg", "a.jpg", "ß", "SS", "con", "CON"])
@example(["x" * 120, "x" * 121, "x" * 122])
def test_unique_names_are_safe_and_differ_without_case(texts: list[str]) -> None:
    taken = EntryNames()
    names = [taken.take(text) for text in texts]
    assert len({name.casefold() for name in names}) == len(texts)
    assert all(is_safe_path(name) and len(name.encode()) <= MAX_BYTES for name in names)


def test_the_suffix_comes_before_the_ending() -> None:
    names = EntryNames()
    assert [names.take(text) for text in ("a.jpg", "a.jpg", "A.jpg")] == ["a.jpg", "a-2.jpg", "A-3.jpg"]


def test_folders_count_apart() -> None:
    names = EntryNames()
    assert [names.take("a.jpg", "one"), names.take("a.jpg", "two"), names.take("a.jpg", "one")] == [
        "one/a.jpg",
        "two/a.jpg",
        "one/a-2.jpg",
    ]


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "c:a", "a\x00", "a/con/b"])
def test_unsafe_paths(path: str) -> None:
    assert not is_safe_path(path)
