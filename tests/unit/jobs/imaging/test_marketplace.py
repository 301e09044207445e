"""Canvases: exact pixels, exact white, fill, transparency, colour words, and the inspection of a finished listing."""

from dataclasses import replace

import numpy as np
import pytest
from scene_maker import disc, mixed

from jobs.imaging.canvas import Look, compose, output_size, place
from jobs.imaging.colour_words import parse_colour
from jobs.imaging.marketplace import PRESETS, canvas_size, effective_ratio, inspect_listing, listing, look_for

ALPHA = disc(200, 60)
RED = mixed(ALPHA, (200, 30, 40), (200, 30, 40))
BOX = (40, 40, 160, 160)


@pytest.mark.parametrize(
    ("preset", "label", "size"),
    [
        ("amazon", "1K", (1024, 1024)),
        ("amazon", "2K", (2048, 2048)),
        ("shopify", "1K", (2048, 2048)),
        ("etsy", "1K", (2700, 2025)),
        ("etsy", "4K", (4800, 3584)),
        ("ebay", "2K", (1600, 1600)),
        ("walmart", "1K", (2000, 2000)),
        ("none", "2K", (1792, 2400)),
    ],
)
def test_canvas_sizes(preset: str, label: str, size: tuple[int, int]) -> None:
    assert canvas_size(PRESETS[preset], label, "3:4") == size


def test_the_marketplace_ratio_wins_over_the_request() -> None:
    assert effective_ratio(PRESETS["amazon"], "9:16") == "1:1"
    assert effective_ratio(PRESETS["none"], "9:16") == "9:16"


def test_output_sizes_are_the_documented_table() -> None:
    assert output_size("1K", "1:1") == (1024, 1024)
    assert output_size("4K", "16:9") == (5504, 3072)
    with pytest.raises(KeyError):
        output_size("8K", "1:1")


@pytest.mark.parametrize("name", ["amazon", "shopify", "etsy", "ebay", "walmart", "tiktok", "google"])
def test_every_preset_passes_its_own_inspection(name: str) -> None:
    """Once each, with its shadow where it has one: without, light changes nothing here, and canvases are large."""
    preset = PRESETS[name]
    canvas = listing(RED, ALPHA, BOX, preset, "1K", "1:1", look_for(preset, preset.lit_shadow != "none"))
    assert inspect_listing(canvas, preset, "1K") == []


def test_white_is_exact_outside_the_mask() -> None:
    canvas = listing(RED, ALPHA, BOX, PRESETS["amazon"], "1K", "1:1")
    y, x = np.mgrid[:1024, :1024]
    outside = np.hypot(x - 511.5, y - 511.5) > 0.44 * 1024 + 20
    assert (canvas[outside] == 255).all()
    assert canvas[512, 512].tolist() == [200, 30, 40]


def test_fill_is_measured_on_the_frame_side() -> None:
    tall = place((400, 900), (150, 100, 250, 800), (1024, 1024), 0.88)
    assert tall.target[3] - tall.target[1] == round(1024 * 0.88)
    wide = place((900, 400), (100, 150, 800, 250), (2700, 2025), 0.75)
    assert wide.target[2] - wide.target[0] == round(2700 * 0.75)


def test_edges_are_mixed_in_linear_light() -> None:
    half = np.full((64, 64), 0.5, np.float32)
    black = np.zeros((64, 64, 3), np.uint8)
    canvas = compose(black, half, (0, 0, 64, 64), (64, 64), Look(background=(255, 255, 255)))
    assert canvas[32, 32].tolist() == [188, 188, 188]


def test_hidden_colours_do_not_bleed_into_the_edge() -> None:
    picture = mixed(ALPHA, (200, 30, 40), (0, 255, 0))
    picture[ALPHA > 0] = (200, 30, 40)
    canvas = compose(picture, ALPHA, BOX, (90, 90), Look(fill=0.8))
    seen = canvas[canvas[:, :, 3] > 20].astype(int)
    assert np.abs(seen[:, :3] - [200, 30, 40]).max() <= 3


