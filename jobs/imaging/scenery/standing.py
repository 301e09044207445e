"""Cut-outs on their way into a scene: their wish for size, their pixels at output size, their place on the canvas.

Never lights anything and knows no stage.
"""

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.framing import Framing, Stand, Wanted, project
from jobs.imaging.scenery.shadows import Caster, caster

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]

LARGEST = 0.95  # of the frame's shorter side
MACRO = 1.3  # how much nearer a macro shot is


@dataclass(frozen=True)
class Item:
    """A cut-out to stand in the scene. `foreground`: RGB uint8 H x W x 3 sRGB; `alpha`: float32 H x W 0..1; `box`: x0,
    y0, x1, y1 of its visible part; `scale`: longest side of the box over the frame's shorter side; `x`: sideways place
    from the setting's position, -1..1 of the frame's half width; `depth`: units behind the spot; `flat`: lying on a
    surface that is seen from above (every item lies there); `y`: of what lies, its place downwards from the middle,
    -1..1 of the frame's half height."""

    foreground: U8
    alpha: F32
    box: Box
    scale: float = 0.6
    x: float = 0.0
    depth: float = 0.0
    flat: bool = False
    y: float = 0.0


@dataclass(frozen=True)
class Placed:
    """An item on its way: its box in the output, itself at that size, and what it blocks."""

    box: Box
    rgb: U8
    alpha: U8
    caster: Caster
    depth: float = 0.0
    prop: bool = False


def wish_of(item: Item, size: tuple[int, int], angle: str = "eye-level") -> Wanted:
    """The item's size in output pixels, never larger than the frame less its margins."""
    x0, y0, x1, y1 = solid_box(item)
    ratio = (x1 - x0) / (y1 - y0)
    nearer = MACRO if angle == "macro" else 1.0
    longest = min(max(item.scale, 0.02) * nearer, LARGEST) * min(size)
    width, height = (longest, longest / ratio) if ratio >= 1 else (longest * ratio, longest)
    return Wanted(width, height, item.x, item.depth, item.flat, item.y)


def solid_box(item: Item) -> Box:
    """The box of what is more than half opaque: a soft shadow that came with a cut-out does not stand on the ground."""
    x0, y0, x1, y1 = item.box
    part = item.alpha[y0:y1, x0:x1] > 0.5
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if rows.size == 0:
        raise ValueError("an item shows nothing")
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def place(item: Item, framing: Framing, number: int, size: tuple[int, int]) -> Placed:
    """The item at its output size, and its silhouette for the shadows."""
    stand = framing.stands[number]
    grow = size[0] / framing.size[0], size[1] / framing.size[1]
    left, bottom = round(stand.box[0] * grow[0]), round(stand.box[3] * grow[1])
    width = max(1, round((stand.box[2] - stand.box[0]) * grow[0]))
    height = max(1, round((stand.box[3] - stand.box[1]) * grow[1]))
    x0, y0, x1, y1 = solid_box(item)
    rgb, alpha = resized(item.foreground[y0:y1, x0:x1], item.alpha[y0:y1, x0:x1], (width, height))
    small = alpha.astype(np.float32) * np.float32(1 / 255)
    return Placed(
        (left, bottom - height, left + width, bottom),
        rgb,
        alpha,
        caster(small, stand, framing.flat, steepness(framing, stand)),
        item.depth,
    )


def steepness(framing: Framing, stand: Stand) -> float:
    """The sine of the angle under which the camera looks down on an item's foot, 0..1."""
    x, y, z = stand.foot
    near, far = project(framing.camera, (x, y - 0.05, z)), project(framing.camera, (x, y + 0.05, z))
    return min(1.0, abs(far[1] - near[1]) * 10 * stand.unit)


def resized(rgb: U8, alpha: F32, size: tuple[int, int]) -> tuple[U8, U8]:
    """A cut-out at another size, both uint8: averaged when it shrinks, Lanczos when it grows."""
    shrinks = size[0] <= rgb.shape[1]
    colour = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4)
    mask = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.asarray(colour), (np.clip(mask, 0, 1) * 255 + 0.5).astype(np.uint8)


def canvas_box(each: Placed, framing: Framing) -> Box:
    """An item's box in whole canvas pixels, inside the canvas."""
    x0, y0, x1, y1 = each.caster.stand.box
    width, height = framing.size
    left, top = max(0, int(x0)), max(0, int(y0))
    return left, top, max(left + 1, min(width, ceil(x1))), max(top + 1, min(height, ceil(y1)))
