"""Posters: nothing outside the safe area, nothing over the product, everything legible, the same every time."""

import numpy as np
import pytest

from jobs.imaging.canvas import output_size
from jobs.imaging.colour import to_linear
from jobs.imaging.typesetting.contrast import ENOUGH, measured, ratio, secure
from jobs.imaging.typesetting.looks import LOOKS, look_for
from jobs.imaging.typesetting.marks import logo
from jobs.imaging.typesetting.palette import calling, leading_colour, on, palette, paper
from jobs.imaging.typesetting.poster import Order, Poster, compose
from jobs.imaging.typesetting.scene import on_paper
from jobs.imaging.typesetting.shots import Shot
from jobs.imaging.typesetting.stack import Copy
from jobs.imaging.typesetting.sweep import Paper, Subject

RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9")
COPY = Copy("Made for the long way home", "Cushioned, breathable, light.", "Shop now", "$79", "New", "en")
WORDS = {
    "en": COPY,
    "de": Copy("Donaudampfschifffahrtsgesellschaft", "Direkt gepresst", "Jetzt kaufen", "2,49 €", "Neu", "de"),
    "ar": Copy("الراحة تبدأ من هنا", "مجموعة الخريف متوفرة الآن", "تسوّق الآن", "199", "جديد", "ar"),
    "ja": Copy(
        "くつろぎの、新しいかたち。", "肌ざわりまで計算されたクッション", "詳しく見る", "¥3,980", "新登場", "ja"
    ),
}


def product(shape: float = 0.6, colour: tuple[int, int, int] = (40, 90, 200)) -> Subject:
    height, width = 200, round(200 * shape)
    rgb = np.empty((height + 20, width + 20, 3), np.uint8)
    rgb[:] = colour
    rgb[60:90, 20:-20] = 240
    alpha = np.zeros(rgb.shape[:2], np.float32)
    alpha[10:-10, 10:-10] = 1
    return Subject(rgb, alpha, (10, 10, width + 10, height + 10))


def made(
    frame: str = "1:1", copy: Copy = COPY, style: str = "", position: str = "auto", shape: float = 0.6, take: int = 0
) -> tuple[Poster, Order, Shot]:
    subject, size = product(shape), tuple(edge // 4 for edge in output_size("1K", frame))
    colours = palette((40, 90, 200))
    order = Order((size[0], size[1]), copy, look_for(style)[0], colours, position, take)
    shots: list[Shot] = []

    def shoot(extent: tuple[int, int], box: tuple[int, int, int, int]) -> Shot:
        shots.append(on_paper(subject, Paper(paper(colours.tint)), 1)(extent, box))
        return shots[-1]

    return compose(subject, order, shoot), order, shots[-1]


def inside(poster: Poster, order: Order) -> bool:
    safe = 0.05 * min(order.size)
    return all(
        box[0] >= safe and box[1] >= safe and box[2] <= order.size[0] - safe and box[3] <= order.size[1] - safe
        for _, box in poster.texts
    )


PLACES = [*((frame, position) for frame in RATIOS for position in ("bottom", "left")),
          ("1:1", "auto"), ("3:4", "top"), ("9:16", "center"), ("16:9", "center"), ("4:3", "top")]  # fmt: skip


@pytest.mark.parametrize(("frame", "position"), PLACES)
def test_text_keeps_to_the_safe_area_and_off_the_product(frame: str, position: str) -> None:
    for shape in (0.4, 2.2):
        poster, order, shot = made(frame, position=position, shape=shape)
        assert inside(poster, order), poster.texts
        assert {name for name, _ in poster.texts} >= {"headline", "subline", "cta", "price"}
        for name, (x0, y0, x1, y1) in poster.texts:
            if name != "badge":
                assert shot.cover[y0:y1, x0:x1].mean() < 0.01, (name, poster.facts)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.id)
def test_every_style_is_legible(look: object) -> None:
    poster, order, _ = made("3:4", style=look.id)  # type: ignore[attr-defined]
    assert poster.facts["contrast"] >= ENOUGH and inside(poster, order)


@pytest.mark.parametrize("language", WORDS)
def test_every_writing_is_set(language: str) -> None:
    poster, order, _ = made("4:3", WORDS[language], "corporate")
    assert inside(poster, order) and poster.facts["contrast"] >= ENOUGH
    if language == "ar":  # read from the right: the copy takes the right half
        boxes = [box for name, box in poster.texts if name == "headline"]
        assert boxes[0][0] > 0.4 * order.size[0]


