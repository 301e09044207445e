"""Stands a cut-out in a photograph: shadow, mirror image, exposure, colour, fall-off, focus and grain like those there.

Never changes a pixel that neither the product, its shadow nor its mirror image reaches.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.repair import grain
from jobs.imaging.restaging.focus import softened
from jobs.imaging.restaging.lighting import LUMINANCE, SceneLight, project
from jobs.imaging.shadow import soft_shadow

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
Place = tuple[float, float, float, float]

_SHADOW_SIDE = 560  # a shadow is soft: it is drawn at most this large and enlarged
_GRADIENT = 0.13
_PALE = 1 / 700  # a darkness that changes no 8-bit level


@dataclass(frozen=True)
class Manner:
    """How the product is fitted in. `shadow`: natural, none, soft, hard, contact or reflection; `lighting`, `colour`,
    `focus`: whether exposure and shading, the light's colour and grain, and sharpness follow the scene; `mirror`: 0..1
    of the ground; `sharpness`: what `focus.sharpness_of` said of the old object, or None."""

    shadow: str = "natural"
    lighting: bool = True
    colour: bool = True
    focus: bool = True
    mirror: float = 0.0
    sharpness: float | None = None


@dataclass(frozen=True)
class Stood:
    """`rgb`: uint8 H x W x 3 sRGB; `touched`: x0, y0, x1, y1 outside which nothing was changed."""

    rgb: U8
    touched: Box


def stand(plate: U8, foreground: U8, alpha: F32, place: Place, light: SceneLight, manner: Manner, seed: int) -> Stood:
    """The finished picture. `plate`: RGB uint8 H x W x 3; `foreground`, `alpha`: the product's cut-out, cropped to its
    box; `place`: where that box goes, in the plate's pixels; may reach over its edges."""
    product, cover, box = _fitted(foreground, alpha, place)
    if manner.lighting or manner.colour:
        product = _lit(product, cover, light, manner)
    if manner.focus and manner.sharpness is not None:
        product, cover = softened(product, cover, manner.sharpness)
    high = box[3] - box[1]
    window = _window(plate.shape, box, light, high)
    x0, y0, x1, y1 = window
    under = to_linear(plate[y0:y1, x0:x1])
    layer, matte = _laid(product, cover, box, window)
    dark = _shadow(matte, (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0), light, manner)
    lit = under * (1 - dark[:, :, None])
    mirror = _mirror_share(manner)
    if mirror > 0.02 and light.cast.kind != "laid":
        lit = _mirrored(lit, layer, matte, box[3] - y0, high, mirror)
    out = lit * (1 - matte[:, :, None]) + layer
    drawn = from_linear(out)
    if manner.colour:
        drawn = _grained(drawn, plate, matte, seed)
    changed = (matte > 0) | (np.abs(out - under).max(axis=2) > _PALE)
    picture = plate.copy()
    picture[y0:y1, x0:x1][changed] = drawn[changed]
    return Stood(picture, window)


def _fitted(foreground: U8, alpha: F32, place: Place) -> tuple[F32, F32, Box]:
    """Linear colour premultiplied and alpha at the size they have in the picture, and their whole-pixel box."""
    x0, y0, x1, y1 = (round(value) for value in place)
    wide, high = max(2, x1 - x0), max(2, y1 - y0)
    layer = np.dstack([to_linear(foreground) * alpha[:, :, None], alpha]).astype(np.float32)
    kernel = cv2.INTER_AREA if wide < alpha.shape[1] else cv2.INTER_CUBIC
    layer = np.clip(cv2.resize(layer, (wide, high), interpolation=kernel), 0, 1)
    cover = np.ascontiguousarray(layer[:, :, 3])
    return np.minimum(layer[:, :, :3], cover[:, :, None]), cover, (x0, y0, x0 + wide, y0 + high)


def _lit(product: F32, cover: F32, light: SceneLight, manner: Manner) -> F32:
    """Exposure led towards the scene's, its light's colour, and the fall-off from the lit side."""
    factor = np.ones((1, 1, 3), np.float32)
    solid = cover > 0.9
    if manner.lighting and solid.any():
        own = float(np.percentile((product @ LUMINANCE)[solid], 97))
        gain = float(np.clip((light.white / max(own, 0.05)) ** 0.45, 0.5, 1.12))
        across = np.linspace(-1, 1, cover.shape[1], dtype=np.float32)[None, :, None]
        down = np.linspace(-1, 1, cover.shape[0], dtype=np.float32)[:, None, None]
        fall = 1 + np.float32(_GRADIENT * light.side) * across - np.float32(0.06) * down
        factor = factor * np.float32(min(gain, 1 / max(own, 1e-3))) * fall
    if manner.colour:
        factor = factor * np.array(light.tint, np.float32)
    return np.asarray(np.minimum(product * factor, cover[:, :, None]), np.float32)


def _window(shape: tuple[int, ...], box: Box, light: SceneLight, high: int) -> Box:
    """The part of the picture that product, shadow and mirror image can reach."""
    span = max(high, box[2] - box[0])
    reach = light.cast.softness * 3 * high + 0.3 * span
    side = abs(light.cast.lean) * high + reach
    down = max(light.cast.lay, 0.35) * high + reach
    up = max(-light.cast.lay * high - high, 0.0) + 0.1 * span
    return (
        max(0, int(box[0] - side)), max(0, int(box[1] - up)), min(shape[1], int(box[2] + side) + 1),
        min(shape[0], int(box[3] + down) + 1),
    )  # fmt: skip


