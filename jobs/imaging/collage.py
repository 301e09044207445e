"""A page of pictures side by side: the cells of a collage, and the tints of their backdrops.

Never renders a cell: rectangles and colours out, finished cells in.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.oklab import from_oklab, to_oklab

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Rect = tuple[int, int, int, int]
Rgb = tuple[float, float, float]

_GUTTER = 0.012  # of the page's shorter side
_HERO = (1.6, 2.0, 2.5, 3.2, 4.0)  # how much wider and higher the hero's cell is: the first that makes it the largest
_LIGHTNESS = 0.91  # OKLab: a backdrop is pale, so that the product stays the subject
_CHROMA = 0.045


def cells(count: int, size: tuple[int, int], hero: int | None = None) -> list[Rect]:
    """Rectangles (x0, y0, x1, y1) in pixels that fill a page of (width, height) but for white gutters, in order.

    Rows of nearly equal cells, as near to squares as can be; a hero's row and cell are larger.
    """
    rows = min(range(1, count + 1), key=lambda n: abs(np.log(size[0] / (count / n) / (size[1] / n))))
    counts = [count // rows + (1 if number >= rows - count % rows else 0) for number in range(rows)]
    gutter = max(2, round(_GUTTER * min(size)))
    pages = (_page(counts, size, gutter, hero, times) for times in _HERO)
    return next(page for page in pages if hero is None or _area(page[hero]) == max(map(_area, page)))


def _page(counts: Sequence[int], size: tuple[int, int], gutter: int, hero: int | None, times: float) -> list[Rect]:
    """The cells when the hero's row is `times` as high and its cell `times` as wide as the others."""
    starts = np.cumsum([0, *counts])
    heights = [
        times if hero is not None and starts[row] <= hero < starts[row + 1] else 1.0 for row in range(len(counts))
    ]
    found = list[Rect]()
    for row, (top, bottom) in enumerate(_edges(heights, size[1], gutter)):
        widths = [times if starts[row] + place == hero else 1.0 for place in range(counts[row])]
        found += [(left, top, right, bottom) for left, right in _edges(widths, size[0], gutter)]
    return found


def _area(cell: Rect) -> int:
    return (cell[2] - cell[0]) * (cell[3] - cell[1])


def _edges(shares: Sequence[float], length: int, gutter: int) -> list[tuple[int, int]]:
    """Stretches of `length` in proportion to the shares, gutters between them."""
    free = length - gutter * (len(shares) - 1)
    ends = np.rint(np.cumsum([0.0, *shares]) / sum(shares) * free).astype(int)
    return [(int(ends[n]) + gutter * n, int(ends[n + 1]) + gutter * n) for n in range(len(shares))]


def backdrop_for(foreground: U8, alpha: F32) -> Rgb:
    """A pale colour (sRGB 0..1) that goes with a product: its own mean hue in OKLab, light and weak; neutral for grey
    products. `foreground`: RGB uint8 H x W x 3 sRGB; `alpha`: float32 H x W."""
    scale = min(1.0, 96 / max(alpha.shape))
    size = max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))
    weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).reshape(-1, 1)
    lab = to_oklab(to_linear(np.asarray(cv2.resize(foreground, size, interpolation=cv2.INTER_AREA)))).reshape(-1, 3)
    tint = (lab * weight).sum(axis=0)[1:] / max(float(weight.sum()), 1e-6)
    chroma = float(np.hypot(*tint))
    keep = min(1.0, _CHROMA / chroma) if chroma > 0.01 else 0.0
    light = from_oklab(np.array([[[_LIGHTNESS, *(tint * keep)]]], np.float32))
    red, green, blue = (float(level) / 255 for level in from_linear(np.clip(light, 0, 1))[0, 0])
    return red, green, blue


def paste(page: U8, picture: U8, rect: Rect) -> None:
    """Lay a finished cell on the page, in place; it must have the rectangle's size."""
    x0, y0, x1, y1 = rect
    page[y0:y1, x0:x1] = picture
