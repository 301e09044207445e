"""Grain is measured and laid from any picture, also from one whose quiet places are no wider than a pixel."""

import hostile_maker
import numpy as np
import pytest

from jobs.imaging import codec
from jobs.imaging.repair import grain


@pytest.mark.parametrize("quality", [30, 50])
def test_a_ground_made_flat_by_compression_has_no_grain(quality: int) -> None:
    """Sums over squares come out a little under zero there."""
    data = hostile_maker.encoded(hostile_maker.scene(), "JPEG", quality=quality)
    found = grain.measure(codec.decode(data, codec.DecodeLimits()).rgb)
    assert found.sigma == pytest.approx(0, abs=0.1) and found.size == 0.5
    assert not grain.laid((40, 50), found, 1).any()


def test_grain_laid_is_the_grain_that_was_measured() -> None:
    made = grain.laid((200, 240), grain.Grain(4.0, 0.0, 0.5), 3)
    found = grain.measure(np.clip(128 + made, 0, 255).astype(np.uint8))
    assert 2.0 < found.sigma < 6.0 and 0.3 < found.size < 0.9


def test_quiet_places_one_pixel_wide_say_nothing_of_its_size() -> None:
    fine = np.random.default_rng(1).normal(0, 3, (60, 60)).astype(np.float32)
    columns = np.zeros((60, 60), bool)
    columns[:, ::2] = True
    assert grain._softness(fine, columns, 3.0) == 0.5
    assert np.isfinite(grain.laid((30, 30), grain.Grain(3.0, 1.0, 0.5), 1)).all()
