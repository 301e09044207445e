"""Snow that falls and lies, lights far out of focus, wet ground and water thrown up: atmospheres of single things.

Never touches an item's own pixels. Works on the canvas in linear light, from the air's seed.
"""

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery import water
from jobs.imaging.scenery.air import COOL, Air, hazed, veil
from jobs.imaging.scenery.clouds import clouds, disc, stamp
from jobs.imaging.scenery.distance import wide_blur
from jobs.imaging.scenery.finishing import Veil

F32 = npt.NDArray[np.float32]


def snowy(scene: F32, air: Air) -> F32:
    scene = hazed(scene, 0.10 + 0.34 * air.away(), air.glow * COOL * 0.85)
    if air.ground is not None:
        drifts = np.clip(clouds(air.size, air.rng(10), 0.20, 3, 2.8) * 1.7 - 0.25, 0, 1)
        lit = np.clip(wide_blur(scene, 0.01 * air.size[1]).mean(axis=2, keepdims=True) * 1.9 + 0.06, 0, 0.95)
        scene = scene + (lit * COOL - scene) * (0.72 * drifts * air.ground)[:, :, None]
    fall = flakes(air, 11, 320, 0.0015, 0.6) + flakes(air, 12, 120, 0.0034, 0.65)
    return np.asarray(scene + fall[:, :, None] * (air.glow * COOL * 1.25), np.float32)


def snowy_veil(canvas: F32, air: Air) -> Veil:
    fall = flakes(air, 13, 60, 0.0036, 0.8) + flakes(air, 14, 18, 0.013, 0.42) + flakes(air, 15, 7, 0.030, 0.20)
    cover = np.clip(fall, 0, 0.9)
    return veil(cover, air.glow * COOL * 1.2)


def flakes(air: Air, salt: int, many: int, radius: float, strength: float) -> F32:
    """Falling flakes: larger ones are nearer and out of focus, all a little drawn out by their fall."""
    rng, field = air.rng(salt), np.zeros(air.size[::-1], np.float32)
    for x, y, size, bright in rng.random((many, 4)):
        radius_here = radius * air.size[1] * (0.5 + 1.1 * size**1.5)
        spot = disc(radius_here, max(0.6, radius_here * 0.55))
        spot = cv2.GaussianBlur(spot, (0, 0), 0.3, sigmaY=0.25 + 0.25 * radius_here)
        stamp(field, spot, x * air.size[0], y * air.size[1], strength * (0.35 + 0.65 * bright))
    return np.minimum(field, 1.2)


def bokeh(scene: F32, air: Air) -> F32:
    away = air.away()
    soft = wide_blur(scene, 0.012 * air.size[1])
    scene = scene + (soft - scene) * np.clip(away * 2, 0, 1)[:, :, None]
    room = np.clip(away * 2.2, 0, 1) if float(away.max()) > 0.2 else np.ones_like(away)
    return scene * (1 - 0.18 * away[:, :, None]) + lights(air, 16, 54, (0.012, 0.042), 0.62) * room[:, :, None]


def bokeh_veil(canvas: F32, air: Air) -> Veil:
    light = lights(air, 17, 6, (0.05, 0.10), 0.05)
    return Veil(light, np.zeros(light.shape[:2], np.float32))


def lights(air: Air, salt: int, many: int, radii: tuple[float, float], strength: float) -> F32:
    """Points of light far out of focus: even discs with a brighter rim, in warm colours and a few others."""
    rng, field = air.rng(salt), np.zeros((*air.size[::-1], 3), np.float32)
    colours = np.array([[1.0, 0.62, 0.22], [1.0, 0.74, 0.42], [1.0, 0.46, 0.16], [1.0, 0.86, 0.66], [0.95, 0.4, 0.4]])
    level = max(float(air.glow.mean()), 0.35)
    for x, y, size, bright in rng.random((many, 4)):
        radius = (radii[0] + (radii[1] - radii[0]) * size**1.3) * air.size[1]
        spot = disc(radius, max(0.8, 0.05 * radius), 0.45)
        colour = colours[int(rng.integers(len(colours)))] * level
        at = x * air.size[0], (0.02 + 0.74 * y**1.15) * air.size[1]
        for channel in range(3):
            stamp(field[:, :, channel], spot, *at, strength * (0.15 + 0.85 * bright**2) * float(colour[channel]))
    return field


