"""The garments' print sheets: a design lies upright and undistorted on the cloth, and bends with its folds."""

import numpy as np
import pytest

from jobs.imaging.mockups.objects import known_objects, load_view

SOFT = ("tshirt", "hoodie", "tote-bag", "pillow")


def inner(word: str, area: str = "front") -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 2) of a print area and the places (n, 2) on the sheet, in units, that they show."""
    view = load_view(known_objects()[word], "front", 500)
    u0, v0, u1, v1 = view.areas[area]
    u, v = view.sheet[..., 0], view.sheet[..., 1]
    ys, xs = np.nonzero((view.cover > 0.9) & (u > u0) & (u < u1) & (v > v0) & (v < v1))
    return np.stack([xs, ys], 1).astype(float), view.sheet[ys, xs] * np.array(view.sheet_size)


@pytest.mark.parametrize("word", SOFT)
def test_a_design_lies_upright_and_keeps_its_proportions(word: str) -> None:
    pixels, places = inner(word)
    assert len(pixels) > 8000
    system = np.c_[pixels, np.ones(len(pixels))]
    across, down = np.linalg.lstsq(system, places, rcond=None)[0][:2].T
    assert across[0] > 0 and down[1] > 0
    assert abs(across[1]) < 0.08 * across[0]
    assert abs(down[0]) < 0.08 * down[1]
    assert 0.8 < across[0] / down[1] < 1.25


@pytest.mark.parametrize("word", SOFT)
def test_the_sheet_bends_with_the_cloth(word: str) -> None:
    pixels, places = inner(word)
    system = np.c_[pixels, np.ones(len(pixels))]
    rest = places - system @ np.linalg.lstsq(system, places, rcond=None)[0]
    assert rest.std() > 2.5e-4


@pytest.mark.parametrize("word", SOFT)
def test_black_cloth_is_dark_and_white_cloth_bright(word: str) -> None:
    view = load_view(known_objects()[word], "front", 400)
    solid = (view.alpha > 0.95) & (view.fixed < 0.05)
    bare = sum(view.bare[group][solid].mean() for group in ("key", "fill", "rim", "sky"))
    body = sum(view.body[group][solid].mean() for group in ("key", "fill", "rim", "sky"))
    assert bare < 0.12 < 0.4 < body < 1.2
