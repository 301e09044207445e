"""Air and water in the picture: fog, haze, dust, smoke, snow, bokeh, wet ground, splashes; behind the items and before.

Never touches an item's own pixels. Works on the canvas in linear light, from a seed.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery import weather
from jobs.imaging.scenery.air import COOL, Air, hazed, veil
from jobs.imaging.scenery.clouds import clouds, disc, stamp, wisps
from jobs.imaging.scenery.distance import wide_blur
from jobs.imaging.scenery.finishing import Veil

F32 = npt.NDArray[np.float32]

ATMOSPHERES = ("Foggy", "Wet", "Cinematic depth", "Dusty", "Splash", "Snow", "Smoke", "Bokeh", "Golden haze", "None")
WET = ("Wet", "Splash")
ON_ITEMS = {
    "Golden haze": (1.07, 0.97, 0.82),
    "Dusty": (1.03, 0.98, 0.90),
    "Foggy": (0.95, 0.97, 1.0),
    "Snow": (0.97, 0.99, 1.04),
}
GOLD = np.array([1.25, 0.86, 0.44])
SAND = np.array([1.08, 0.90, 0.66])


def behind(scene: F32, air: Air) -> F32:
    """The stage with its air behind the items; a new array where anything changes."""
    step = _BEHIND.get(air.kind)
    return scene if step is None else np.asarray(step(scene, air), np.float32)


def before(canvas: F32, air: Air) -> Veil | None:
    """What floats between the items and the lens."""
    step = _BEFORE.get(air.kind)
    return None if step is None else step(canvas, air)


def foggy(scene: F32, air: Air) -> F32:
    billows = clouds(air.size, air.rng(1), 0.35, 4, 2.2)
    low = air.falling() ** 2
    thick = air.away() * (0.9 + 1.0 * billows) + 0.30 * billows * low
    soft = wide_blur(scene, 0.006 * air.size[1])
    scene = scene + (soft - scene) * np.clip(air.away() * 1.4, 0, 1)[:, :, None]
    return hazed(scene, 1 - np.exp(-1.35 * thick), air.glow * COOL * 0.70)


def foggy_veil(canvas: F32, air: Air) -> Veil:
    billows = np.clip(clouds(air.size, air.rng(2), 0.3, 4, 2.6) * 1.7 - 0.55, 0, 1)
    foot = air.feet()[3] / air.size[1]
    cover = 0.05 + 0.34 * billows * np.clip((air.falling() - foot + 0.20) / 0.24, 0, 1) ** 1.5
    return veil(cover, air.glow * COOL * 0.72)


def deep(scene: F32, air: Air) -> F32:
    away = air.away()
    dim = 1 - 0.34 * away
    return hazed(scene * dim[:, :, None], 0.16 * away, air.glow * COOL * 0.5)


def dusty(scene: F32, air: Air) -> F32:
    share = 0.42 * air.away() + 0.10
    scene = hazed(scene, share * (0.6 + 0.8 * clouds(air.size, air.rng(3), 0.5, 3, 1.6)), air.glow * SAND * 0.72)
    scene = scene + shaft(air, 0.30)[:, :, None] * (air.glow * SAND)
    return np.asarray(scene + motes(air, 4, 240, 0.0016, 0.8)[:, :, None] * (air.glow * SAND), np.float32)


def dusty_veil(canvas: F32, air: Air) -> Veil:
    light = motes(air, 5, 60, 0.0028, 0.7) + motes(air, 6, 14, 0.009, 0.10) + 0.22 * shaft(air, 0.30)
    colour = air.glow * SAND
    return Veil((light[:, :, None] * colour).astype(np.float32), np.full(light.shape, 0.04, np.float32))


def motes(air: Air, salt: int, many: int, radius: float, strength: float) -> F32:
    """Specks that float in the light, denser in the shaft of light; radius in shares of the height."""
    rng, field = air.rng(salt), np.zeros(air.size[::-1], np.float32)
    beam = shaft(air, 1.0)
    for x, y, size, bright in rng.random((many, 4)):
        radius_here = radius * air.size[1] * (0.4 + 1.4 * size**2)
        lit = 0.25 + beam[int(y * (air.size[1] - 1)), int(x * (air.size[0] - 1))]
        spot = disc(radius_here, max(0.5, radius_here * 0.7))
        stamp(field, spot, x * air.size[0], y * air.size[1], strength * lit * bright**1.5)
    return field


def shaft(air: Air, strength: float) -> F32:
    """Slanting beams from the upper corner of the key's side, fading towards the floor."""
    width, height = air.size
    x, y = np.meshgrid(
        np.linspace(0, width / height, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
    )
    if not air.from_left:
        x = width / height - x
    across = x - 0.62 * y
    rng = air.rng(7)
    beams = sum(
        np.exp(-((across - place) ** 2) / (2 * wide**2)) * bright
        for place, wide, bright in zip(
            rng.uniform(-0.12, 0.55, 4), rng.uniform(0.03, 0.10, 4), rng.uniform(0.4, 1, 4), strict=True
        )
    )
    return np.asarray(strength * np.clip(beams, 0, 1.2) * (1.05 - 0.8 * y), np.float32)


def smoky(scene: F32, air: Air) -> F32:
    x0, y0, x1, y1 = air.feet()
    curls = wisps(air.size, air.rng(8), 0.34)
    height = air.falling() * air.size[1]
    place = np.clip(1.15 - np.abs(height - 0.62 * y1 - 0.38 * y0) / (0.85 * (y1 - y0) + 0.1 * air.size[1]), 0, 1)
    soft = cv2.GaussianBlur(curls, (0, 0), 0.012 * air.size[1])
    cover = np.clip(0.5 * curls**1.5 + 0.75 * soft, 0, 1) * (0.12 + 0.75 * place)
    return hazed(scene, 0.62 * cover, air.glow * COOL * 0.80)


def smoky_veil(canvas: F32, air: Air) -> Veil:
    foot = air.feet()[3] / air.size[1]
    low = np.exp(-(((air.falling() - foot - 0.05) / 0.10) ** 2))
    return veil(0.55 * low * wisps(air.size, air.rng(9), 0.22), air.glow * COOL * 0.82)


def golden(scene: F32, air: Air) -> F32:
    scene = hazed(scene, 0.10 + 0.42 * air.away(), air.glow * GOLD * 0.72)
    light = shaft(air, 0.16) + 0.55 * flare(air)
    return np.asarray(scene + light[:, :, None] * (air.glow.mean() * GOLD), np.float32)


def golden_veil(canvas: F32, air: Air) -> Veil:
    light = 0.16 * flare(air) + 0.07 * shaft(air, 1.0) + motes(air, 18, 26, 0.003, 0.35)
    return Veil(
        (light[:, :, None] * (air.glow.mean() * GOLD)).astype(np.float32), np.full(light.shape, 0.05, np.float32)
    )


def flare(air: Air) -> F32:
    """The sun just outside the frame, on the key's side."""
    width, height = air.size
    x, y = np.meshgrid(
        np.linspace(0, width / height, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
    )
    source = -0.05 if air.from_left else width / height + 0.05
    away = np.hypot(x - source, y + 0.05)
    return np.asarray(np.exp(-away / 0.42), np.float32)


_BEHIND: dict[str, Callable[[F32, Air], F32]] = {
    "Foggy": foggy, "Cinematic depth": deep, "Dusty": dusty, "Smoke": smoky, "Golden haze": golden,
    "Snow": weather.snowy, "Bokeh": weather.bokeh, "Wet": weather.wet, "Splash": weather.splash,
}  # fmt: skip
_BEFORE: dict[str, Callable[[F32, Air], Veil | None]] = {
    "Foggy": foggy_veil, "Dusty": dusty_veil, "Smoke": smoky_veil, "Golden haze": golden_veil,
    "Snow": weather.snowy_veil, "Bokeh": weather.bokeh_veil, "Wet": weather.wet_veil, "Splash": weather.splash_veil,
}  # fmt: skip