def test_a_short_headline_goes_behind_the_product() -> None:
    poster, _, shot = made("9:16", Copy("Jump", "", "Go", "", "", "en"), "bold dynamic", shape=1.6)
    assert poster.facts["composition"] == "behind"
    solid = shot.cover > 0.99
    assert np.array_equal(poster.rgb[solid], made("9:16", Copy("Jump", "", "Go", "", "", "en"), "bold dynamic",
                                                  shape=1.6)[2].rgb[solid])  # fmt: skip


def test_the_same_order_gives_the_same_poster_and_takes_differ() -> None:
    one, two, other = made("1:1")[0], made("1:1")[0], made("1:1", take=1)[0]
    assert np.array_equal(one.rgb, two.rgb)
    assert not np.array_equal(one.rgb, other.rgb)


def test_headline_leads() -> None:
    poster, _, _ = made("1:1")
    tall = {name: box[3] - box[1] for name, box in poster.texts}
    assert tall["headline"] > 2 * tall["subline"]


def test_an_empty_copy_makes_a_picture() -> None:
    poster, _, _ = made("1:1", Copy())
    assert poster.texts == () and poster.rgb.std() > 1


@pytest.mark.parametrize("seed", range(6))
def test_contrast_is_kept_on_any_ground(seed: int) -> None:
    """Noise, stripes, gradients, middle grey: whatever is behind, the measured contrast holds."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 255, 300)[None, :, None] * np.ones((200, 1, 3))
    checks = (np.indices((200, 300)).sum(0)[:, :, None] // 20 % 2 * 255).repeat(3, 2)
    grounds = (
        rng.integers(0, 256, (200, 300, 3)), np.full((200, 300, 3), 118), ramp, checks,
        rng.integers(100, 140, (200, 300, 3)), np.full((200, 300, 3), (250, 60, 60)),
    )  # fmt: skip
    canvas = np.ascontiguousarray(grounds[seed], np.uint8)
    boxes = [(40.0, 60.0, 260.0, 90.0), (40.0, 100.0, 200.0, 130.0)]
    colour, contrast, _ = secure(canvas, boxes, ((250, 250, 252), (18, 18, 22)), 25)
    assert contrast >= ENOUGH and measured(canvas, boxes, colour) >= ENOUGH


def test_letters_on_flat_colours_are_legible() -> None:
    for red in range(0, 256, 51):
        for green in range(0, 256, 51):
            for blue in range(0, 256, 51):
                colour = (red, green, blue)
                assert ratio(on(colour), colour) >= ENOUGH
                assert ratio(on(calling(colour)), calling(colour)) >= ENOUGH
                assert max(ratio(paper(colour), (255, 255, 255)), ratio(paper(colour), (20, 20, 24))) >= 5


def test_the_products_colour_leads() -> None:
    subject = product(colour=(200, 30, 40))
    red, green, blue = leading_colour(subject.foreground, subject.alpha)
    assert red > 150 and green < 80 and blue < 80
    grey = leading_colour(np.full((40, 40, 3), 130, np.uint8), np.ones((40, 40), np.float32))
    assert max(grey) - min(grey) < 8


def test_styles_are_found_by_words() -> None:
    assert look_for("Tech Sleek")[0].id == "tech-sleek"
    assert look_for("Bold & Dynamic")[0].id == "bold-dynamic"
    assert look_for("Modern Minimalist")[0].id == "modern-minimalist"
    assert look_for("something for kids")[0].id == "playful"
    look, understood = look_for("zzz", "Black Friday")
    assert not understood and look.ground == "dark" and look.badge == "tag"


def test_a_logo_loses_its_paper() -> None:
    picture = np.full((60, 120, 3), 255, np.uint8)
    picture[20:40, 30:90] = (200, 0, 0)
    found = logo(picture, None)
    assert found is not None and found.alpha.shape == (20, 60) and found.alpha.min() > 0.9
    assert logo(np.full((20, 20, 3), 255, np.uint8), None) is None


def test_shadow_falls_beneath_the_product() -> None:
    _, _, shot = made("1:1", Copy())
    light = to_linear(shot.rgb).mean(axis=2)
    x0, _, x1, y1 = shot.box
    assert light[y1 : y1 + 4, x0:x1].mean() < 0.85 * light[-20:-8, 8:60].mean()
