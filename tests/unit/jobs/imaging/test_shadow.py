"""Shadows lie beneath the product, fade before the border, and have no hard lines."""

import numpy as np
import pytest
from scene_maker import disc

from jobs.imaging.shadow import soft_shadow


def test_none_is_nothing() -> None:
    assert not soft_shadow(disc(100, 30), "none").any()
    assert not soft_shadow(np.zeros((50, 50), np.float32), "soft").any()


@pytest.mark.parametrize("kind", ["soft", "contact"])
def test_the_shadow_lies_at_the_foot(kind: str) -> None:
    alpha = np.zeros((300, 300), np.float32)
    alpha[60:220, 100:200] = 1
    dark = soft_shadow(alpha, kind)
    assert dark.dtype == np.float32 and dark.shape == alpha.shape
    assert 0.05 < dark[221, 150] < 0.8
    assert dark[:150].max() < 0.01 and dark[:, :40].max() < 0.01
    assert dark.min() >= 0 and dark.max() <= 1


def test_soft_reaches_further_than_contact() -> None:
    alpha = np.zeros((300, 300), np.float32)
    alpha[60:220, 100:200] = 1
    outside = alpha == 0
    assert soft_shadow(alpha, "soft")[outside].sum() > 1.5 * soft_shadow(alpha, "contact")[outside].sum()


def test_the_border_stays_clear_even_for_a_product_that_touches_it() -> None:
    alpha = np.ones((120, 120), np.float32)
    dark = soft_shadow(alpha, "soft")
    assert dark[-1].max() == 0 and dark[:, 0].max() == 0 and dark[-2].max() == 0


def test_a_raised_handle_throws_less_than_the_body() -> None:
    alpha = np.zeros((300, 400), np.float32)
    alpha[60:220, 200:320] = 1
    alpha[100:150, 120:200] = 1
    dark = soft_shadow(alpha, "soft")
    assert dark[222, 150] < 0.25 * dark[222, 260]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="hard"):
        soft_shadow(disc(50, 10), "hard")
