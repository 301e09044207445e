"""What ad-poster and ecommerce-detail read from their options, and what they say about what they cannot do."""

import pytest

from jobs.actions.ad_poster import ACTION as POSTER
from jobs.actions.ad_poster import order_of
from jobs.actions.detail_words import colour_in, panel_kind, words_of
from jobs.actions.ecommerce_detail import ACTION as DETAIL
from jobs.actions.ecommerce_detail import canvas_of, theme_of
from jobs.imaging.panels.dossier import View
from storage.errors import Invalid
from tests.unit.jobs.imaging.test_posters import product


def ordered(**options: object):  # type: ignore[no-untyped-def]
    warned: list[str] = []
    return order_of(POSTER.parse(options, 1).values, product(), None, warned), warned


def worded(**options: object):  # type: ignore[no-untyped-def]
    warned: list[str] = []
    read = DETAIL.parse(options, 1).values
    return words_of(read, 0.6, None, warned), read, warned


def test_a_poster_needs_no_option() -> None:
    order, warned = ordered()
    assert order.copy.headline == "Discover" and order.copy.cta == "Shop now" and order.size == (1024, 1024)
    assert any("No text was given" in sentence for sentence in warned)


def test_a_poster_says_only_what_it_was_told() -> None:
    order, warned = ordered(headline="Run", purpose="Black Friday", style="Tech Sleek")
    assert (order.copy.subline, order.copy.cta, order.copy.badge, order.copy.price) == ("", "", "", "")
    assert order.look.id == "tech-sleek" and order.look.badge == "tag" and warned == []


def test_a_poster_tells_what_it_ignored() -> None:
    _, warned = ordered(headline="Run 🔥", font="Wingdings", brand_color="of joy", style="xyzzy", cta="c" * 200)
    said = " ".join(warned)
    assert all(word in said for word in ("🔥", "Wingdings", "brand_color", "xyzzy", "cta"))
    assert POSTER.parse({"headline": "a", "sparkle": "1"}, 1).warnings == (
        "Option 'sparkle' is not known and was ignored.",
    )


def test_a_posters_colours_and_font_are_the_clients() -> None:
    order, _ = ordered(headline="Run", brand_color="#112233", accent_color="gold", font="Playfair Display")
    assert order.palette.brand == (17, 34, 51) and order.palette.accent == (255, 215, 0)
    assert order.look.voice == "editorial"


@pytest.mark.parametrize("options", [{"text_position": "somewhere"}, {"language": "<b>"}, {"headline": "x" * 2001}])
def test_a_poster_refuses_what_makes_no_sense(options: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        POSTER.parse(options, 1)


def test_a_sheets_lists_come_in_any_form() -> None:
    words, _, _ = worded(features="- One\n- Two", specs={"Weight": "3 kg"}, whats_in_box=["a", "b"], how_to_use="x; y")
    assert words.features == ("One", "Two") and words.specs == (("Weight", "3 kg"),)
    assert words.box == ("a", "b") and words.steps == ("x", "y")


def test_a_sheet_is_told_in_its_market() -> None:
    words, _, _ = worded(country="United States of America", size_text="30 x 20 cm", price="19.9", language="en")
    assert words.units == "imperial" and words.price == "$19.90"
    assert {extent.label for extent in words.sizes} == {"7.9\xa0in", "11.8\xa0in"}
    words, _, warned = worded(language="tlh", currency="EUR", size_text="big")
    assert words.language == "en" and len(warned) == 3


def test_a_long_page_says_that_the_ratio_has_no_effect() -> None:
    warned: list[str] = []
    assert canvas_of(DETAIL.parse({"layout": "1x8"}, 1).values, warned) == ((1024, 6144), "1x8")
    assert warned


def test_themes_name_colours_and_panels_have_many_names() -> None:
    assert colour_in("a calm world in sage and linen") == (178, 190, 165)
    assert colour_in("clean white studio") is None
    named = {"material close-up": "closeup", "what's in the box": "box", "CTA": "closing", "juggling": None}
    assert {text: panel_kind(text) for text in named} == named


def test_wishes_about_type_are_met_or_told() -> None:
    subject = product()
    words, read, warned = worded(platform="Amazon", additional_requirements="large bold serif type")
    theme = theme_of(read, View(subject.foreground, subject), words)
    assert theme.strict and not theme.calls and theme.text_scale > 1 and theme.look.voice == "bookish"
    words, read, warned = worded(additional_requirements="please dance")
    theme_of(read, View(subject.foreground, subject), words)
    assert any("additional_requirements" in sentence for sentence in warned)
