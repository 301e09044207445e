"""The small designed things of a layout: button, badge, rule, logo. Each is measured first, then drawn in its place.

Never decides where it stands on the poster.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.typesetting.contrast import ratio
from jobs.imaging.typesetting.drawing import Box, Rgb, draw, place
from jobs.imaging.typesetting.fitting import Block, fit
from jobs.imaging.typesetting.palette import on
from jobs.imaging.typesetting.runs import Lettering
from jobs.imaging.typesetting.shapes import disc, fill, outline, rounded


@dataclass(frozen=True)
class Button:
    """A call to action, set and measured. `kind` as in Look.button; `width` and `height` in pixels with padding."""

    block: Block
    kind: str
    width: float
    height: float


def button(text: str, lettering: Lettering, kind: str, size: float, most_width: float) -> Button:
    """Set a button's words at `size` pixels; they shrink rather than break."""
    pad_x, pad_y = (0.0, 0.42) if kind == "underline" else (1.45, 0.92)
    block = fit(text, lettering, most_width - 2 * pad_x * size, 4 * size, (0.6 * size, size), 1)
    cap = 0.72 * block.size
    return Button(block, kind, block.width + 2 * pad_x * size, max(cap, block.height * 0.86) + 2 * pad_y * size)


def draw_button(canvas: U8, made: Button, x: float, y: float, paint: Rgb, ink: Rgb) -> tuple[Rgb, Box]:
    """Draw it with its left top at x, y: `paint` fills it, or draws its line. Returns (the lettering's colour, box)."""
    shape = rounded(x, y, x + made.width, y + made.height, _radius(made))
    thin = max(1.0, made.block.size * 0.085)
    letters = ink
    if made.kind in ("pill", "rect", "soft"):
        fill(canvas, shape, paint)
        letters = on(paint)
    elif made.kind == "underline":
        fill(canvas, rounded(x, y + made.height - 1.4 * thin, x + made.width, y + made.height, 0), paint)
    else:
        outline(canvas, shape, ink, thin)
    left = x + (made.width - made.block.width) / 2
    top = y + (made.height - made.block.height) / 2
    draw(canvas, place(made.block, left, _optical(made, y, top), made.block.width, "left"), letters)
    return letters, (int(x), int(y), int(np.ceil(x + made.width)), int(np.ceil(y + made.height)))


def _optical(made: Button, y: float, top: float) -> float:
    """Centred by the capitals, not by the ink: a descender must not lift the word."""
    line, size = made.block.lines[0], made.block.size
    below = max(0.0, line.ink[3]) * size
    if below > 0.34 * size:
        return top
    return y + (made.height - (made.block.height - below)) / 2


def _radius(made: Button) -> float:
    share = {"pill": 0.5, "outline-pill": 0.5, "soft": 0.22}.get(made.kind, 0.0)
    return share * made.height


@dataclass(frozen=True)
class Badge:
    """A seal: its words set, `kind` as in Look.badge, its outer width and height."""

    block: Block
    kind: str
    width: float
    height: float


def badge(text: str, lettering: Lettering, kind: str, span: float) -> Badge:
    """Set a badge about `span` pixels wide. Long words get the pill: a seal of fine print is none."""
    if len(text) > 26 and kind in ("circle", "burst"):
        kind = "pill"
    if kind in ("circle", "burst"):
        inner = span * (0.66 if kind == "circle" else 0.60)
        block = fit(text, lettering, inner, inner * 0.86, (0.06 * span, 0.34 * span), 3)
        return Badge(block, kind, span, span)
    size = 0.17 * span
    block = fit(text, lettering, 2.1 * span, 3 * size, (0.08 * span, size), 1)
    return Badge(block, kind, block.width + 1.9 * block.size, max(block.height, 0.72 * block.size) + 1.25 * block.size)


def draw_badge(canvas: U8, made: Badge, x: float, y: float, paint: Rgb) -> Box:
    """Draw it with its left top at x, y; returns its box."""
    middle = (x + made.width / 2, y + made.height / 2)
    if made.kind == "burst":
        fill(canvas, disc(*middle, made.width / 2, 18, 0.11), paint)
    elif made.kind == "circle":
        fill(canvas, disc(*middle, made.width / 2), paint)
        outline(canvas, disc(*middle, made.width * 0.455), on(paint), max(1.0, 0.007 * made.width), opacity=0.7)
    else:
        radius = made.height / 2 if made.kind == "pill" else 0.0
        fill(canvas, rounded(x, y, x + made.width, y + made.height, radius), paint)
    block = made.block
    draw(canvas, place(block, middle[0] - block.width / 2, middle[1] - block.height / 2, block.width, "center"),
         on(paint))  # fmt: skip
    return int(x), int(y), int(np.ceil(x + made.width)), int(np.ceil(y + made.height))


