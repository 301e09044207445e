"""Collages: cells that fill the page, and backdrops that suit what stands before them."""

import itertools

import numpy as np
import pytest

from jobs.imaging.collage import backdrop_for, cells, paste
from jobs.imaging.oklab import from_oklab, to_oklab

SIZES = [(1024, 1024), (896, 1200), (1200, 896), (768, 1376), (1376, 768)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", range(2, 9))
def test_cells_fill_the_page_but_for_gutters(count: int, size: tuple[int, int]) -> None:
    for hero in (None, 0, count - 1):
        page = np.zeros((size[1], size[0], 3), np.uint8)
        found = cells(count, size, hero)
        assert len(found) == count
        for x0, y0, x1, y1 in found:
            assert not page[y0:y1, x0:x1].any()
            paste(page, np.full((y1 - y0, x1 - x0, 3), 255, np.uint8), (x0, y0, x1, y1))
        assert (page[:, :, 0] > 0).mean() > 0.93
        assert page[0, 0].all() and page[-1, -1].all() and page[0, -1].all() and page[-1, 0].all()


def test_the_hero_has_the_largest_cell() -> None:
    for count, size in itertools.product(range(3, 9), SIZES):
        for hero in range(count):
            areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in cells(count, size, hero)]
            assert areas[hero] == max(areas)


def test_a_backdrop_is_pale_and_of_the_products_hue() -> None:
    alpha = np.ones((60, 40), np.float32)
    red, green, blue = backdrop_for(np.full((60, 40, 3), (170, 30, 20), np.uint8), alpha)
    assert red > green and red > blue and min(red, green, blue) > 0.7
    grey = backdrop_for(np.full((60, 40, 3), 90, np.uint8), alpha)
    assert max(grey) - min(grey) < 0.02


def test_oklab_goes_there_and_back() -> None:
    light = np.random.default_rng(0).random((20, 20, 3)).astype(np.float32)
    assert np.allclose(from_oklab(to_oklab(light)), light, atol=1e-4)
    assert np.allclose(to_oklab(np.ones((1, 3), np.float32)), [[1, 0, 0]], atol=1e-3)