def wet(scene: F32, air: Air) -> F32:
    """Dark, mirroring ground with puddles; the stage's own far parts stand in it."""
    ground = np.ones(scene.shape[:2], np.float32) if air.ground is None else air.ground
    puddle = puddles(air)
    dark = 1 - ground * (0.34 + 0.22 * puddle)
    mirror = upside_down(scene, ground, air)
    share = ground * (0.10 + 0.42 * puddle)
    return np.asarray(scene * dark[:, :, None] * (1 - share[:, :, None]) + mirror * share[:, :, None], np.float32)


def puddles(air: Air) -> F32:
    """Where water stands, 0..1, wider than deep as ground is seen."""
    return np.asarray(np.clip(clouds(air.size, air.rng(19), 0.20, 4, 3.6) * 3.2 - 1.15, 0, 1), np.float32)


def upside_down(scene: F32, ground: F32, air: Air) -> F32:
    """The scene above the ground's far edge mirrored at it, blurred as by a rough wet floor."""
    height, width = scene.shape[:2]
    some = (ground > 0.5).any(axis=0)
    edge = np.where(some, np.argmax(ground > 0.5, axis=0), int(0.6 * height)).astype(np.float32)
    edge = cv2.GaussianBlur(edge[None, :], (max(3, width // 6) | 1, 1), 0)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    shown = cv2.remap(scene, x, 2 * edge - y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.GaussianBlur(shown, (0, 0), 0.004 * height + 0.4, sigmaY=0.014 * height + 0.6), np.float32)


def wet_veil(canvas: F32, air: Air) -> Veil | None:
    x0, _, x1, y1 = air.feet()
    rng, height = air.rng(20), air.size[1]
    area = (0.0, min(y1 + 0.012 * height, height * 0.985), float(air.size[0]), float(height))
    drops = [
        (x, y, r * (0.5 + 0.9 * (y - area[1]) / max(height - area[1], 1)))
        for x, y, r in water.beads(rng, 44, area, 0.008 * height)
    ]
    return droplets(canvas, air, drops, 0.0)


def splash(scene: F32, air: Air) -> F32:
    scene = wet(scene, air)
    front = droplets(scene, air, crowns(air, 21, False), 0.0022)
    return scene if front is None else scene * (1 - front.cover[:, :, None]) + front.light


def splash_veil(canvas: F32, air: Air) -> Veil | None:
    x0, y0, x1, y1 = air.feet()
    loose = water.beads(air.rng(23), 26, (x0 - 0.35 * (x1 - x0), y0, x1 + 0.35 * (x1 - x0), y1), 0.006 * air.size[1])
    return droplets(canvas, air, crowns(air, 22, True) + loose, 0.0022)


def crowns(air: Air, salt: int, front: bool) -> water.Circles:
    """A crown of water around every item's foot."""
    found: water.Circles = []
    for number, stand in enumerate(air.framing.stands):
        x0, y0, x1, y1 = stand.box
        reach = 0.56 * (x1 - x0)
        high = min(0.62 * (y1 - y0), 0.9 * (x1 - x0), 0.3 * air.size[1])
        foot = ((x0 + x1) / 2, y1 - 0.06 * reach)
        found += water.crown(air.rng(salt + 40 * number), foot, reach, high, front)
    return found


def droplets(canvas: F32, air: Air, circles: water.Circles, merge: float) -> Veil | None:
    if not circles:
        return None
    cover, height = water.shape_of(circles, air.size, merge * air.size[1])
    light = water.shaded(canvas, cover, height, air.glow * 1.5, air.glow * 1.1, air.from_left)
    cover = cover * 0.96
    return Veil(light * cover[:, :, None], cover)
