"""What a layout asks of a scene: a shot with the product in a wanted place, and a check that it kept out of the copy.

Never renders anything itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.imaging.colour import F32, U8
from jobs.imaging.typesetting.arrangement import meet
from jobs.imaging.typesetting.sweep import Box

Zone = tuple[float, float, float, float]
PREVIEW = 320  # the longer side of the small shots that compositions are judged by
_SHRINK = (1.0, 0.92, 0.84, 0.74)


@dataclass(frozen=True)
class Shot:
    """A scene with the product in it: uint8 sRGB canvas, the product's box on it, its cover float32 H x W."""

    rgb: U8
    box: Box
    cover: F32


Shoot = Callable[[tuple[int, int], Box], Shot]
"""(frame size, wanted box of the product) -> the finished scene; the product may end up a little elsewhere."""


def cleared(wish: Box, taken: Sequence[Zone], size: tuple[int, int], shoot: Shoot) -> Box:
    """The box to ask for so that the product stays off `taken`: scenes place it as their ground allows, so small shots
    are looked at, and the wish is moved back against the drift and made smaller until it holds."""
    scale = 1.4 * PREVIEW / max(size)
    small = (max(8, round(size[0] * scale)), max(8, round(size[1] * scale)))
    gap, box = 0.02 * min(size), wish
    for share in _SHRINK:
        box = _resized(wish, share)
        x0, y0, x1, y1 = (round(edge * scale) for edge in box)
        left, top, right, bottom = (
            edge / scale for edge in shoot(small, (x0, y0, max(x0 + 1, x1), max(y0 + 1, y1))).box
        )
        if not any(meet((left, top, right, bottom), other, gap) for other in taken):
            break
        across, down = round(left - box[0]), round(bottom - box[3])
        wish = _inside((wish[0] - across, wish[1] - down, wish[2] - across, wish[3] - down), size)
    return box


def _resized(box: Box, share: float) -> Box:
    """The box smaller about the middle of its foot."""
    middle, wide, tall = (box[0] + box[2]) / 2, (box[2] - box[0]) * share / 2, (box[3] - box[1]) * share
    return round(middle - wide), round(box[3] - tall), round(middle + wide), box[3]


def _inside(box: Box, size: tuple[int, int]) -> Box:
    """The box moved back into the frame."""
    x = min(max(box[0], 0), size[0] - (box[2] - box[0]))
    y = min(max(box[1], 0), size[1] - (box[3] - box[1]))
    return x, y, x + box[2] - box[0], y + box[3] - box[1]
