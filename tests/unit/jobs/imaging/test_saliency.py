"""Crops: inside the picture, at the ratio, on the subject, the same every time."""

import numpy as np
import pytest

from jobs.imaging.saliency import best_crop, saliency_map, salient_crop


def scene(width: int, height: int, x: float, y: float) -> np.ndarray:
    """A grey field with soft noise and one patterned red disc at fractions (x, y)."""
    rng = np.random.default_rng(8)
    picture = np.full((height, width, 3), 150, np.uint8) + rng.integers(0, 6, (height, width, 1), dtype=np.uint8)
    yy, xx = np.mgrid[:height, :width]
    disc = (xx - x * width) ** 2 + (yy - y * height) ** 2 < (min(width, height) * 0.14) ** 2
    picture[disc] = (200, 30, 30)
    picture[disc & ((xx // 6 + yy // 6) % 2 == 0)] = (240, 220, 40)
    return picture


@pytest.mark.parametrize("x", [0.15, 0.3, 0.5, 0.7, 0.85])
def test_the_subject_is_in_the_crop_wherever_it_stands(x: float) -> None:
    picture = scene(900, 400, x, 0.5)
    box = salient_crop(900, 400, 2 / 3, saliency_map(picture))
    radius = 400 * 0.14
    assert box.x <= max(0, x * 900 - radius) + 4 and box.x + box.width >= x * 900 + radius - 4
    tall = scene(400, 900, 0.5, x)
    box = salient_crop(400, 900, 3 / 2, saliency_map(tall))
    assert box.y <= max(0, x * 900 - radius) + 4 and box.y + box.height >= x * 900 + radius - 4


def test_the_map_peaks_on_the_subject_and_a_flat_picture_is_cropped_in_the_middle() -> None:
    weights = saliency_map(scene(600, 600, 0.25, 0.7))
    y, x = np.unravel_index(weights.argmax(), weights.shape)
    assert 0.1 < x / weights.shape[1] < 0.4 and 0.55 < y / weights.shape[0] < 0.85
    flat = saliency_map(np.full((50, 80, 3), 90, np.uint8))
    assert salient_crop(80, 50, 1.0, flat).x in (14, 15, 16)


def test_same_picture_same_map() -> None:
    picture = scene(500, 300, 0.4, 0.4)
    assert (saliency_map(picture) == saliency_map(picture.copy())).all()


@pytest.mark.parametrize("size", [(1, 1), (7, 1), (1, 900), (1200, 178), (33, 34), (5000, 40)])
@pytest.mark.parametrize("ratio", [2 / 3, 3 / 2, 11 / 14, 594 / 841, 1.0])
def test_any_shape_gives_a_window_inside_it(size: tuple[int, int], ratio: float) -> None:
    width, height = size
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    box = salient_crop(width, height, ratio, saliency_map(picture))
    assert box.x >= 0 and box.y >= 0 and box.x + box.width <= width and box.y + box.height <= height
    assert box.width == width or box.height == height
    assert abs(box.width - box.height * ratio) <= max(1.0, ratio)


def test_best_crop_stays_at_the_given_centre_until_an_edge_stops_it() -> None:
    assert best_crop(1000, 500, 1.0, (0.5, 0.5)).x == 250
    assert best_crop(1000, 500, 1.0, (0.4, 0.9)).x == 150
    assert best_crop(1000, 500, 1.0, (0.95, 0.5)).x == 500
    assert best_crop(500, 1000, 1.0, (0.5, 0.0)).y == 0
