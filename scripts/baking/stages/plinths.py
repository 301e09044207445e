"""Round plaster plinths before an arch, all of one colour that may be changed; palm fronds shade the arch."""

import math

from scripts.baking import carpentry as make
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

CLAY = (0.62, 0.49, 0.40)
FLOOR = -0.27
SUN = (0.76, 0.42, -0.50)


def arch(width: float, height: float, rise: int = 40) -> list[tuple[float, float]]:
    """Outline of a round-headed panel that stands on z = 0."""
    half, spring = width / 2, height - width / 2
    head = [
        (half * math.cos(math.pi * t / rise), spring + half * math.sin(math.pi * t / rise)) for t in range(rise + 1)
    ]
    return [(-half, 0.0), (half, 0.0), *head]


def build(bench: Bench) -> StageSpec:
    """The product's spot is the middle of the low, wide plinth."""
    wall = stuff.plastered("wall", CLAY, 0.018)
    clay = stuff.plastered("clay", CLAY, 0.006)
    make.sweep_up("backdrop", 16.0, -6.0, 1.95, 6.0, 0.25, wall).location.z = FLOOR
    make.drum("plinth", 0.66, 0.17, (0.0, 0.06, -0.17), clay, 0.016)
    make.drum("step", 0.94, -FLOOR - 0.17, (0.10, 0.20, FLOOR), clay, 0.016)
    front = make.prism("arch", arch(1.34, 1.42), 0.16, (-0.13, 0.98, FLOOR), clay, 0.014)
    front.rotation_euler[2] = math.radians(-2.0)
    make.prism("arch", arch(1.30, 1.12), 0.14, (0.62, 1.40, FLOOR), clay, 0.014)
    make.drum("column", 0.20, 0.76, (1.00, 0.52, FLOOR), clay, 0.014)
    make.drum("column", 0.155, 0.42, (0.80, 0.22, FLOOR + 0.0), clay, 0.012)
    make.turned("ball", globe(0.125), (1.00, 0.52, FLOOR + 0.76 + 0.125), clay, 96)
    make.turned("ball", globe(0.105), (-0.80, 0.10, FLOOR + 0.105), clay, 96)
    make.block("slab", (0.26, 0.30, 0.78), (-1.10, 0.55, FLOOR), clay, 0.014, 14.0)
    make.block("slab", (0.30, 0.26, 0.30), (-0.98, 0.22, FLOOR), clay, 0.014, -8.0)
    shade(bench)
    light(bench)
    bench.eye(pitch=6.0, lens=80, fstop=5.6)
    return StageSpec(
        id="plinths",
        title="Plaster plinths",
        keywords=(
            "plinth",
            "podium",
            "pedestal",
            "platform",
            "plaster",
            "arch",
            "round",
            "display",
            "beauty",
            "pastel",
        ),
        spots=(((0.0, 0.0, 0.0), (1.1, 1.2)), ((-0.33, 0.04, 0.0), (0.5, 1.1)), ((0.33, 0.04, 0.0), (0.5, 1.1))),
        paint=("wall", "clay"),
        albedo=CLAY,
        samples=12,
    )


def globe(radius: float) -> list[tuple[float, float]]:
    """Profile of a ball about its middle."""
    return [(max(1e-4, radius * math.sin(t * math.pi / 40)), -radius * math.cos(t * math.pi / 40)) for t in range(41)]


def shade(bench: Bench) -> None:
    """Palm fronds between the key light and the wall; their shadows stay behind the product."""
    leaf = stuff.painted("frond", (0.1, 0.1, 0.1))
    for number, (end, heading) in enumerate(
        (((-0.98, 1.0, 1.22), -24.0), ((-0.9, 1.0, 0.62), 12.0), ((1.3, 1.3, 1.3), 203.0))
    ):
        x, y, z = (at - 1.1 * way for at, way in zip(end, SUN, strict=True))
        turn, places = math.radians(heading), []
        for k in range(19):
            t = k / 18
            foot = (x + 0.95 * t * math.cos(turn), y, z + 0.95 * t * math.sin(turn) - 0.3 * t * t)
            for side in (-1, 1):
                places.append((foot, 0.0, heading + side * (62 - 34 * t), 1.0 - 0.55 * t))
        bench.gobo(make.leaves("frond", places, 0.50, 0.050, leaf, 3 + number))


def light(bench: Bench) -> None:
    """A low sun-like key from the front left, a wide fill, a rim over the right shoulder, a plain bright sky."""
    bench.sun("key", SUN, 0.92, 0.014)
    bench.area("fill", (3.4, -3.4, 2.2), (0.0, 0.2, 0.3), 3.4, 0.17)
    bench.area("rim", (2.4, 1.8, 3.0), (0.0, 0.2, 0.3), (1.6, 1.0), 0.30)
    bench.world("sky", (1.0, 1.0, 1.0), 0.22)
