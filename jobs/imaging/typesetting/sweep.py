"""A paper sweep: one colour of paper curving from floor to wall under a soft key light, with a cut-out set on it.

The quiet ground of layouts where nothing may compete with the lettering. Knows no baked stage.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]

_FIELD = 384  # the longest side at which light and shadow, soft as they are, are drawn
_STRIP = 256
_DITHER = 0.9  # display levels of noise that keep a gradient from banding


@dataclass(frozen=True)
class Subject:
    """A cut-out: RGB uint8 H x W x 3 sRGB, alpha float32 H x W 0..1, its visible box (x0, y0, x1, y1)."""

    foreground: U8
    alpha: F32
    box: Box

    @property
    def shape(self) -> float:
        """Width over height of what is visible."""
        return (self.box[2] - self.box[0]) / max(1, self.box[3] - self.box[1])


@dataclass(frozen=True)
class Paper:
    """`colour`: sRGB of the lit paper; `glow`: how much lighter the pool behind the subject is; `fall`: how much darker
    the corners are; `floor`: brightness step at the curve; `shadow`: strength 0..1; `flat`: no wall, only ground."""

    colour: Rgb = (244, 243, 241)
    glow: float = 0.12
    fall: float = 0.16
    floor: float = 0.05
    shadow: float = 0.55


def contained(subject: Subject, room: tuple[float, float, float, float], anchor: float = 1.0) -> Box:
    """The largest whole-pixel box with the subject's shape inside `room` (x0, y0, x1, y1), centred across; `anchor`
    0 hangs it at the top, 1 stands it at the bottom."""
    wide, high = room[2] - room[0], room[3] - room[1]
    width = min(wide, high * subject.shape)
    height = width / subject.shape
    x0, y0 = room[0] + (wide - width) / 2, room[1] + (high - height) * anchor
    return round(x0), round(y0), max(round(x0) + 1, round(x0 + width)), max(round(y0) + 1, round(y0 + height))


def stand(canvas_size: tuple[int, int], subject: Subject, target: Box, paper: Paper, seed: int = 0) -> tuple[U8, F32]:
    """(uint8 sRGB canvas of size (width, height), float32 cover of the subject on it)."""
    canvas = sheet(canvas_size, target, paper, seed, shadow_field(canvas_size, subject, target) * paper.shadow)
    cover = np.zeros((canvas_size[1], canvas_size[0]), np.float32)
    paste(canvas, subject, target, cover)
    return canvas, cover


def sheet(size: tuple[int, int], target: Box, paper: Paper, seed: int, dark: F32 | None = None) -> U8:
    """The empty, lit paper; `dark`: float32 field of shadow at any smaller size."""
    width, height = size
    step = max(width, height) / _FIELD
    small = (max(2, round(width / step)), max(2, round(height / step)))
    light = _light(small, tuple(edge / step for edge in target), paper)
    if dark is not None:
        # shadows on paper keep a little of its colour: the light that bounces between paper and product
        light *= 1 - cv2.resize(dark, small, interpolation=cv2.INTER_LINEAR)
    base = to_linear(np.array(paper.colour, np.uint8))
    noise = np.random.default_rng(seed).normal(0, _DITHER, (256, 1024)).astype(np.float32)
    out = np.empty((height, width, 3), np.uint8)
    grown = cv2.resize(light, (width, small[1]), interpolation=cv2.INTER_CUBIC)
    rows = (np.arange(height, dtype=np.float32) + 0.5) * small[1] / height - 0.5
    for y in range(0, height, _STRIP):
        last = min(y + _STRIP, height)
        where = np.repeat(rows[y:last, None], width, 1)
        across = np.repeat(np.arange(width, dtype=np.float32)[None], last - y, 0)
        strip = cv2.remap(grown, across, where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        grain = np.tile(noise[: last - y], (1, -(-width // 1024)))[:, :width]
        level = from_linear(strip[:, :, None] * base).astype(np.float32) + grain[:, :, None]
        out[y:last] = np.clip(level + 0.5, 0, 255).astype(np.uint8)
    return out


def _light(size: tuple[int, int], target: tuple[float, ...], paper: Paper) -> F32:
    """Brightness of the paper relative to its colour, float32 small."""
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    centre_x, centre_y = (target[0] + target[2]) / 2, target[1] + 0.42 * (target[3] - target[1])
    reach = 0.62 * max(width, height)
    away = np.hypot((x - centre_x) / reach, (y - centre_y) / reach)
    light = 1 + paper.glow * np.exp(-((away / 0.55) ** 2))
    corner = np.hypot((x - width / 2) / (0.5 * width), (y - height / 2) / (0.5 * height))
    light *= 1 - paper.fall * np.clip(corner - 0.55, 0, 1) ** 1.4
    curve = target[3] - 0.10 * height
    bend = 1 / (1 + np.exp(-(y - curve) / (0.035 * height)))
    light *= 1 + paper.floor * (bend - 0.35)
    light *= 1 + 0.05 * (0.5 - x / width)  # the key stands at the left
    return np.asarray(light, np.float32)


def shadow_field(size: tuple[int, int], subject: Subject, target: Box) -> F32:
    """Darkness 0..1 that the subject throws on the paper, float32 small: seam, cast to the right, and the bounce's."""
    step = max(size) / _FIELD
    small = (max(2, round(size[0] / step)), max(2, round(size[1] / step)))
    x0, y0, x1, y1 = (edge / step for edge in target)
    wide, high = max(2, round(x1 - x0)), max(2, round(y1 - y0))
    bx0, by0, bx1, by1 = subject.box
    shape = cv2.resize(subject.alpha[by0:by1, bx0:bx1], (wide, high), interpolation=cv2.INTER_AREA)
    span = max(wide, high)
    cast = _laid(shape, small, (x0, y1), 0.30, 0.42, span)
    seam = _foot(shape, small, (x0, y1), span)
    return np.asarray(1 - (1 - 0.55 * cast) * (1 - 0.8 * seam), np.float32)