@dataclass(frozen=True)
class Logo:
    """A logo freed of its plain ground: RGB uint8, alpha float32 0..1 of one size, cropped to what is visible."""

    rgb: U8
    alpha: F32

    @property
    def shape(self) -> float:
        return float(self.alpha.shape[1] / self.alpha.shape[0])


def logo(rgb: U8, alpha: U8 | None) -> Logo | None:
    """From a decoded picture: its own transparency, else the flat colour around it is taken away. None when nothing is
    left to see."""
    cover = alpha.astype(np.float32) / 255 if alpha is not None and int(alpha.min()) < 250 else _keyed(rgb)
    ys, xs = np.nonzero(cover > 0.05)
    if not ys.size:
        return None
    spot = slice(int(ys.min()), int(ys.max()) + 1), slice(int(xs.min()), int(xs.max()) + 1)
    return Logo(np.ascontiguousarray(rgb[spot]), np.ascontiguousarray(cover[spot]))


def _keyed(rgb: U8) -> F32:
    """Alpha of what differs from a flat border; all opaque where the border is not flat."""
    edge = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]]).astype(np.float32)
    ground = np.median(edge, axis=0)
    if float(np.abs(edge - ground).mean()) > 6:
        return np.ones(rgb.shape[:2], np.float32)
    away = np.abs(rgb.astype(np.float32) - ground).max(axis=2)
    return np.asarray(np.clip((away - 10) / 60, 0, 1), np.float32)


def logo_size(made: Logo, height: float, most_width: float) -> tuple[float, float]:
    """(width, height) of equal visual weight: wide word marks are lower than round signs."""
    tall = height * float(np.clip((2.2 / max(made.shape, 0.05)) ** 0.32, 0.62, 1.5))
    wide = tall * made.shape
    if wide > most_width:
        wide, tall = most_width, most_width / made.shape
    return wide, tall


def draw_logo(canvas: U8, made: Logo, x: float, y: float, size: tuple[float, float], inks: tuple[Rgb, Rgb]) -> Box:
    """Set the logo; where it would drown it gets a quiet chip, a one-coloured mark another ink. Returns its box."""
    wide, tall = max(1, round(size[0])), max(1, round(size[1]))
    left, top = round(x), round(y)
    alpha = np.clip(cv2.resize(made.alpha, (wide, tall), interpolation=cv2.INTER_AREA), 0, 1)
    rgb = np.asarray(cv2.resize(made.rgb, (wide, tall), interpolation=cv2.INTER_AREA))
    ground = canvas[top : top + tall, left : left + wide]
    if ground.shape[:2] != (tall, wide):
        return left, top, left + wide, top + tall
    behind = _mean(ground, np.ones_like(alpha))
    own = _mean(rgb, alpha)
    if ratio(own, behind) < 1.9:
        rgb = _separated(canvas, rgb, alpha, (left, top, wide, tall), behind, inks)
        ground = canvas[top : top + tall, left : left + wide]
    share = alpha[:, :, None]
    ground[:] = from_linear(to_linear(ground) * (1 - share) + to_linear(rgb) * share)
    return left, top, left + wide, top + tall


def _separated(
    canvas: U8, rgb: U8, alpha: F32, place_: tuple[int, int, int, int], behind: Rgb, inks: tuple[Rgb, Rgb]
) -> U8:
    left, top, wide, tall = place_
    colours = rgb[alpha > 0.6].astype(np.float32)
    flat = colours.size and float(colours.std(axis=0).max()) < 14 and float(np.ptp(colours.mean(axis=0))) < 14
    if flat:
        return np.asarray(np.broadcast_to(np.array(max(inks, key=lambda ink: ratio(ink, behind)), np.uint8), rgb.shape))
    pad = 0.28 * tall
    chip = max(inks, key=lambda ink: ratio(ink, _mean(rgb, alpha)))
    fill(canvas, rounded(left - pad, top - pad, left + wide + pad, top + tall + pad, 0.5 * pad), chip, 0.96)
    return rgb


def _mean(rgb: U8, alpha: F32) -> Rgb:
    weight = max(float(alpha.sum()), 1e-3)
    light = (to_linear(rgb) * alpha[:, :, None]).sum(axis=(0, 1)) / weight
    red, green, blue = (int(part) for part in from_linear(np.asarray(light, np.float32)))
    return red, green, blue
