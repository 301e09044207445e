"""Edge colours lose the old background and nothing else changes."""

import numpy as np
from scene_maker import blurred, disc, mixed

from jobs.imaging.foreground import decontaminate

BLUE, GREEN = (40, 60, 200), (60, 220, 60)


def test_the_old_background_leaves_the_edge() -> None:
    alpha = blurred(disc(200, 60), 2.5)
    clean = decontaminate(mixed(alpha, BLUE, GREEN), alpha).astype(int)
    edge = (alpha > 0.15) & (alpha < 0.95)
    assert np.abs(clean[edge] - BLUE).max(axis=1).mean() < 10
    assert np.abs(mixed(alpha, BLUE, GREEN)[edge].astype(int) - BLUE).max(axis=1).mean() > 50


def test_opaque_pixels_are_untouched() -> None:
    alpha = disc(160, 50)
    picture = mixed(alpha, BLUE, GREEN, noise=8)
    clean = decontaminate(picture, alpha)
    assert np.array_equal(clean[alpha == 1], picture[alpha == 1])
    assert clean.shape == picture.shape and clean.dtype == np.uint8


def test_all_or_nothing_is_returned_as_a_copy() -> None:
    picture = np.full((20, 20, 3), 77, np.uint8)
    for value in (0.0, 1.0):
        out = decontaminate(picture, np.full((20, 20), value, np.float32))
        assert np.array_equal(out, picture) and out is not picture
