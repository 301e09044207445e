"""Clear, tinted and frosted acrylic: a glossy sheet on the floor, discs and blocks, before a backdrop of any colour."""

import math

from scripts.baking import carpentry as make
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

BACKDROP = (0.52, 0.52, 0.64)
STAGE = (0.60, 0.60, 0.70)
LOW = -0.17


def build(bench: Bench) -> StageSpec:
    """The product's spot is a polished opal disc on a seamless backdrop."""
    wall = stuff.painted("backdrop", BACKDROP, 0.7, 0.002)
    clear = stuff.acrylic("clear", (0.985, 0.99, 0.99), 0.0, 0.9)
    rose = stuff.acrylic("rose", (0.98, 0.66, 0.74), 0.0, 0.95)
    stage = stuff.milky("stage", STAGE, 0.25, 0.05)
    make.sweep_up("floor", 16.0, -6.0, 2.4, 6.0, 0.9, wall).location.z = LOW
    make.drum("disc", 0.66, 0.12, (0.0, 0.06, -0.12), stage, 0.012)
    make.drum("disc", 0.92, 0.05, (0.08, 0.18, LOW), stuff.pane("sheet", (0.93, 0.955, 0.99)), 0.012)
    blocks(clear, rose)
    screens()
    bench.eye(pitch=6.5, lens=80, fstop=5.6)
    light(bench)
    return StageSpec(
        id="acrylic",
        title="Acrylic blocks",
        keywords=(
            "acrylic",
            "glass",
            "clear",
            "transparent",
            "crystal",
            "perspex",
            "reflection",
            "glossy",
            "cosmetics",
            "modern",
        ),
        spots=(((0.0, 0.0, 0.0), (1.1, 1.2)), ((-0.33, 0.04, 0.0), (0.5, 1.1)), ((0.33, 0.04, 0.0), (0.5, 1.1))),
        paint=("backdrop", "clear", "rose", "stage", "sheet", "film", "film.001", "edge", "edge.001"),
        albedo=BACKDROP,
        glossy=("stage",),
        roughness=0.06,
        samples=10,
    )


def blocks(clear: object, rose: object) -> None:
    """Blocks, rods and balls at the sides."""
    make.block("cube", (0.30, 0.30, 0.64), (-1.02, 0.50, LOW), clear, 0.014, 24.0)
    make.block("cube", (0.27, 0.27, 0.27), (-0.80, 0.14, LOW), rose, 0.014, -14.0)
    make.drum("rod", 0.15, 0.40, (0.80, 0.30, LOW), clear, 0.012)
    make.drum("rod", 0.18, 0.76, (1.06, 0.66, LOW), rose, 0.012)
    make.turned("ball", ball(0.115), (0.80, 0.30, LOW + 0.40 + 0.115), rose, 96)
    make.turned("ball", ball(0.075), (-0.80, 0.14, LOW + 0.27 + 0.075), clear, 96)


def screens() -> None:
    """Tinted discs that stand behind the product and overlap, each with a bright polished rim."""
    for radius, x, y, tint in ((0.60, -0.12, 1.00, (0.985, 0.82, 0.87)), (0.44, 0.46, 1.24, (0.80, 0.87, 0.99))):
        middle = (x, y, LOW + radius)
        film = stuff.pane("film", tint)
        make.drum("screen", radius, 0.03, middle, film, 0.006).rotation_euler[0] = math.radians(90)
        circle = [math.tau * step / 128 for step in range(128)]
        rim = [(x + radius * math.cos(a), y - 0.015, middle[2] + radius * math.sin(a)) for a in circle]
        make.tube("rim", rim, 0.013, stuff.milky("edge", tint, 0.3, 0.1), closed=True)


def ball(radius: float) -> list[tuple[float, float]]:
    """Profile of a ball about its middle."""
    return [(max(1e-4, radius * math.sin(t * math.pi / 40)), -radius * math.cos(t * math.pi / 40)) for t in range(41)]


def light(bench: Bench) -> None:
    """Strip boxes that draw lines into the acrylic, a broad fill, a low rim that lights the opal from behind."""
    bench.area("key", (-2.6, -1.9, 2.6), (0.0, 0.1, 0.2), (0.8, 1.6), 0.74)
    bench.area("fill", (3.0, -2.6, 1.8), (0.0, 0.2, 0.3), (2.0, 2.4), 0.22)
    bench.area("rim", (1.7, 2.1, 2.0), (0.0, 0.4, 0.3), (0.7, 1.6), 0.40)
    bench.world("sky", "studio", 0.15, 60.0)
