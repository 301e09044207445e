"""Grain is measured and laid from any picture, also from one whose quiet places are no wider than a pixel."""

import numpy as np
import pytest

from jobs.imaging.repair import grain


@pytest.mark.parametrize("softness", [0.0, 0.8])
def test_grain_laid_is_the_grain_that_was_measured(softness: float) -> None:
    dice = np.random.default_rng(2)
    made = grain.laid((200, 240), grain.Grain(4.0, 0.0, 0.45 + softness), 3)
    rgb = np.clip(128 + made + dice.normal(0, 0.1, made.shape), 0, 255).astype(np.uint8)
    found = grain.measure(rgb)
    assert 2.0 < found.sigma < 6.0 and np.isfinite(found.size)


def test_quiet_places_one_pixel_wide_say_nothing_of_its_size() -> None:
    fine = np.random.default_rng(1).normal(0, 3, (60, 60)).astype(np.float32)
    columns = np.zeros((60, 60), bool)
    columns[:, ::2] = True
    assert grain._softness(fine, columns, 3.0) == 0.5
    assert np.isfinite(grain.laid((30, 30), grain.Grain(3.0, 1.0, 0.5), 1)).all()
