"""Lettering: shaped, ordered, broken and fitted as its script wants, and never brought down by a text."""

import unicodedata

import numpy as np
import pytest

from jobs.imaging.typesetting.breaking import stretches
from jobs.imaging.typesetting.cleaning import capitals, clean, shortened
from jobs.imaging.typesetting.drawing import coverage, draw, ink_box, place
from jobs.imaging.typesetting.faces import FAMILIES, VOICES, Face, covers, file_of, sized
from jobs.imaging.typesetting.fitting import fit
from jobs.imaging.typesetting.phrases import languages, phrases, poster_default, spoken
from jobs.imaging.typesetting.runs import Lettering, is_rtl, known, measured, set_line
from jobs.imaging.typesetting.voices import voice_for
from jobs.imaging.typesetting.writing import levels, visual_order

TEXT = Lettering("grotesque", 400)
HOSTILE = {
    "long": "word " * 2000,
    "one word": "x" * 10_000,
    "controls": "a\x00b\x07c\x1b[31mred\x7f",
    "overrides": "safe\u202etxt.exe\u2066\u2069\u200f",
    "marks": "Z" + "\u0301\u0302\u0303" * 400 + "algo",
    "emoji": "Fresh 🍋🔥 juice 👩🏽‍🚀",
    "surrogates": "a\ud800b\udfffc",
    "private": "\ue000\uf8ff\U0010ffff text",
    "mixed": "שלום hello 123 مرحبا 漢字 สวัสดี नमस्ते",
    "blank": " \n\t \u00a0\u2003 ",
    "lines": "\n" * 500 + "end",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_typeface_is_installed(family: str) -> None:
    path = file_of(Face(family, 400))
    assert path is not None
    assert sized(Face(family, 700), 40).getlength("Ag1") > 20


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks_every_language(voice: str) -> None:
    """No phrase of any language needs a character that the voice's families lack."""
    for language, words in languages().items():
        for text in words.values():
            bare = [c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"]
            assert all(any(covers(family, c) for family in VOICES[voice]) for c in bare), (language, text)


def test_every_language_is_complete() -> None:
    names = set(languages()["en"])
    assert len(languages()) >= 30
    for language, words in languages().items():
        assert set(words) == names and all(text.strip() for text in words.values()), language


def test_language_tags_find_their_language() -> None:
    assert [spoken(tag) for tag in ("pt_BR", "zh-TW", "zh", "EN-us", "no", "xx")] == [
        "pt-BR", "zh-Hant", "zh-Hans", "en", "nb", None,
    ]  # fmt: skip
    assert phrases("xx") == phrases("en")
    assert poster_default("New Launch", "de") == ("Neu", "Jetzt kaufen")


def test_arabic_letters_are_joined() -> None:
    """The word is shaped: narrower than its letters one by one, and drawn otherwise."""
    face = Face("Noto Sans Arabic", 400)
    word = "مرحبا بكم"
    together, _ = measured(word, face, True, "ar", 0.0)
    alone = sum(measured(letter, face, True, "ar", 0.0)[0] for letter in word)
    assert together < 0.8 * alone


def test_latin_is_kerned() -> None:
    face = Face("Inter", 400)
    assert measured("AV", face, False, "en", 0.0)[0] < sum(measured(c, face, False, "en", 0.0)[0] for c in "AV") - 0.02


def test_han_takes_the_forms_of_its_language() -> None:
    def drawn(language: str) -> bytes:
        block = fit("直骨", Lettering("grotesque", 700, language=language), 200, 100, (60, 60), 1)
        return coverage(place(block, 5, 5, 190))[0].tobytes()

    assert len({drawn(language) for language in ("ja", "zh-Hans", "zh-Hant", "ko")}) >= 3


@pytest.mark.parametrize(
    ("name", "codec", "pages"),
    [
        ("gb2312", "gb2312", range(0xB0, 0xF8)),
        ("jis", "euc_jp", range(0xB0, 0xF5)),
        ("ks", "euc_kr", range(0xB0, 0xC9)),
    ],
)
def test_common_characters_of_east_asia_are_there(name: str, codec: str, pages: range) -> None:
    letters = [bytes([high, low]).decode(codec, "ignore") for high in pages for low in range(0xA1, 0xFF)]
    missing = [letter for letter in letters if letter and not covers("Noto Sans CJK", letter)]
    assert len(letters) > 2000 and missing == []


def test_mixed_directions_are_ordered_for_the_eye() -> None:
    text = "אבג 123 abc"
    assert levels(text, rtl=True) == [1, 1, 1, 1, 2, 2, 2, 1, 2, 2, 2]
    assert visual_order([1, 2, 1, 2]) == [3, 2, 1, 0]
    line = set_line("קולקציה Saleor 2026", Lettering("grotesque", 400, language="he"), True)
    seen = [run.text.strip() for run in line.runs if run.text.strip()]
    assert seen[-1].startswith("קולקציה") and "Saleor" in "".join(seen)
    assert is_rtl("עברית and English", "he") and not is_rtl("English only", "he")


def test_lines_end_where_the_script_allows() -> None:
    pieces = [piece.text for piece in stretches("「新しい」夏。コレクション")]
    assert all(not piece.startswith(("」", "。", "ョ", "ン")) and not piece.endswith("「") for piece in pieces)
    assert "コレクション" in pieces
    assert [piece.text for piece in stretches("only 500 ml today")] == ["only", "500\xa0ml", "today"]


def test_no_widow_where_it_can_be_helped() -> None:
    text = "Cushioned soles that carry you further every single day of the week"
    for width in range(220, 700, 40):
        lines = fit(text, TEXT, width, 400, (18, 30), 6).lines
        if len(lines) > 1:
            assert len(lines[-1].text.split()) >= 2, (width, [line.text for line in lines])


def test_lines_are_even() -> None:
    block = fit("Made for the long way home and back again", TEXT, 400, 300, (20, 60), 4)
    widths = [line.ink[2] - line.ink[0] for line in block.lines]
    assert len(widths) > 1 and min(widths) > 0.6 * max(widths)


def test_a_block_stays_in_its_box_and_ink_is_where_it_says() -> None:
    for language, text in (("en", "Typography, gently"), ("ar", "الراحة تبدأ من هنا"), ("hi", "नया संग्रह अब उपलब्ध")):
        block = fit(text, Lettering("editorial", 600, 1.0, 0.02, language=language), 300, 160, (10, 90), 3)
        assert block.width <= 300.5 and block.height <= 160.5
        canvas = np.full((200, 340, 3), 255, np.uint8)
        box = draw(canvas, place(block, 20, 20, 300), (0, 0, 0))
        ys, xs = np.nonzero(canvas.min(axis=2) < 128)
        assert box[0] - 2 <= xs.min() and xs.max() <= box[2] + 2 and box[1] - 2 <= ys.min() and ys.max() <= box[3] + 2
        assert xs.min() >= 18 and xs.max() <= 322


def test_sizes_scale_without_another_break() -> None:
    """1K, 2K and 4K of one layout have the same lines."""
    blocks = [fit("Made for the long way home", TEXT, 300 * k, 200 * k, (10 * k, 60 * k), 4) for k in (1, 2, 4)]
    assert len({tuple(line.text for line in block.lines) for block in blocks}) == 1
    assert blocks[2].size == pytest.approx(4 * blocks[0].size, rel=1e-6)


def test_too_long_a_text_is_shortened_and_says_so() -> None:
    block = fit("word " * 200, TEXT, 200, 60, (14, 20), 2)
    assert block.short and block.lines[-1].text.endswith("…") and block.height <= 60.5


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_neither_crash_nor_hang(name: str) -> None:
    found = clean(HOSTILE[name], known, 600)
    assert len(found.text) <= 600
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in found.text)
    assert not any(c in found.text for c in "\u202e\u2066\u2069\u200f\x00")
    if found.text:
        block = fit(found.text, Lettering("poster", 700, upper=True), 300, 200, (8, 80), 4)
        cover, _ = coverage(place(block, 10, 10, 300))
        assert cover.max() > 0.2 and block.width <= 300.5


def test_cleaning_keeps_what_is_meant() -> None:
    assert clean("Fresh 🍋 juice", known).text == "Fresh juice"
    assert clean("Fresh 🍋 juice", known).dropped == ("🍋",)
    assert clean("l'été", known, language="fr").text == "l’été"
    assert clean("Soldes !", known, language="fr").text == "Soldes\xa0!"
    assert clean("می‌خواهم", known, language="fa").text == "می‌خواهم"
    assert shortened("one two three four", 12) == "one two…"


def test_capitals_follow_the_language() -> None:
    assert capitals("istanbul ışık", "tr") == "İSTANBUL IŞIK"
    assert capitals("Νέα συλλογή", "el") == "ΝΕΑ ΣΥΛΛΟΓΗ"


def test_a_font_by_any_name() -> None:
    named = {"Futura": "modernist", "Helvetica Neue": "grotesque", "Playfair Display": "editorial", "Wingdings": None}
    assert {name: voice_for(name) for name in named} == named
    assert voice_for("sans-serif") == "grotesque" and voice_for("a classic serif") == "bookish"


def test_drawing_twice_gives_the_same_pixels() -> None:
    block = fit("Twice the same", Lettering("didone", 500, tracking=0.1), 300, 80, (10, 40), 2)
    first, second = (coverage(place(block, 3.3, 4.7, 300))[0] for _ in range(2))
    assert np.array_equal(first, second) and ink_box(place(block, 3.3, 4.7, 300))[0] >= 3
