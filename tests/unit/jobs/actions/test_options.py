"""What each action makes of its options: defaults, contradictions, and honest warnings about what is not made."""

from typing import Any

import pytest

from jobs.actions import CATALOGUE, find_action
from jobs.actions.clipart import read_watermark
from jobs.actions.slugs import slug
from storage.errors import Invalid, Unavailable
from storage.model import Dialect

POSTER = CATALOGUE[(Dialect.PRINT, "poster")]
UPSCALE = CATALOGUE[(Dialect.PRINT, "upscale")]
BG_REMOVE = CATALOGUE[(Dialect.STUDIO, "bg-remove")]


def test_every_action_runs_with_no_options_at_all() -> None:
    for action in CATALOGUE.values():
        options = action.parse({}, 1)
        assert action.quote(options.values, 1).total(1) > 0


def test_an_action_to_come_is_told_apart_from_an_unknown_one() -> None:
    with pytest.raises(Unavailable) as coming:
        find_action(Dialect.STUDIO, "model")
    assert coming.value.code == "action_unavailable"
    with pytest.raises(Invalid) as unknown:
        find_action(Dialect.STUDIO, "teleport")
    assert unknown.value.code == "unsupported_action"


@pytest.mark.parametrize(
    ("raw", "size", "orientation"),
    [
        ({}, "24x36", "auto"),
        ({"size": "18×24 in"}, "18x24", "auto"),
        ({"size": "36x24"}, "24x36", "landscape"),
        ({"ratio": "3:4"}, "18x24", "auto"),
        ({"ratio": "ISO"}, "a1", "auto"),
        ({"size": "A3", "orientation": "portrait"}, "a3", "portrait"),
    ],
)
def test_poster_sizes(raw: dict[str, str], size: str, orientation: str) -> None:
    values = POSTER.parse(raw, 1).values
    assert (values["size"], values["orientation"]) == (size, orientation)


@pytest.mark.parametrize("raw", [{"size": "7x9"}, {"size": "a1", "ratio": "2:3"}, {"bleed_in": "2"}])
def test_poster_faults_are_named(raw: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        POSTER.parse(raw, 1)
    assert caught.value.code == "invalid_option"


def test_listing_texts_that_nothing_uses_yet_are_named() -> None:
    given = {"keywords": "sea, dunes", "shop_name": "Sea", "shipping_profile_id": "7", "title": "Dunes"}
    [upscale] = UPSCALE.parse(given, 1).warnings
    assert upscale.endswith(": keywords, shop_name, shipping_profile_id.")
    clipart = CATALOGUE[(Dialect.PRINT, "clipart")].parse(given, 1).warnings
    assert clipart[-1].endswith(": keywords, shipping_profile_id.")
    assert UPSCALE.parse({"title": "Dunes", "keywords": ""}, 1).warnings == ()


@pytest.mark.parametrize("name", ["clipart", "upscale"])
def test_only_sheets_can_be_turned(name: str) -> None:
    warnings = CATALOGUE[(Dialect.PRINT, name)].parse({"orientation": "landscape"}, 1).warnings
    assert any("'orientation' is not known" in warning for warning in warnings)


def test_what_is_promised_but_not_made_yet_is_said() -> None:
    said = " ".join(POSTER.parse({"drive": "true", "mockup_count": "3"}, 1).warnings)
    assert "Mockups" in said and "videos" in said and "no share link" in said


def test_upscale_takes_a_factor_or_a_target() -> None:
    assert UPSCALE.parse({}, 1).values["scale"] == 4
    assert "scale" not in UPSCALE.parse({"target_px": "6000"}, 1).values
    with pytest.raises(Invalid):
        UPSCALE.parse({"scale": "3"}, 1)
    with pytest.raises(Invalid):
        UPSCALE.parse({"scale": "2", "target_px": "6000"}, 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "SHOP"), ("yes", "SHOP"), ("My mark", "My mark"), ({"text": "X", "opacity": "0.5"}, "X"), ({}, "SHOP")],
)
def test_watermark_spellings(value: object, text: str) -> None:
    mark = read_watermark(value, "SHOP")
    assert mark is not None and mark["text"] == text


def test_no_watermark_by_default_and_faults_are_named() -> None:
    assert read_watermark(False, "SHOP") is None and read_watermark("0", "SHOP") is None
    for wrong in ({"opacity": 2}, {"opacity": "x"}, {"position": "everywhere"}):
        with pytest.raises(Invalid):
            read_watermark(wrong, "SHOP")


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ({"platform": "Amazon", "aspect_ratio": "3:4"}, "aspect_ratio"),
        ({"platform": "etsy", "bg_prompt": "blue"}, "white background"),
        ({"platform": "shopify", "output_format": "png"}, "output_format"),
        ({"variations": "3"}, "variations"),
        ({"seed": "7"}, "seed"),
        ({"sparkle": "1"}, "sparkle"),
    ],
)
def test_bg_remove_says_what_it_ignored(raw: dict[str, Any], word: str) -> None:
    assert any(word in warning for warning in BG_REMOVE.parse(raw, 1).warnings)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"resolution": "8K"}, "invalid_resolution"),
        ({"aspect_ratio": "5:7"}, "invalid_aspect_ratio"),
        ({"platform": "bazaar"}, "invalid_option"),
        ({"fill": "3"}, "invalid_option"),
        ({"bg_color": "#12"}, "invalid_option"),
        ({"optimize_repair": "perhaps"}, "invalid_option"),
    ],
)
def test_bg_remove_faults_have_their_documented_code(raw: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        BG_REMOVE.parse(raw, 1)
    assert caught.value.code == code


def test_resolution_in_any_case_and_price_doubles_at_4k() -> None:
    options = BG_REMOVE.parse({"resolution": " 4k "}, 3).values
    assert options["resolution"] == "4K"
    assert BG_REMOVE.quote(options, 3).total(3) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Été à Nice! (v2)", "ete-a-nice-v2"), ("../../etc", "etc"), ("写真", "image"), ("x" * 99, "x" * 60)],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected
