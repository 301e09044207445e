"""Groups: everybody in the frame, nobody hidden, sizes in their proportion."""

import itertools

import numpy as np
import pytest

from jobs.imaging.grouping import LYING, STANDING, Place, Shape, arrange, choose_layout, hidden_share, shapes_of

ASPECTS = (1.0, 3 / 4, 4 / 3, 9 / 16, 16 / 9)


def products(count: int, seed: int) -> list[Shape]:
    random = np.random.default_rng(seed)
    return shapes_of([tuple(random.integers(80, 900, 2)) for _ in range(count)], None, True)


def rectangle(place: Place, aspect: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom over the shorter side; a turned product's box is the one around it."""
    wide, high = (aspect, 1.0) if aspect >= 1 else (1.0, 1 / aspect)
    cos, sin = abs(np.cos(np.radians(place.angle))), abs(np.sin(np.radians(place.angle)))
    width, height = place.width * cos + place.height * sin, place.width * sin + place.height * cos
    x, y = (place.x + 1) / 2 * wide, (place.y + 1) / 2 * high
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("layout", LYING)
def test_what_lies_is_in_the_frame_and_apart(layout: str, aspect: float) -> None:
    wide, high = (aspect, 1.0) if aspect >= 1 else (1.0, 1 / aspect)
    for count, seed in itertools.product(range(2, 9), range(6)):
        placed = [rectangle(place, aspect) for place in arrange(layout, products(count, seed), aspect, seed=seed)]
        assert len(placed) == count
        for left, top, right, bottom in placed:
            assert left > 0.02 and top > 0.02 and right < wide - 0.02 and bottom < high - 0.02
        for one, other in itertools.combinations(placed, 2):
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("layout", STANDING)
def test_what_stands_is_in_the_frame_and_nobody_in_a_row_touches(layout: str, aspect: float) -> None:
    wide = max(aspect, 1.0) if aspect >= 1 else 1.0
    for count, seed in itertools.product(range(2, 9), range(6)):
        places = arrange(layout, products(count, seed), aspect)
        assert sorted(place.number for place in places) == list(range(count))
        assert [place.row for place in places] == sorted((place.row for place in places), reverse=True)
        for place in places:
            assert abs(place.x) * wide / 2 + place.width / 2 <= wide / 2 - 0.02
        for one, other in itertools.combinations([place for place in places if place.row == 0], 2):
            assert abs(one.x - other.x) * wide / 2 >= (one.width + other.width) / 2 - 1e-9


def covered(place: Place, places: list[Place], wide: float) -> float:
    """The share of a place's width behind any place further in front."""
    left, right = place.x * wide / 2 - place.width / 2, place.x * wide / 2 + place.width / 2
    return sum(
        max(0.0, min(right, other.x * wide / 2 + other.width / 2) - max(left, other.x * wide / 2 - other.width / 2))
        for other in places
        if other.row < place.row
    ) / (right - left)


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("layout", STANDING)
def test_nobody_is_hidden_by_more_than_is_said(layout: str, aspect: float) -> None:
    for count, seed in itertools.product(range(2, 9), range(6)):
        most = 0.0 if layout == "lineup" else hidden_share(count, aspect)
        places = arrange(layout, products(count, seed), aspect, hero=seed % count if seed else None)
        for place in places:
            assert covered(place, places, max(aspect, 1.0)) <= most + 1e-9


def test_sizes_keep_their_proportion() -> None:
    equal = shapes_of([(100, 400), (200, 200)], None, True)
    assert np.isclose(equal[0].width * equal[0].height, equal[1].width * equal[1].height)
    true = shapes_of([(100, 400), (200, 200)], None, False)
    assert np.isclose(true[0].height / true[1].height, 2)
    twice = shapes_of([(100, 100), (100, 100)], [1, 2], True)
    placed = {place.number: place for place in arrange("lineup", twice, 1.0)}
    assert np.isclose(placed[1].height / placed[0].height, 2)


def test_the_hero_stands_in_front_in_the_middle() -> None:
    places = arrange("hero", products(5, 1), 1.0, hero=3)
    front = [place for place in places if place.row == 0]
    assert [place.number for place in front] == [3]
    assert abs(front[0].x) < 0.2


def test_the_same_seed_lays_the_same_and_another_seed_another() -> None:
    shapes = products(5, 2)
    assert arrange("flatlay", shapes, 1.0, seed=4) == arrange("flatlay", shapes, 1.0, seed=4)
    assert arrange("flatlay", shapes, 1.0, seed=4) != arrange("flatlay", shapes, 1.0, seed=5)


def test_auto_is_a_layout_that_there_is() -> None:
    for count, flat, aspect in itertools.product(range(2, 9), (True, False), ASPECTS):
        assert choose_layout(count, flat, aspect) in (LYING if flat else STANDING)
