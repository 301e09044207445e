"""A garden table of old planks in leaf light: hedge, roses and a lawn far out of focus behind."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec, Triple

SUN: Triple = (0.62, 0.52, -0.78)


def build(bench: Bench) -> StageSpec:
    """Table, what lies on it, the green behind, and leaves between it and the sun."""
    bench.eye(pitch=8, lens=70, fstop=4.8)
    table()
    green(bench)
    litter()
    branch(bench)
    bench.sun("key", SUN, 1.35, 0.013)
    bench.area("fill", (5, -5, 4), (0, 0, 0.4), 4.0, 0.22, mirrored=False)
    bench.area("rim", (2.6, 3.4, 3.4), (0, 0, 0.5), 1.6, 0.45, mirrored=False)
    skies.picture(bench, "forest", 0.36, 100, most=5.0, seen=1.2)
    return StageSpec(
        "garden",
        "Garden table",
        (
            "garden",
            "leaves",
            "green",
            "table",
            "wood",
            "spring",
            "summer",
            "flowers",
            "roses",
            "botanical",
            "picnic",
            "outdoor",
            "backyard",
        ),
        depth=(2.0, 20.0),
        samples=16,
        glossy=("planks",),
        roughness=0.35,
    )


def table() -> None:
    """Old planks that lead away from the eye, each a little off, with cross-cut ends at the far edge."""
    rng = np.random.default_rng(4)
    wood = outdoor.planks("planks", (0.5, 0.36, 0.23), (0.12, 0.07, 0.04))
    x = -3.9
    while x < 3.6:
        wide = rng.uniform(0.5, 0.62)
        plank = street.box("plank", (-2.1, -wide / 2, -0.12), (2.1, wide / 2, 0), wood, 0.022)
        plank.location = (x + wide / 2 + 0.07, -0.75 + rng.uniform(-0.02, 0.02), -0.06 + rng.uniform(-0.006, 0.0))
        plank.rotation_euler = (rng.uniform(-0.005, 0.005), 0, np.pi / 2 + rng.uniform(-0.004, 0.004))
        x += wide + rng.uniform(0.02, 0.034)
    street.box("batten", (-4, -3, -0.3), (4, 1.25, -0.16), outdoor.plain("batten", (0.03, 0.022, 0.016), 0.9), 0)


def green(bench: Bench) -> None:
    """Lawn, hedge, bushes with roses, and boughs that hang in from above."""
    bright = outdoor.leaf("leaf bright", (0.55, 0.68, 0.10), (0.18, 0.33, 0.05))
    deep = outdoor.leaf("leaf deep", (0.26, 0.42, 0.08), (0.06, 0.13, 0.03))
    rose = outdoor.leaf("rose", (0.85, 0.4, 0.45), (0.75, 0.12, 0.2), 0.3)
    cream = outdoor.leaf("cream", (0.85, 0.8, 0.6), (0.8, 0.62, 0.4), 0.3)
    ground = nature.land(
        "lawn",
        nature.spread(-30, 30, 40, 0),
        nature.spread(1, 60, 40, 2),
        lambda x, y: -1.6 + 0 * x,
        outdoor.plain("lawn", (0.34, 0.46, 0.09), 0.9),
    )
    del ground
    nature.bush("hedge left", (-3.6, 7.5, 0.4), (2.0, 1.6, 2.3), 3600, 0.42, deep, 1)
    nature.bush("hedge right", (4.0, 8.5, 0.3), (2.2, 1.8, 2.2), 3600, 0.42, deep, 2)
    nature.bush("middle", (0.4, 13, -0.5), (3.6, 1.4, 1.5), 3600, 0.42, bright, 3)
    nature.bush("low", (-0.4, 10, -1.1), (3.2, 0.9, 0.8), 2200, 0.3, deep, 4)
    nature.bush("near left", (-2.3, 4.0, -0.2), (0.9, 0.8, 1.0), 1300, 0.3, bright, 5)
    nature.bush("near right", (2.5, 4.6, -0.4), (0.8, 0.8, 0.9), 1100, 0.3, bright, 6)
    for number, (x, y, z, material) in enumerate(
        ((-1.7, 3.3, 0.35, rose), (1.9, 3.8, 0.3, cream), (-2.2, 5.6, 0.9, cream), (2.6, 6.6, 0.9, rose))
    ):
        places = nature.clumps(14 + 6 * (number > 1), [(x, y, z, 0.8, 0.4, 0.7)], 20 + number)
        nature.blossoms(f"blossoms{number}", places, 0.3, material, number)
    glints(skies.eye_place(bench))


def glints(eye: Triple) -> None:
    """Sky between the leaves and sun on wet ones, as the lens spreads them."""
    hues = ((0.62, 0.72, 0.34), (0.8, 0.85, 0.62), (0.42, 0.6, 0.18), (0.9, 0.93, 0.85))
    rows = street.lamps(46, (-4.2, 8.5, -0.3), (4.2, 12, 1.9), (0.1, 0.25), hues, 31)
    street.discs("glints", rows, eye, "sky", 0.5)


def litter() -> None:
    """A few fallen leaves and petals at the sides of the table."""
    fallen = outdoor.leaf("fallen", (0.35, 0.38, 0.06), (0.2, 0.1, 0.02), 0.2)
    petal = outdoor.leaf("petal", (0.85, 0.45, 0.5), (0.8, 0.25, 0.32), 0.25)
    left = [
        (-0.98, -0.35, 0.012),
        (-1.25, 0.42, 0.012),
        (1.2, 0.75, 0.012),
        (1.32, -0.3, 0.012),
        (-0.7, 1.0, 0.012),
        (0.85, -0.75, 0.012),
    ]
    nature.leaves("fallen leaves", np.array(left), 0.19, fallen, 9, flat=0.75).rotation_euler = (0, 0, 0)
    near = np.array(
        [(-1.05, -0.1, 0.012), (-0.85, 0.3, 0.012), (1.1, 0.15, 0.012), (0.95, 0.5, 0.012), (-1.4, -0.6, 0.012)]
    )
    nature.leaves("petals", near, 0.09, petal, 12, flat=0.8)


def branch(bench: Bench) -> None:
    """Leaves on the way of the sun: their shadow falls about the spot and leaves the spot itself mostly lit."""
    way = -np.array(SUN) / np.linalg.norm(SUN)
    shade = outdoor.leaf("shade", (0.2, 0.3, 0.05), (0.1, 0.2, 0.03))
    rng = np.random.default_rng(3)
    foot = rng.uniform((-3.2, -2.4, 0), (3.2, 2.6, 0), (520, 3))
    gap = ((foot[:, 0] + 0.1) / 0.75) ** 2 + ((foot[:, 1]) / 0.5) ** 2 > 1
    foot = foot[gap]
    clump = nature.fractal(foot[:, 0] * 1.1 + 20, foot[:, 1] * 1.1 + 20, 3, 7) > 0.45
    foot = foot[clump]
    bench.gobo(nature.leaves("shade leaves", foot + way * rng.uniform(2.4, 4.0, (len(foot), 1)), 0.3, shade, 4))
