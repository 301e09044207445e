"""Washed linen that hangs behind the product in deep folds and runs out under it in soft creases."""

import numpy as np

from scripts.baking import folds, leafwork, materials_ground, nature
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.62, 0.50, -0.60)
TONE = (0.60, 0.535, 0.455)


def hanging(bench: Bench) -> None:
    """The cloth: along its length it lies flat, turns up over a soft bend and hangs; folds grow where it hangs."""
    xs, ys = np.linspace(-3.6, 3.6, 520), np.linspace(-1.9, 4.6, 520)
    x, s = np.meshgrid(xs, ys)
    bend, radius = 0.85, 0.55
    turn = np.clip((s - bend) / (radius * 1.5708), 0, 1) * 1.5708
    over = np.clip(s - bend - radius * 1.5708, 0, None)
    y = np.minimum(s, bend) + radius * np.sin(turn)
    z = radius * (1 - np.cos(turn)) + over
    hung = np.clip((s - 0.55) / 1.6, 0, 1)
    hung = hung * hung * (3 - 2 * hung)
    sway = x + 0.10 * np.sin(s * 1.3 + x) + 0.22 * (nature.fractal(x * 0.8, s * 0.5, 3, 5) - 0.5)
    wave = np.sin(sway * 7.4 + 1.3 * np.sin(sway * 1.9)) * (0.6 + 0.8 * nature.fractal(x * 0.7, s * 0.25, 2, 9))
    fold = 0.135 * hung * (np.sign(wave) * np.abs(wave) ** 0.8 + 0.35 * np.sin(sway * 17 + 2 * np.sin(x * 3)))
    crease = 0.15 * folds.creased(x, s, 60, 12, (3.0, 1.7), 0.58, 0.75) * (1 - hung)
    rumple = 0.012 * (nature.fractal(x * 3.2, s * 3.2, 4, 3) - 0.5) * np.clip(np.hypot(x, s) * 2 - 0.5, 0, 1)
    push = fold + crease + rumple
    points = np.stack([x, y - push * np.sin(turn), z + push * np.cos(turn) - 0.002], -1)
    folds.cloth("linen", xs, ys, points, materials_ground.linen("linen", TONE, 150))


def build(bench: Bench) -> StageSpec:
    """Nothing but cloth and leaf shade."""
    hanging(bench)
    bench.eye(pitch=10, lens=78, fstop=9)
    bench.sun("key", SUN, 0.86, 0.045)
    leafwork.shade(
        bench, SUN, (-0.2, 1.2, 0.7), 1.5, [("olive", (-1.5, 0.9), -35, 1.3), ("olive", (1.5, 1.2), -120, 1.0)], 2
    )
    bench.area("fill", (3.6, -3.2, 2.0), (0, 0.2, 0.3), (3, 3), 0.20)
    bench.area("rim", (1.9, 1.0, 3.6), (0, 0, 0.2), (1.4, 0.8), 0.34)
    bench.world("sky", (1.0, 1.0, 1.0), 0.26)
    return StageSpec(
        id="fabric",
        title="Linen drape",
        keywords=("fabric", "linen", "cloth", "textile", "drape", "soft", "silk"),
        paint=("linen",),
        albedo=TONE,
    )
