"""Light is evened out gently: no clipping, no invented colour."""

import numpy as np
from scene_maker import disc

from jobs.imaging.lighting import normalise_light


def flat(colour: tuple[int, int, int], size: int = 120) -> np.ndarray:
    return np.full((size, size, 3), colour, np.uint8)


def test_an_underexposed_product_gets_lighter_within_limits() -> None:
    out = normalise_light(flat((120, 122, 121)), disc(120, 50)).astype(int)
    assert 124 <= out[60, 60, 1] <= 140
    assert np.ptp(out[60, 60]) <= 4


def test_a_well_lit_product_keeps_its_values() -> None:
    picture = flat((238, 238, 238))
    assert np.array_equal(normalise_light(picture, disc(120, 50)), picture)


def test_nothing_clips_and_order_stays() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(256, axis=0)
    dark = (ramp * 0.7).astype(np.uint8)
    dark[:, -1] = 255
    out = normalise_light(dark, np.ones((256, 256), np.float32)).astype(int)
    assert (np.diff(out[10, :, 0]) >= 0).all()
    assert (out[10, :-1, 0] < 255).all() and out[10, -1, 0] == 255 and out[10, 0, 0] == 0


def test_hue_stays() -> None:
    out = normalise_light(flat((150, 30, 20)), disc(120, 50)).astype(float)[60, 60]
    light = (np.array([150.0, 30, 20]) / 255) ** 2.2
    after = (out / 255) ** 2.2
    assert np.allclose(after / after.max(), light / light.max(), atol=0.02)


def test_a_cream_product_stays_cream() -> None:
    out = normalise_light(flat((225, 210, 180)), disc(120, 50)).astype(int)[60, 60]
    assert 38 <= out[0] - out[2] <= 52


def test_a_known_grey_backdrop_corrects_the_cast_by_a_little() -> None:
    picture = flat((200, 190, 180))
    out = normalise_light(picture, disc(120, 50), white=(200, 190, 180)).astype(int)[60, 60]
    assert 4 <= out[0] - out[2] < 17


def test_too_small_a_product_is_left_alone() -> None:
    picture = flat((90, 90, 90))
    assert np.array_equal(normalise_light(picture, disc(120, 2)), picture)