def _laid(shape: F32, size: tuple[int, int], foot: tuple[float, float], squash: float, lean: float, span: float) -> F32:
    """The silhouette laid on the ground, leaning away from the key, softer the further it falls."""
    high = shape.shape[0]
    turn = np.array([[1, -lean, foot[0] + lean * high], [0, squash, foot[1] - squash * high]], np.float64)
    near = cv2.warpAffine(shape, turn, size, flags=cv2.INTER_AREA)
    tight = cv2.GaussianBlur(near, (0, 0), max(0.7, 0.016 * span))
    loose = cv2.GaussianBlur(near, (0, 0), max(1.2, 0.055 * span))
    rows = np.arange(size[1], dtype=np.float32)[:, None]
    far = np.clip((foot[1] - rows) / max(1.0, squash * high), 0, 1)
    return np.asarray((tight * (1 - far) + loose * far) * (1 - 0.45 * far), np.float32)


def _foot(shape: F32, size: tuple[int, int], foot: tuple[float, float], span: float) -> F32:
    """The narrow dark seam under what touches the ground."""
    low = shape[-max(1, round(0.05 * shape.shape[0])) :].max(axis=0)
    out = np.zeros((size[1], size[0]), np.float32)
    y, x = round(foot[1]), round(foot[0])
    thick = max(1, round(0.012 * span))
    top, bottom = max(0, y - thick), min(size[1], y + thick)
    left, right = max(0, x), min(size[0], x + low.size)
    if right > left and bottom > top:
        out[top:bottom, left:right] = low[left - x : right - x]
    wide = cv2.GaussianBlur(out, (0, 0), max(0.8, 0.028 * span))
    return np.asarray(np.maximum(cv2.GaussianBlur(out, (0, 0), max(0.6, 0.008 * span)), 0.9 * wide), np.float32)


def paste(canvas: U8, subject: Subject, target: Box, cover: F32 | None = None) -> None:
    """Set the cut-out into its box, resampled premultiplied, mixed in linear light; notes its cover."""
    x0, y0, x1, y1 = subject.box
    alpha = np.clip(subject.alpha[y0:y1, x0:x1], 0, 1)
    size = (target[2] - target[0], target[3] - target[1])
    kernel = cv2.INTER_AREA if size[0] < x1 - x0 else cv2.INTER_CUBIC
    layer = cv2.resize(
        np.dstack([to_linear(subject.foreground[y0:y1, x0:x1]) * alpha[:, :, None], alpha]), size, interpolation=kernel
    )
    layer = np.clip(layer, 0, 1)
    height, width = canvas.shape[:2]
    left, top, right, bottom = max(0, target[0]), max(0, target[1]), min(width, target[2]), min(height, target[3])
    if right <= left or bottom <= top:
        return
    part = layer[top - target[1] : bottom - target[1], left - target[0] : right - target[0]]
    spot = canvas[top:bottom, left:right]
    touched = part[:, :, 3] > 1 / 512
    rows = part[touched]
    mixed = to_linear(spot[touched]) * (1 - rows[:, 3:]) + np.minimum(rows[:, :3], rows[:, 3:])
    spot[touched] = from_linear(mixed)
    if cover is not None:
        cover[top:bottom, left:right] = np.maximum(cover[top:bottom, left:right], part[:, :, 3])
