"""Finds parts of a product worth pointing at or looking at closely: where its picture has detail, sharp and spread out.

Never names a part: what it is, only its owner knows.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8
from jobs.imaging.typesetting.sweep import Subject

_SIDE = 224
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Spot:
    """A point on the product, as shares of its box; `strength`: its detail against the strongest."""

    x: float
    y: float
    strength: float


def detail(subject: Subject) -> tuple[F32, F32]:
    """(detail 0..1, inside 0..1) of the product's box at most 224 pixels large, float32."""
    x0, y0, x1, y1 = subject.box
    scale = _SIDE / max(x1 - x0, y1 - y0)
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
    kernel = cv2.INTER_AREA
    grey = cv2.cvtColor(subject.foreground[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, size, interpolation=kernel).astype(np.float32) / 255
    inside = cv2.resize(subject.alpha[y0:y1, x0:x1], size, interpolation=kernel)
    deep = cv2.erode((inside > 0.95).astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    across, down = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    edges = cv2.GaussianBlur(np.hypot(across, down) * deep, (0, 0), 5)
    return np.asarray(edges / max(float(edges.max()), 1e-6), np.float32), np.asarray(deep, np.float32)


def spots(subject: Subject, count: int) -> list[Spot]:
    """Up to `count` points far from each other, from top to bottom. Plain products get points of an even spread."""
    found, inside = detail(subject)
    height, width = found.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    # an even floor under the detail, so that a plain product is pointed at as well
    value = (found + 0.25) * (inside > 0.5)
    if not value.any():
        value = np.asarray(inside + 0.01, np.float32)
    out: list[Spot] = []
    away = 0.42 * np.hypot(height, width) / max(1, count) ** 0.5
    for _ in range(count):
        at = int(np.argmax(value))
        y, x = divmod(at, width)
        if value[y, x] <= 0.02 and out:
            break
        out.append(Spot((x + 0.5) / width, (y + 0.5) / height, float(found[y, x])))
        value = value * (1 - np.exp(-(((xs - x) ** 2 + (ys - y) ** 2) / (2 * (0.8 * away) ** 2))))
    return sorted(out, key=lambda spot: spot.y)


def windows(subject: Subject, count: int, frame: float, share: float = 0.34) -> list[Window]:
    """Up to `count` rectangles of width over height `frame` inside the product, with the most texture, that overlap
    little; source pixels x0, y0, x1, y1. `share`: their longer side over the product's shorter one."""
    x0, y0, x1, y1 = subject.box
    found, inside = detail(subject)
    scale = found.shape[1] / (x1 - x0)
    longest = share * min(x1 - x0, y1 - y0)
    wide, tall = (longest, longest / frame) if frame >= 1 else (longest * frame, longest)
    kernel = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    texture = cv2.boxFilter(found * (0.35 + 0.65 * inside), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    solid = cv2.boxFilter((inside > 0.5).astype(np.float32), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    value = texture * np.clip((solid - 0.55) / 0.4, 0, 1)
    ys, xs = np.mgrid[0 : found.shape[0], 0 : found.shape[1]].astype(np.float32)
    out: list[Window] = []
    for _ in range(count):
        at = int(np.argmax(value))
        y, x = divmod(at, found.shape[1])
        if value[y, x] <= 1e-4:
            break
        out.append(_window(x0 + x / scale, y0 + y / scale, (wide, tall), subject.alpha.shape))
        value = value * (1 - np.exp(-((((xs - x) / kernel[0]) ** 2 + ((ys - y) / kernel[1]) ** 2) / 0.6)))
    return out or [_window((x0 + x1) / 2, (y0 + y1) / 2, (wide, tall), subject.alpha.shape)]


def _window(x: float, y: float, size: tuple[float, float], shape: tuple[int, ...]) -> Window:
    left = int(np.clip(x - size[0] / 2, 0, max(0, shape[1] - size[0])))
    top = int(np.clip(y - size[1] / 2, 0, max(0, shape[0] - size[1])))
    return left, top, min(shape[1], left + max(2, round(size[0]))), min(shape[0], top + max(2, round(size[1])))


def colours(subject: Subject, count: int = 4) -> list[tuple[int, int, int]]:
    """The product's own colours, the most frequent first, as k-means in CIE L*a*b* finds them; distinct ones only."""
    x0, y0, x1, y1 = subject.box
    step = max(1, int(max(x1 - x0, y1 - y0) / 160))
    solid = subject.alpha[y0:y1:step, x0:x1:step] > 0.95
    pixels = subject.foreground[y0:y1:step, x0:x1:step][solid].reshape(-1, 1, 3)
    if len(pixels) < 16:
        return [(128, 128, 128)]
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 24, 0.5)
    _, labels, centres = cv2.kmeans(
        lab, min(count + 2, len(lab)), np.empty(0, np.int32), stop, 2, cv2.KMEANS_PP_CENTERS
    )
    order = np.argsort(-np.bincount(labels.reshape(-1), minlength=len(centres)))
    kept: list[F32] = []
    for index in order:
        if all(float(np.linalg.norm(centres[index] - other)) > 16 for other in kept):
            kept.append(centres[index])
    rgb: U8 = np.clip(cv2.cvtColor(np.array([kept], np.float32), cv2.COLOR_LAB2RGB)[0] * 255 + 0.5, 0, 255).astype(
        np.uint8
    )
    return [(int(red), int(green), int(blue)) for red, green, blue in rgb[:count]]
