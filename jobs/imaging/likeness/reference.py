"""Measures a reference photograph: light, colours, tones, focus, composition and mood.

Never keeps the picture: numbers come out. Nothing here knows a stage or an option.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.likeness.palette import Swatch, Tones, palette, tones_of
from jobs.imaging.oklab import to_oklab
from jobs.imaging.repair import grain
from jobs.imaging.repair.removal import remove
from jobs.imaging.restaging.lighting import Rgb, SceneLight, measure_light

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]

SIDE = 640  # pixels: mood is large
_BANDS = 8


@dataclass(frozen=True)
class Reference:
    """What was measured. `colours`: main ones of the surroundings; `tones`: their statistics; `light`: the key's side
    (-1 left .. 1 right), softness 0..1 and colour; `level`, `contrast`: lightness at the middle and between its 5th and
    95th per cent (OKLab, 0..1); `chroma`: mean; `warmth`: mean b; `depth`: 0 all sharp .. 1 soft surroundings; `grain`:
    sRGB levels; `rim`: how much darker the rim is, 0..1; `above`: seen from above; `hero`: centre x, y and longest side
    over the shorter side of the frame, or None; `rows`: lightness and detail in eight bands from top to bottom."""

    colours: tuple[Swatch, ...]
    tones: Tones
    side: float
    softness: float
    tint: Rgb
    level: float
    contrast: float
    chroma: float
    warmth: float
    depth: float
    grain: float
    rim: float
    above: bool
    hero: tuple[float, float, float] | None
    rows: F32

    @property
    def mood(self) -> tuple[str, ...]:
        """Plain words for it."""
        words = ["dark" if self.level < 0.38 else "bright" if self.level > 0.78 else "balanced"]
        words += ["warm"] * (self.warmth > 0.022) + ["cool"] * (self.warmth < -0.012)
        words.append("vivid" if self.chroma > 0.1 else "muted" if self.chroma < 0.035 else "natural colours")
        words += ["high contrast"] * (self.contrast > 0.62) + ["soft contrast"] * (self.contrast < 0.3)
        words += ["shallow focus"] * (self.depth > 0.55)
        return tuple(words)


def measure(rgb: U8, alpha: F32 | None, box: Box | None, seed: int = 0) -> Reference:
    """RGB uint8 H x W x 3 sRGB (longest side about SIDE) and its hero's alpha and box, or None for an empty scene."""
    plate, light = rgb, None
    if alpha is not None and box is not None:
        try:
            plate = remove(rgb, alpha, box, seed).rgb
            light = measure_light(rgb, plate, alpha, box)
        except ValueError:  # the hero fills the frame: it is the mood then
            alpha = box = None
    light = light or _even(rgb)
    lab = to_oklab(to_linear(plate))
    flat = lab.reshape(-1, 3)
    tones = tones_of(flat[:: max(1, flat.shape[0] // 60_000)])
    low, middle, high = (float(value) for value in np.percentile(flat[::7, 0], (5, 50, 95)))
    height, width = rgb.shape[:2]
    hero = None
    if box is not None:
        longest = max(box[2] - box[0], box[3] - box[1]) / min(height, width)
        hero = ((box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height, float(longest))
    return Reference(
        colours=palette(plate),
        tones=tones,
        side=light.side,
        softness=float(np.clip(light.cast.softness / 0.13, 0, 1)) if light.cast.kind != "none" else 1.0,
        tint=light.tint,
        level=middle,
        contrast=high - low,
        chroma=float(np.hypot(flat[:, 1], flat[:, 2]).mean()),
        warmth=float(flat[:, 2].mean()),
        depth=_depth(rgb, alpha),
        grain=grain.measure(rgb).sigma,
        rim=_rim(lab),
        above=light.cast.kind == "laid" and _seen_from_above(bands(lab), box, height),
        hero=hero,
        rows=bands(lab),
    )


def _even(rgb: U8) -> SceneLight:
    """The light of a scene without a hero."""
    height, width = rgb.shape[:2]
    middle = (width // 4, height // 4, 3 * width // 4, 3 * height // 4)
    return measure_light(rgb, rgb, np.zeros((height, width), np.float32), middle)


def _seen_from_above(rows: F32, box: Box | None, height: int) -> bool:
    """A surface looks the same from top to bottom, and what lies on it lies within it."""
    inside = box is not None and box[3] < 0.97 * height and box[1] > 0.03 * height
    return bool(inside and np.ptp(rows[:, 0]) < 0.12 and np.ptp(rows[:, 1]) < 0.6 * max(float(rows[:, 1].mean()), 0.05))


def bands(lab: F32) -> F32:
    """Lightness about its mean and detail in eight horizontal bands, 8 x 2; detail is the root of the mean gradient."""
    light = np.ascontiguousarray(cv2.resize(lab, (96, 96), interpolation=cv2.INTER_AREA)[:, :, 0])
    edges = cv2.magnitude(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    rows = light.reshape(_BANDS, -1).mean(axis=1)
    return np.stack([rows - rows.mean(), np.sqrt(edges.reshape(_BANDS, -1).mean(axis=1))], axis=1).astype(np.float32)


def _depth(rgb: U8, alpha: F32 | None) -> float:
    """How much softer the upper surroundings are than the hero: from the ratio of fine to coarse detail in both."""
    if alpha is None:
        return 0.0
    level = np.sqrt(to_linear(rgb) @ np.array([0.2126, 0.7152, 0.0722], np.float32))
    fine = np.abs(level - cv2.GaussianBlur(level, (0, 0), 1.0))
    coarse = np.abs(cv2.GaussianBlur(level, (0, 0), 1.5) - cv2.GaussianBlur(level, (0, 0), 6.0)) + 1e-4
    around = cv2.dilate(alpha, np.ones((25, 25), np.uint8)) < 0.02
    around[round(0.6 * level.shape[0]) :] = False
    inside = cv2.erode(alpha, np.ones((7, 7), np.uint8)) > 0.9
    # Plain paper has no detail to be sharp: only where something is drawn can focus be told.
    drawn = around & (coarse > max(0.006, float(np.percentile(coarse[around], 60)) if around.any() else 0.006))
    if int(drawn.sum()) < 400 or int(inside.sum()) < 400:
        return 0.0
    ratio = float((fine[drawn] / coarse[drawn]).mean()) / max(float((fine[inside] / coarse[inside]).mean()), 1e-3)
    return float(np.clip(1.15 - ratio, 0, 1))


def _rim(lab: F32) -> float:
    """How much darker the corners are than the middle, 0..1."""
    small = cv2.resize(lab, (48, 48), interpolation=cv2.INTER_AREA)[:, :, 0]
    corners = np.concatenate([small[:8, :8], small[:8, -8:], small[-8:, :8], small[-8:, -8:]])
    return float(np.clip((small[12:36, 12:36].mean() - corners.mean()) / max(float(small.mean()), 0.05), 0, 1))
