"""A new scene with the product that feels like a reference: chosen, rendered, and led to the reference's tones.

Never copies a pixel of the reference.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.likeness.choosing import Chosen
from jobs.imaging.likeness.grading import graded
from jobs.imaging.likeness.palette import tones_of
from jobs.imaging.likeness.reference import Reference
from jobs.imaging.oklab import to_oklab
from jobs.imaging.scenery.render import Item, render

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]

_LIGHT_TOUCH = 0.16  # of the grade, on a product whose colours are to stay
_LOGO_TOUCH = 0.12
_NEUTRAL = 0.7  # of the light's colour is balanced away from a product that keeps its own
_TONE, _COLOUR = 0.8, 0.95


@dataclass(frozen=True)
class Keeping:
    """What of the product stays as it is: all its colours, or at least what is printed on it."""

    product: bool = True
    logo: bool = True


@dataclass(frozen=True)
class Alike:
    """`rgb`: uint8 H x W x 3 sRGB; `box`: the product on it."""

    rgb: U8
    box: Box


def compose(
    chosen: Chosen, reference: Reference, item: Item, size: tuple[int, int], transfer: frozenset[str], strength: float,
    keeping: Keeping, seed: int,
) -> Alike:  # fmt: skip
    """The finished picture of `size` (width, height). `strength` 0 is the chosen setting as it is."""
    placed, setting = replace(item, scale=chosen.scale, x=chosen.x), chosen.setting
    if keeping.product and strength > 0:  # white stays white: the surroundings get the light's colour by their grade
        lighting = replace(setting.lighting, keeps=setting.lighting.keeps * (1 - _NEUTRAL * strength))
        setting = replace(setting, lighting=lighting)
    made = render(setting, (placed,), size, seed)
    colour = _COLOUR * strength if "color" in transfer else 0.0
    tone = _TONE * strength if transfer & {"mood", "lighting"} else 0.0
    if colour + tone <= 0:
        return Alike(made.rgb, made.boxes[0])
    own = tones_of(_surroundings(made.rgb, made.cover))
    amount = 1 - made.cover * (1 - _touch(made.rgb, made.cover, keeping))
    return Alike(graded(made.rgb, own, reference.tones, amount, tone, colour), made.boxes[0])


def _surroundings(rgb: U8, cover: F32) -> F32:
    """OKLab of what the product does not hide, N x 3, from a reduced copy."""
    scale = min(1.0, 360 / max(cover.shape))
    size = (max(1, round(cover.shape[1] * scale)), max(1, round(cover.shape[0] * scale)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    free = cv2.resize(cover, size, interpolation=cv2.INTER_AREA) < 0.05
    lab = to_oklab(to_linear(small))
    return np.asarray(lab[free] if int(free.sum()) > 100 else lab.reshape(-1, 3), np.float32)


def _touch(rgb: U8, cover: F32, keeping: Keeping) -> F32 | float:
    """How much of the grade the product takes, 0..1."""
    if keeping.product:
        return _LIGHT_TOUCH
    if not keeping.logo:
        return 1.0
    return np.asarray(1 - (1 - _LOGO_TOUCH) * _printed(rgb, cover), np.float32)


def _printed(rgb: U8, cover: F32) -> F32:
    """Where the product bears print: strong local contrast of lightness or colour, softened; float32 H x W 0..1."""
    scale = min(1.0, 512 / max(cover.shape))
    size = (max(1, round(cover.shape[1] * scale)), max(1, round(cover.shape[0] * scale)))
    lab = to_oklab(to_linear(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)))
    inside = cv2.erode(cv2.resize(cover, size, interpolation=cv2.INTER_AREA), np.ones((5, 5), np.uint8))
    apart = np.linalg.norm(lab - cv2.GaussianBlur(lab, (0, 0), 6.0), axis=2) * inside
    strong = np.asarray(np.clip(apart / 0.1 - 0.3, 0, 1), np.float32)
    wide = cv2.GaussianBlur(cv2.dilate(strong, np.ones((5, 5), np.uint8)), (0, 0), 2)
    large = cv2.resize(wide, (cover.shape[1], cover.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(large, 0, 1), np.float32)


def measured(reference: Reference) -> dict[str, object]:
    """What the result tells of its reference: plain values."""
    return {
        "palette": [
            {"color": "#{:02x}{:02x}{:02x}".format(*each.rgb), "share": each.share} for each in reference.colours
        ],
        "light": {"side": round(reference.side, 2), "softness": round(reference.softness, 2),
                  "tint": [round(value, 3) for value in reference.tint]},
        "level": round(reference.level, 3), "contrast": round(reference.contrast, 3),
        "saturation": round(reference.chroma, 3), "warmth": round(reference.warmth, 3),
        "depth_of_field": round(reference.depth, 2), "grain": round(reference.grain, 2),
        "vignette": round(reference.rim, 2), "view": "top" if reference.above else "eye",
        "subject": [round(value, 3) for value in reference.hero] if reference.hero else None,
        "mood": list(reference.mood),
    }  # fmt: skip