def _laid(product: F32, cover: F32, box: Box, window: Box) -> tuple[F32, F32]:
    """Product and alpha on the window."""
    x0, y0, x1, y1 = window
    layer, matte = np.zeros((y1 - y0, x1 - x0, 3), np.float32), np.zeros((y1 - y0, x1 - x0), np.float32)
    left, top = max(box[0], x0), max(box[1], y0)
    right, bottom = min(box[2], x1), min(box[3], y1)
    inside = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    part = (slice(top - box[1], bottom - box[1]), slice(left - box[0], right - box[0]))
    layer[inside], matte[inside] = product[part], cover[part]
    return layer, matte


def _shadow(matte: F32, box: Box, light: SceneLight, manner: Manner) -> F32:
    """Darkness 0..1 over the window: what the object before threw, by the product, and the seam at its foot."""
    if manner.shadow == "none":
        return np.zeros_like(matte)
    scale = min(1.0, _SHADOW_SIDE / max(matte.shape))
    size = (max(8, round(matte.shape[1] * scale)), max(8, round(matte.shape[0] * scale)))
    small = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.float32)
    at = tuple(value * scale for value in box)
    dark = np.zeros_like(small)
    cast, high = light.cast, at[3] - at[1]
    thrown = manner.lighting and cast.kind != "none" and manner.shadow not in ("contact", "reflection")
    softness = {"soft": max(cast.softness, 0.12), "hard": 0.012}.get(manner.shadow, cast.softness)
    strength = min(0.85, cast.strength * (1.25 if manner.shadow == "hard" else 1.0))
    if thrown:
        dark = strength * _spread(small, at, light, softness * high)
    elif manner.shadow == "hard":
        dark = 0.4 * project(small, at, "thrown", -0.5 * light.side, 0.14, 0.012 * high)
    if cast.kind != "laid" or not thrown:
        kind = "contact" if thrown or manner.shadow in ("contact", "reflection", "hard") else "soft"
        dark = 1 - (1 - dark) * (1 - soft_shadow(small, kind))
    large = cv2.resize(dark, (matte.shape[1], matte.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large, 0, 0.95) * _to_border(matte.shape), np.float32)


def _spread(small: F32, at: tuple[float, ...], light: SceneLight, blur: float) -> F32:
    """The thrown shadow, sharper at the foot than at its end."""
    cast = light.cast
    wide = project(small, at, cast.kind, cast.lean, cast.lay, blur)
    if cast.kind == "laid":
        return wide
    sharp = project(small, at, cast.kind, cast.lean, cast.lay, 0.3 * blur)
    rows = np.arange(small.shape[0], dtype=np.float32)[:, None]
    away = np.clip(np.abs(rows - at[3]) / max(abs(cast.lay) * (at[3] - at[1]), 1.0), 0, 1)
    return np.asarray(sharp * (1 - away) + wide * away, np.float32)


def _to_border(shape: tuple[int, ...]) -> F32:
    """1 inside, led to 0 over the window's outer 4 %."""
    y, x = (np.minimum(np.arange(n), np.arange(n)[::-1]).astype(np.float32) / max(0.04 * n, 1) for n in shape[:2])
    return np.asarray(np.clip(np.minimum(y[:, None], x[None]), 0, 1), np.float32)


def _mirror_share(manner: Manner) -> float:
    if manner.shadow == "reflection":
        return max(manner.mirror, 0.22)
    return manner.mirror if manner.shadow in ("natural", "soft", "contact") else 0.0


def _mirrored(lit: F32, layer: F32, matte: F32, foot: int, high: int, share: float) -> F32:
    """The ground with the product upside down in it, fading and softening away from the foot."""
    reach = min(lit.shape[0] - foot, foot, round(0.8 * high))
    if reach < 3:
        return lit
    image, cover = layer[foot - reach : foot][::-1], matte[foot - reach : foot][::-1]
    far = np.linspace(0, 1, reach, dtype=np.float32)[:, None]
    blur = max(0.8, 0.02 * high)
    soft_image, soft_cover = cv2.GaussianBlur(image, (0, 0), blur), cv2.GaussianBlur(cover, (0, 0), blur)
    image = image * (1 - far[:, :, None]) + soft_image * far[:, :, None]
    cover = cover * (1 - far) + soft_cover * far
    fade = share * (1 - far) ** 1.5
    out = lit.copy()
    out[foot : foot + reach] = lit[foot : foot + reach] * (1 - (fade * cover)[:, :, None]) + image * fade[:, :, None]
    return out


def _grained(drawn: U8, plate: U8, matte: F32, seed: int) -> U8:
    """The plate's grain on the product, as far as the product has less."""
    step = max(1, round(max(plate.shape[:2]) / 1600))
    scene = grain.measure(np.ascontiguousarray(plate[: plate.shape[0] // step * step]))
    own = grain.measure(drawn, matte > 0.98)
    missing = max(0.0, scene.sigma**2 - own.sigma**2) ** 0.5
    if missing < 0.3:
        return drawn
    noise = grain.laid(matte.shape, grain.Grain(min(missing, 9.0), 0.5 * min(scene.chroma, 6.0), scene.size), seed)
    noisy = np.clip(drawn.astype(np.float32) + noise * matte[:, :, None] + np.float32(0.5), 0, 255)
    return np.asarray(noisy, np.uint8)
