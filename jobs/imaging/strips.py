"""Runs a local operation over a large picture a strip of rows at a time, so that its float copies stay small.

Never changes what a picture of up to PIXELS pixels gives: it is done in one piece.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]
PIXELS = 2_000_000
_LEAST_ROWS = 256


def in_strips(step: Callable[..., Rows], pictures: tuple[Rows | None, ...], reach: int) -> Rows:
    """`step(*pictures)`, whose result has as many rows as they; `reach`: how far a pixel's value depends on others.

    Strips begin at even rows, so that an operation that halves a picture meets the same pairs of them.
    """
    height, width = next(picture.shape[:2] for picture in pictures if picture is not None)
    if height * width <= PIXELS:
        return step(*pictures)
    rows = max(_LEAST_ROWS, PIXELS // width // 2 * 2)
    halo = reach + reach % 2
    out: Rows | None = None
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - halo), min(height, bottom + halo)
        part = step(*(None if picture is None else picture[first:last] for picture in pictures))
        if out is None:
            out = np.empty((height, *part.shape[1:]), part.dtype)
        out[top:bottom] = part[top - first : bottom - first]
    assert out is not None
    return out
