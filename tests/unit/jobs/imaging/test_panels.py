"""Detail sheets: eight panels in every layout and language, only the client's facts, units and money of the market."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.imaging.panels.dossier import Dossier, Extent, Theme, View
from jobs.imaging.panels.grid import cells, layout_for, mirrored, page_size
from jobs.imaging.panels.market import extents, imperial, length, money, priced, read_sizes
from jobs.imaging.panels.parts import colours, spots, windows
from jobs.imaging.panels.sheet import compose, drawn, planned
from jobs.imaging.panels.showing import detail_crop
from jobs.imaging.typesetting.looks import LOOKS
from jobs.imaging.typesetting.palette import palette
from jobs.imaging.typesetting.phrases import languages
from jobs.imaging.typesetting.sweep import Box, Paper, Subject, stand
from jobs.imaging.typesetting.writing import RIGHT_TO_LEFT
from tests.unit.jobs.imaging.test_posters import product


def view(shape: float = 0.6) -> View:
    subject = product(shape)
    return View(subject.foreground, subject)


def dossier(language: str = "en", shape: float = 0.6, **more: object) -> Dossier:
    theme = Theme(LOOKS[0], palette((40, 90, 200)))
    full = Dossier(
        (view(shape),), theme, language, language.split("-")[0] in RIGHT_TO_LEFT, "Court Sneaker", "Saleor",
        ("Cushioned sole", "Breathable upper", "Reinforced heel"), (("Upper", "Canvas"), ("Weight", "310 g")),
        ("1 pair", "Dust bag"), ("Loosen", "Slip in"), (Extent("width", "29 cm"), Extent("height", "11 cm")),
        "Two years", "79 €",
    )  # fmt: skip
    return replace(full, **more)  # type: ignore[arg-type]


def scene(size: tuple[int, int], box: Box, number: int) -> np.ndarray:
    return stand(size, product(), box, Paper(), number)[0]


def sheet_of(told: Dossier, size: tuple[int, int] = (384, 384), layout: str = "3x3"):  # type: ignore[no-untyped-def]
    return compose(told, size, layout, planned(told, ()), scene, lambda: None)


@pytest.mark.parametrize("size", [(512, 512), (448, 600), (688, 384), (384, 688)])
def test_layouts_fill_the_canvas_with_eight_cells(size: tuple[int, int]) -> None:
    found = cells(layout_for("auto", size), size)
    taken = np.zeros(size[::-1], int)
    for x0, y0, x1, y1 in found:
        assert 0 <= x0 < x1 <= size[0] and 0 <= y0 < y1 <= size[1]
        taken[y0:y1, x0:x1] += 1
    assert len(found) == 8 and taken.max() == 1 and taken.mean() > 0.95
    assert sorted(mirrored(mirrored(found, size[0]), size[0])) == sorted(found)


def test_the_hero_of_a_square_is_two_cells_wide_and_the_page_is_long() -> None:
    (x0, _, x1, _), (a0, _, a1, _) = cells("3x3", (900, 900))[:2]
    assert (x1 - x0) > 1.9 * (a1 - a0)
    assert page_size("1K") == (1024, 6144)


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_language_fits_its_panels(language: str) -> None:
    told, size = dossier(language), (220, 200)
    kinds = ("features", "dimensions", "closing")
    for card in drawn(told, kinds, [size] * len(kinds), scene, lambda: None):
        assert card.texts and min(card.contrasts) >= 4.5
        for box in card.texts:
            assert min(box[0], box[1], size[0] - box[2], size[1] - box[3]) >= 0.045 * min(size), box
    assert told.warnings == []


@pytest.mark.parametrize(
    ("shape", "layout"), [(0.3, ("3x3", (384, 384))), (1.0, ("4x2", (688, 384))), (2.6, ("1x8", (256, 1536)))]
)
def test_every_shape_of_product_is_laid_out(shape: float, layout: tuple[str, tuple[int, int]]) -> None:
    sheet = sheet_of(dossier(shape=shape), layout[1], layout[0])
    assert sheet.rgb.shape == (layout[1][1], layout[1][0], 3)
    assert sheet.kinds == ("hero", "lifestyle", "features", "closeup", "dimensions", "usage", "box", "closing")
    assert all(card.canvas.std() > 1 for _, card in sheet.cards)


def test_nothing_is_invented_where_nothing_was_said() -> None:
    told = dossier(features=(), specs=(), box=(), steps=(), sizes=(), name="", brand="", guarantee="", price="")
    kinds = planned(told, ())
    assert not {"features", "dimensions", "usage", "box", "specs"} & set(kinds) and len(kinds) == 8
    assert len(told.warnings) == 4
    for _, card in sheet_of(told).cards:
        assert len(card.texts) <= 1  # a heading or the call, never a fact


def test_asked_panels_come_first() -> None:
    assert planned(dossier(), ("specs", "hero"))[:2] == ("specs", "hero")


def test_a_marketplace_with_rules_gets_a_bare_hero_and_no_call() -> None:
    strict = replace(dossier().theme, strict=True, calls=False)
    sheet = sheet_of(dossier(theme=strict))
    hero, closing = sheet.cards[0][1], sheet.cards[-1][1]
    assert hero.texts == [] and tuple(hero.canvas[2, 2]) == (255, 255, 255)
    assert len(closing.texts) == 3  # name, promise, price


def test_the_same_dossier_gives_the_same_sheet() -> None:
    assert np.array_equal(sheet_of(dossier()).rgb, sheet_of(dossier()).rgb)


def test_right_to_left_sheets_are_mirrored() -> None:
    sheet = sheet_of(dossier("ar"))
    (x0, _, x1, _), hero = sheet.cards[0]
    assert x1 == 384 and x0 > 110
    assert hero.texts[-1][2] > 0.9 * (x1 - x0)


def test_sizes_are_read_and_told_in_the_markets_units() -> None:
    sizes = read_sizes("30 x 20 x 10 cm")
    assert [size.cm for size in sizes] == [30, 20, 10]
    assert extents(sizes, 1.5, False, "en") == (
        Extent("width", "30\xa0cm"), Extent("height", "20\xa0cm"), Extent("depth", "10\xa0cm"),
    )  # fmt: skip
    assert extents(sizes, 0.66, True, "de")[0] == Extent("width", "7,9\xa0in")
    named = extents(read_sizes("Height: 8.5 in, Width 4 in"), 1.0, False, "en")
    assert named == (Extent("width", "10.2\xa0cm"), Extent("height", "21.6\xa0cm"))
    assert read_sizes("one size fits all") == [] and read_sizes("500 ml") == []
    assert length(0.5, False, "fr") == "5\xa0mm" and length(250, True, "en") == "98.4\xa0in"


def test_countries_have_their_units_and_money() -> None:
    assert imperial("United States of America", "") and not imperial("Germany", "")
    assert not imperial("usa", "metric") and imperial("France", "imperial")
    assert [money(name) for name in ("Germany", "United Kingdom", "Japan", "Atlantis")] == ["EUR", "GBP", "JPY", ""]
    assert priced("1299.5", "EUR", "de") == "1.299,50\xa0€"
    assert priced("1299", "USD", "en") == "$1,299"
    assert priced("from 20", "USD", "en") == "from 20"


def test_parts_lie_on_the_product_and_apart() -> None:
    subject = product(1.0)
    found = spots(subject, 4)
    assert len(found) == 4
    for number, spot in enumerate(found):
        assert 0 < spot.x < 1 and 0 < spot.y < 1
        assert all(abs(spot.x - other.x) + abs(spot.y - other.y) > 0.15 for other in found[:number])


def test_the_closeup_shows_the_textured_part() -> None:
    rng = np.random.default_rng(1)
    subject = product(1.0)
    rgb = subject.foreground.copy()
    rgb[130:190, 120:190] = rng.integers(0, 255, (60, 70, 3))
    textured = Subject(rgb, subject.alpha, subject.box)
    (x0, y0, x1, y1) = windows(textured, 1, 1.0)[0]
    assert 100 < (x0 + x1) / 2 < 200 and 110 < (y0 + y1) / 2 < 200
    assert detail_crop(View(rgb, textured), (300, 200)).shape == (200, 300, 3)


def test_colours_are_the_products_own() -> None:
    found = colours(product(1.0), 4)
    assert any(abs(c[0] - 40) < 12 and abs(c[2] - 200) < 12 for c in found)
    assert any(min(c) > 220 for c in found)
