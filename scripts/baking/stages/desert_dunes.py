"""Dunes under a clear sky: wind ripples under the product, crests one behind the other out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec


def build(bench: Bench) -> StageSpec:
    """Land, dry grass, stones, a sun low from the left."""
    bench.eye(pitch=5, lens=62, fstop=8.0)
    near = outdoor.sand("sand", (0.62, 0.40, 0.22), (0.5, 0.3, 0.155))
    xs, ys = nature.spread(-7, 7, 460, 0, 1.7), nature.spread(-2.8, 9, 620, 0, 1.7)
    nature.land("near", xs, ys, ground, near)
    far = outdoor.sand("far sand", (0.66, 0.44, 0.26), (0.55, 0.35, 0.2))
    nature.land("far", np.linspace(-50, 50, 420), np.linspace(8.9, 75, 420), dunes, far)
    growth()
    bench.sun("key", (0.92, 0.3, -0.36), 1.45, 0.012)
    bench.area("fill", (5, -5, 3.5), (0, 0, 0.4), 5.0, 0.2, mirrored=False)
    bench.area("rim", (2.8, 4.0, 3.2), (0, 0, 0.5), 1.6, 0.55, mirrored=False)
    blue = (
        (-1.0, (0.5, 0.36, 0.22)),
        (-0.02, (0.62, 0.55, 0.46)),
        (0.03, (0.74, 0.7, 0.64)),
        (0.14, (0.3, 0.46, 0.72)),
        (1.0, (0.1, 0.25, 0.6)),
    )
    skies.gradient(bench, blue, 0.6, seen=1.25)
    return StageSpec(
        "desert-dunes",
        "Desert dunes",
        (
            "desert",
            "dunes",
            "sand",
            "arid",
            "sahara",
            "warm",
            "dry",
            "oriental",
            "earthy",
            "terracotta",
            "wind",
            "summer",
        ),
        depth=(2.0, 40.0),
        samples=16,
    )


def ripples(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Long steep-sided ripples across the wind, forking here and there."""
    bend = 2.1 * nature.fractal(x * 0.5 + 31, y * 0.5 + 5, 3, 12)
    phase = (0.8 * x + 0.5 * y + bend) / 0.27
    share = phase - np.floor(phase)
    wave = np.where(share < 0.7, share / 0.7, (1 - share) / 0.3)
    wave = wave * wave * (3 - 2 * wave)
    strong = 0.5 + nature.fractal(x * 0.8, y * 0.8, 2, 15)
    return 0.042 * strong * (wave - 0.5)


def dunes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Great crests, sharp on the lee side."""
    bend = 7.0 * nature.fractal(x * 0.035 + 5, y * 0.035, 3, 22)
    phase = (0.7 * y + 0.85 * x) / 13.0 + bend * 0.3 + 0.35
    share = phase - np.floor(phase)
    wave = np.where(share < 0.72, (share / 0.72) ** 1.6, ((1 - share) / 0.28) ** 1.2)
    rise = np.clip((y - 5.0) / 14.0, 0, 1) ** 1.3
    return rise * (4.4 * wave * (0.55 + nature.fractal(x * 0.05, y * 0.05, 2, 25)) - 0.6)


def ground(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sand about the spot: level there, rolling off beyond."""
    soft = nature.fractal(x * 0.4 + 2, y * 0.4, 3, 18) - 0.5
    away = 1 - np.exp(-((x / 0.55) ** 2 + (y / 0.32) ** 2))
    fade = np.exp(-((np.clip(y - 4, 0, None) / 3) ** 2))
    return ripples(x, y) * (0.45 + 0.55 * away) * fade + 0.16 * soft * away + dunes(x, y)


def growth() -> None:
    """Tufts of dry grass and a few stones, at the sides."""
    straw = outdoor.leaf("straw", (0.62, 0.5, 0.26), (0.3, 0.21, 0.09), 0.25, 0.6)
    rock = outdoor.stone("rock", (0.4, 0.26, 0.17), (0.2, 0.12, 0.08), 0.8, 0.8)
    rng = np.random.default_rng(8)
    for number, (x, y, size, count) in enumerate(
        ((-1.45, 0.95, 0.6, 260), (1.75, 1.7, 0.75, 320), (-2.6, 3.2, 0.8, 320), (1.2, -0.35, 0.2, 40))
    ):
        roots = np.stack(
            [rng.normal(x, 0.09 * size / 0.6, count), rng.normal(y, 0.08 * size / 0.6, count), np.zeros(count)], 1
        )
        roots[:, 2] = ground(roots[:, 0], roots[:, 1]) - 0.02
        nature.blades(f"tuft{number}", roots, size, 0.006, straw, number, 0.8)
    for number in range(12):
        side = -1 if number % 2 else 1
        x, y = side * rng.uniform(0.8, 2.0), rng.uniform(-0.6, 1.6)
        size = rng.uniform(0.015, 0.055)
        z = float(ground(np.array([x]), np.array([y]))[0])
        nature.stone("rock", (x, y, z), (size * 1.4, size, size * 0.8), rock, number + 3, 3)
