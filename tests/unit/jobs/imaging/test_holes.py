"""Holes are opened where the backdrop shows through, and nowhere else; islands go."""

import numpy as np
import pytest
from scene_maker import disc, mixed

from jobs.imaging.backdrop import learn
from jobs.imaging.holes import drop_islands, open_holes

GREY = (190, 192, 196)


def ring_on(back: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture, true alpha, and the filled alpha that a network gives for a ring."""
    truth = disc(240, 80, hole=35)
    return mixed(truth, (30, 60, 120), back, noise=0.8), truth, disc(240, 80)


def test_a_ring_on_grey_is_opened() -> None:
    picture, truth, filled = ring_on(GREY)
    backdrop = learn(picture, filled < 0.02)
    assert backdrop is not None and backdrop.plain
    opened = open_holes(picture, filled, filled * 0.96, backdrop)
    assert opened[120, 120] == 0
    assert np.abs(opened - truth).mean() < 0.004


def test_a_sure_network_keeps_a_white_label_on_white() -> None:
    picture, _, filled = ring_on((255, 255, 255))
    backdrop = learn(picture, filled < 0.02)
    assert backdrop is not None
    assert np.array_equal(open_holes(picture, filled, filled, backdrop), filled)


def test_a_doubting_network_opens_a_white_hole() -> None:
    picture, _, filled = ring_on((255, 255, 255))
    backdrop = learn(picture, filled < 0.02)
    assert backdrop is not None
    doubting = np.where(disc(240, 35) > 0, np.float32(0.55), filled).astype(np.float32)
    assert open_holes(picture, filled, doubting, backdrop)[120, 120] == 0


def test_a_coloured_print_is_no_hole() -> None:
    truth = disc(240, 80)
    picture = mixed(truth, (30, 60, 120), GREY, noise=0.8)
    picture[100:140, 100:140] = (170, 192, 196)
    backdrop = learn(picture, truth < 0.02)
    assert backdrop is not None
    assert np.array_equal(open_holes(picture, truth, truth * 0.9, backdrop), truth)


def test_a_gradient_is_a_plain_backdrop_and_a_pattern_is_none() -> None:
    truth = disc(240, 60)
    ramp = np.linspace(150, 230, 240, dtype=np.float32)[:, None, None] * np.ones((1, 240, 3), np.float32)
    graded = learn(mixed(truth, (20, 20, 20), ramp), truth < 0.02)
    assert graded is not None and graded.plain
    assert np.abs(graded.colour[:30] - ramp[:30]).max() < 3
    noise = np.random.default_rng(3).integers(0, 255, (24, 24, 3)).astype(np.float32)
    busy = learn(mixed(truth, (20, 20, 20), np.kron(noise, np.ones((10, 10, 1), np.float32))), truth < 0.02)
    assert busy is not None and not busy.plain


def test_too_little_background_teaches_nothing() -> None:
    assert learn(np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50), bool)) is None


@pytest.mark.parametrize(("radius", "sure", "stays"), [(3, 1.0, False), (12, 0.3, False), (30, 0.95, True)])
def test_islands(radius: int, sure: float, stays: bool) -> None:
    main = disc(300, 80, centre=(110, 110))
    island = disc(300, radius, centre=(250, 250))
    alpha = np.maximum(main, island)
    coarse = np.maximum(main, island * np.float32(sure))
    kept = drop_islands(alpha, coarse)
    assert bool(kept[250, 250] > 0.5) is stays
    assert np.array_equal(kept[:190, :190], alpha[:190, :190])