def test_without_background_the_canvas_is_transparent_and_framed_as_the_source() -> None:
    canvas = compose(RED, ALPHA, BOX, (400, 300), Look())
    assert canvas.shape == (300, 400, 4)
    rows = np.flatnonzero((canvas[:, :, 3] > 127).any(axis=1))
    assert abs((rows[-1] - rows[0] + 1) - 120 * 1.5) <= 2
    assert (canvas[canvas[:, :, 3] == 0] == 0).all()


def test_a_shadow_on_transparency_is_black_with_alpha() -> None:
    plain = compose(RED, ALPHA, BOX, (300, 300), Look(fill=0.6))
    shaded = compose(RED, ALPHA, BOX, (300, 300), Look(fill=0.6, shadow="soft"))
    added = (plain[:, :, 3] == 0) & (shaded[:, :, 3] > 8)
    assert added.any() and shaded[added][:, :3].max() == 0


def test_feather_fades_inward_only() -> None:
    sharp = compose(RED, ALPHA, BOX, (400, 400), Look(fill=0.8))[:, :, 3].astype(int)
    soft = compose(RED, ALPHA, BOX, (400, 400), Look(fill=0.8, feather=8))[:, :, 3].astype(int)
    assert (soft <= sharp + 3).all() and soft[200, 200] == 255
    assert ((soft > 20) & (soft < 235)).sum() > 2 * ((sharp > 20) & (sharp < 235)).sum()


def test_a_marketplaces_white_cannot_be_overruled() -> None:
    look = replace(look_for(PRESETS["amazon"]), background=(250, 0, 0))
    assert inspect_listing(listing(RED, ALPHA, BOX, PRESETS["amazon"], "1K", "1:1", look), PRESETS["amazon"]) == []


def test_an_empty_box_is_refused() -> None:
    with pytest.raises(ValueError, match="area"):
        compose(RED, ALPHA, (10, 10, 10, 40), (50, 50), Look())


def white(size: int = 1024) -> np.ndarray:
    return np.full((size, size, 3), 255, np.uint8)


def test_inspection_names_what_is_wrong() -> None:
    amazon = PRESETS["amazon"]
    assert [f.code for f in inspect_listing(white(), amazon)] == ["empty"]
    small = white()
    small[400:600, 400:600] = 50
    assert [f.code for f in inspect_listing(small, amazon)] == ["fill"]
    grey = white()
    grey[60:980, 60:980] = 50
    grey[0, 0] = 254
    assert [f.code for f in inspect_listing(grey, amazon)] == ["border"]
    cropped = white()
    cropped[100:, 100:900] = 50
    assert [f.code for f in inspect_listing(cropped, amazon)] == ["border", "cropped"]
    assert "size" in [f.code for f in inspect_listing(white(900), amazon)]
    assert [f.code for f in inspect_listing(np.zeros((9, 9, 4), np.uint8), amazon)] == ["mode"]


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("white", (255, 255, 255)),
        ("Pure White background", (255, 255, 255)),
        ("a pure white background", (255, 255, 255)),
        ("light grey background", (211, 211, 211)),
        ("lightgray", (211, 211, 211)),
        ("sky-blue", (135, 206, 235)),
        ("#fff", (255, 255, 255)),
        ("#1A2b3C", (26, 43, 60)),
        ("1a2b3c", (26, 43, 60)),
        ("rgb(1, 2, 3)", (1, 2, 3)),
        ("off-white", (250, 249, 246)),
        ("rebeccapurple", (102, 51, 153)),
        ("solid cream backdrop.", (255, 253, 208)),
    ],
)
def test_colours_in_words(text: str, colour: tuple[int, int, int]) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["", "marble table", "white marble table", "#12", "rgb(1,2,300)", "background", "a red apple"]
)
def test_scenes_are_no_colours(text: str) -> None:
    assert parse_colour(text) is None


def test_tints_lie_between() -> None:
    pale = parse_colour("pale mint")
    assert pale is not None and min(pale) > 189
    assert parse_colour("dark terracotta") == (102, 56, 42)
