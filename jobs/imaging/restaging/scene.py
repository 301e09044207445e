"""A photograph used as a scene: its old hero taken out, a product put in its place, the part around it shown.

Never asks a network and never encodes: cut-outs in, a finished canvas and what was found out.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.repair.removal import Removed, remove
from jobs.imaging.restaging.focus import sharpness_of
from jobs.imaging.restaging.lighting import Cast, SceneLight, measure_light
from jobs.imaging.restaging.placing import Place, Wish, product_place, shown_part
from jobs.imaging.restaging.standing import Manner, Stood, stand

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """A cut-out: RGB uint8 H x W x 3 sRGB, alpha float32 H x W, and the box of its visible part."""

    rgb: U8
    alpha: F32
    box: Box

    @property
    def cropped(self) -> "tuple[U8, F32]":
        x0, y0, x1, y1 = self.box
        return self.rgb[y0:y1, x0:x1], self.alpha[y0:y1, x0:x1]


@dataclass(frozen=True)
class Order:
    """What is to be made. `size`: (width, height) of the canvas; `replace`: take the old hero out first; `lock`: what
    product and shadow do not reach stays as it is."""

    size: tuple[int, int]
    wish: Wish = Wish()
    manner: Manner = Manner()
    replace: bool = True
    lock: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Restaged:
    """`rgb`: uint8 H x W x 3 sRGB of the ordered size; `place`: the product on it; `touched`: x0, y0, x1, y1 on it
    outside which no pixel of the resized template was changed, or None where all were; `facts`: plain values."""

    rgb: U8
    place: Box
    touched: Box | None
    facts: dict[str, Any]


def restage(template: U8, hero: Piece | None, product: Piece, order: Order) -> Restaged:
    """RGB uint8 template with its hero (a cut-out of the same picture, or None) -> the product in its place."""
    height, width = template.shape[:2]
    removed = remove(template, hero.alpha, hero.box, order.seed) if hero is not None and order.replace else None
    plate = removed.rgb if removed is not None else template
    light = _light(template, removed, hero)
    wide, high = product.box[2] - product.box[0], product.box[3] - product.box[1]
    old = hero.box if hero is not None and order.replace else None
    place = product_place((width, height), (wide, high), old, light.ground, order.wish, light.cast.kind == "laid")
    part = shown_part((width, height), order.size[0] / order.size[1], place)
    scale = order.size[0] / (part[2] - part[0])
    canvas = _shown(plate, part, order.size)
    manner = _manner(order, removed, template, hero, part)
    spot = tuple((value - part[i % 2]) * scale for i, value in enumerate(place))
    stood = stand(canvas, *product.cropped, (spot[0], spot[1], spot[2], spot[3]), light, manner, order.seed)
    rgb = stood.rgb if order.lock else _together(stood.rgb)
    x0, y0, x1, y1 = (round(value) for value in spot)
    touched = _touched(stood, removed, part, scale, order.size) if order.lock else None
    return Restaged(rgb, (x0, y0, x1, y1), touched, _facts(light, removed, manner, scale, part, touched))


def _light(template: U8, removed: Removed | None, hero: Piece | None) -> SceneLight:
    if removed is not None and hero is not None:
        return measure_light(template, removed.rgb, hero.alpha, hero.box)
    height, width = template.shape[:2]
    middle = (int(0.35 * width), int(0.35 * height), int(0.65 * width), int(0.8 * height))
    return measure_light(template, template, np.zeros((height, width), np.float32), middle)


def _shown(plate: U8, part: Place, size: tuple[int, int]) -> U8:
    """The part at the canvas's size; whole pixels, nothing resampled where the sizes are equal."""
    x0, y0, x1, y1 = (round(value) for value in part)
    cut = np.ascontiguousarray(plate[y0:y1, x0:x1])
    if (cut.shape[1], cut.shape[0]) == size:
        return cut
    kernel = cv2.INTER_AREA if size[0] < cut.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, size, interpolation=kernel), np.uint8)


def _manner(order: Order, removed: Removed | None, template: U8, hero: Piece | None, part: Place) -> Manner:
    """The manner with what the old hero tells of the ground and the focus, at the canvas's size."""
    manner = order.manner
    if removed is not None:
        manner = replace(manner, mirror=removed.mirror)
    if not manner.focus or hero is None:
        return manner
    shown = _shown(template, part, order.size)
    where = _shown(np.repeat((hero.alpha > 0.9)[:, :, None], 3, axis=2).astype(np.uint8), part, order.size)[:, :, 0] > 0
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if rows.size < 8:
        return manner
    spot = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return replace(manner, sharpness=sharpness_of(to_linear(shown[spot]), where[spot]))


def _together(rgb: U8) -> U8:
    """One print over template and product: a touch of contrast and a darker rim, which binds them."""
    height, width = rgb.shape[:2]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    rim = 1 - np.float32(0.1) * np.clip((x * x + y * y) / 2, 0, 1) ** 1.5
    level = np.arange(256, dtype=np.float32) / 255
    curve = (level + np.float32(0.05) * np.sin((level - 0.5) * np.pi * 2) * -0.5) * 255
    out = rgb.copy()
    for top in range(0, height, 256):
        rows = slice(top, min(height, top + 256))
        out[rows] = np.clip(curve[rgb[rows]] * rim[rows][:, :, None] + np.float32(0.5), 0, 255).astype(np.uint8)
    return out


def _touched(stood: Stood, removed: Removed | None, part: Place, scale: float, size: tuple[int, int]) -> Box:
    """Product, shadow and hole together, on the canvas."""
    x0, y0, x1, y1 = stood.touched
    if removed is not None:
        rows, columns = np.flatnonzero(removed.hole.any(axis=1)), np.flatnonzero(removed.hole.any(axis=0))
        x0, x1 = min(x0, int((columns[0] - part[0]) * scale) - 2), max(x1, int((columns[-1] + 1 - part[0]) * scale) + 3)
        y0, y1 = min(y0, int((rows[0] - part[1]) * scale) - 2), max(y1, int((rows[-1] + 1 - part[1]) * scale) + 3)
    return max(0, x0), max(0, y0), min(size[0], x1), min(size[1], y1)


def _facts(
    light: SceneLight, removed: Removed | None, manner: Manner, scale: float, part: Place, touched: Box | None
) -> dict[str, Any]:
    cast: Cast = light.cast
    return {
        "replaced": removed is not None,
        "filled_by": removed.method if removed is not None else "none",
        "touched": list(touched) if touched is not None else None,
        "shown": [round(value) for value in part],
        "enlarged": round(scale, 3),
        "light": {
            "side": round(light.side, 2),
            "level": round(light.white, 3),
            "tint": [round(value, 3) for value in light.tint],
            "shadow": cast.kind,
            "shadow_lean": cast.lean,
            "shadow_softness": cast.softness if cast.kind != "none" else None,
            "shadow_strength": round(cast.strength, 2),
            "mirror": round(manner.mirror, 2),
        },
    }
