"""Flat shapes with smooth edges: buttons, badges, rules, frames, panels, leader lines. In place, in linear light.

Never measures legibility and never draws letters.
"""

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8
from jobs.imaging.typesetting.drawing import Box, Rgb, lay

_FINE = 4  # samples per pixel and direction at edges
_SHIFT = 4  # fractional bits of the coordinates handed to the rasteriser


def _scope(points: list[tuple[float, float]], grow: float) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (
        int(np.floor(min(xs) - grow)), int(np.floor(min(ys) - grow)),
        int(np.ceil(max(xs) + grow)) + 1, int(np.ceil(max(ys) + grow)) + 1,
    )  # fmt: skip


def polygon_cover(points: list[tuple[float, float]]) -> tuple[F32, Box]:
    """Coverage of a closed outline, float32 0..1, and its pixels."""
    box = _scope(points, 1)
    fine = np.zeros(((box[3] - box[1]) * _FINE, (box[2] - box[0]) * _FINE), np.uint8)
    scaled = np.array([[(x - box[0]) * _FINE, (y - box[1]) * _FINE] for x, y in points]) - 0.5
    cv2.fillPoly(fine, [np.rint(scaled * (1 << _SHIFT)).astype(np.int32)], 255, cv2.LINE_8, _SHIFT)
    small = cv2.resize(fine, (box[2] - box[0], box[3] - box[1]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) * np.float32(1 / 255), box


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> list[tuple[float, float]]:
    """Outline of a rectangle with round corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    if radius <= 0.5:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    corners = ((x1 - radius, y0 + radius, -90), (x1 - radius, y1 - radius, 0), (x0 + radius, y1 - radius, 90),
               (x0 + radius, y0 + radius, 180))  # fmt: skip
    out = []
    for x, y, start in corners:
        for angle in np.radians(np.linspace(start, start + 90, 24)):
            out.append((x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle))))
    return out


def disc(x: float, y: float, radius: float, points: int = 0, depth: float = 0.1) -> list[tuple[float, float]]:
    """A circle, or with `points` a star of that many soft teeth whose valleys are `depth` of the radius deep."""
    out = []
    for angle in np.linspace(0, 2 * np.pi, 360, endpoint=False):
        reach = radius
        if points:
            reach *= 1 - depth * (0.5 - 0.5 * np.cos(points * angle))
        out.append((x + reach * float(np.cos(angle)), y + reach * float(np.sin(angle))))
    return out


def fill(
    canvas: U8, outline: list[tuple[float, float]], colour: Rgb, opacity: float = 1.0, behind: F32 | None = None
) -> None:
    """Paint the inside of an outline."""
    cover, box = polygon_cover(outline)
    lay(canvas, cover, box, colour, opacity, behind)


def outline(
    canvas: U8, points: list[tuple[float, float]], colour: Rgb, width: float, closed: bool = True, opacity: float = 1.0,
    behind: F32 | None = None,
) -> None:  # fmt: skip
    """Paint a line along points, `width` pixels thick."""
    box = _scope(points, width + 1)
    tall, wide = box[3] - box[1], box[2] - box[0]
    step = 1 if tall * wide > 3_000_000 else _FINE
    fine = np.zeros((tall * step, wide * step), np.uint8)
    scaled = np.array([[(x - box[0]) * step, (y - box[1]) * step] for x, y in points]) - 0.5
    fixed = np.rint(scaled * (1 << _SHIFT)).astype(np.int32)
    kind = cv2.LINE_AA if step == 1 else cv2.LINE_8
    cv2.polylines(fine, [fixed], closed, 255, max(1, round(width * step)), kind, _SHIFT)
    small = fine if step == 1 else cv2.resize(fine, (wide, tall), interpolation=cv2.INTER_AREA)
    lay(canvas, np.asarray(small, np.float32) * np.float32(1 / 255), box, colour, opacity, behind)


def soft_shadow(canvas: U8, shape: list[tuple[float, float]], drop: float, blur: float, strength: float = 0.35) -> None:
    """The shadow of a card that floats a little: `drop` and `blur` in pixels."""
    cover, box = polygon_cover([(x, y + drop) for x, y in shape])
    pad = int(3 * blur) + 1
    wide = cv2.copyMakeBorder(cover, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    wide = np.asarray(cv2.GaussianBlur(wide, (0, 0), max(0.5, blur)), np.float32)
    lay(canvas, wide, (box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad), (0, 0, 0), strength)
