"""A loft: a concrete table, and far behind it steel windows over the city, brick, a sofa, a tall plant, an arc lamp."""

from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import furniture
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

WARM = (1.0, 0.64, 0.34)
FLOOR = -3.0


def build(bench: Bench) -> StageSpec:
    """The product stands on the table of cast concrete."""
    concrete = stuff.plastered("concrete", (0.36, 0.355, 0.345), 0.004, 0.42)
    make.block("table", (5.4, 1.9, 0.16), (0.0, 0.35, -0.16), concrete, 0.016)
    steel = stuff.metal("steel", (0.03, 0.03, 0.032), 0.4)
    make.block("frame", (5.2, 0.10, 0.10), (0.0, -0.40, -0.27), steel, 0.01)
    room(steel)
    seats(bench, steel)
    table(steel)
    light(bench)
    bench.eye(pitch=6.5, lens=72, fstop=5.6)
    return StageSpec(
        id="modern-loft",
        title="Modern loft",
        keywords=(
            "loft",
            "modern",
            "industrial",
            "brick",
            "concrete",
            "living room",
            "apartment",
            "city",
            "interior",
            "urban",
        ),
        spots=(((0.0, 0.0, 0.0), (1.3, 1.15)), ((-0.4, 0.1, 0.0), (0.6, 1.1)), ((0.4, 0.1, 0.0), (0.6, 1.1))),
        glossy=("concrete",),
        roughness=0.42,
        depth=(3.0, 30.0),
        samples=8,
    )


def room(steel: Any) -> None:
    """Floor, the window wall with the city behind, a brick wall that runs back on the right."""
    make.block(
        "floor", (40.0, 40.0, 0.2), (0.0, 14.0, FLOOR - 0.2), stuff.polished("boards", (0.17, 0.105, 0.06), 0.36), 0.0
    )
    brick = stuff.bricks("bricks", (0.34, 0.15, 0.09))
    side = make.block("brick", (30.0, 0.4, 14.0), (4.7, 12.0, FLOOR), brick, 0.0)
    side.rotation_euler[2] = 1.42
    make.block("end", (10.0, 0.4, 14.0), (6.4, 19.4, FLOOR), brick, 0.0)
    view = make.sheet(
        "view", 44.0, 16.0, (-6.0, 30.0, -8.0), stuff.outlook("city", "city", 0.85, 0.60, 0.98, 0.46, 0.72)
    )
    view.lightgroup, view.visible_diffuse, view.visible_shadow = "sky", False, False
    make.block("sill", (24.0, 0.5, 1.6), (-8.0, 19.6, FLOOR), stuff.painted("sill", (0.5, 0.49, 0.47), 0.6), 0.03)
    furniture.window((-6.6, 19.3, FLOOR + 1.6), 15.6, 9.0, 6, 5, steel, 0.2, 0.3)
    cloth = stuff.sheer("curtain", (0.62, 0.60, 0.56), 0.25)
    make.drape("curtain", 2.2, 11.0, (1.6, 18.9, FLOOR), cloth, 7, 4, 0.16)


def seats(bench: Bench, steel: Any) -> None:
    """The sofa with cushions, a tall plant beside it, an arc lamp over it, a rug."""
    cloth = stuff.weave("sofa", (0.30, 0.29, 0.27), 24.0)
    furniture.sofa((-0.4, 13.2, FLOOR), 8.2, cloth, steel)
    for x, colour, lean in (
        (-3.0, (0.36, 0.16, 0.07), 8.0),
        (-2.1, (0.42, 0.38, 0.31), -6.0),
        (2.2, (0.09, 0.13, 0.14), 5.0),
    ):
        make.cushion(
            "cushion",
            (1.5, 0.5, 1.4),
            (x, 14.6, FLOOR + 2.45),
            stuff.weave("cushion", colour, 30.0),
            (-16.0, lean, 0.0),
        )
    green, bark = stuff.foliage("fig", (0.09, 0.19, 0.05)), stuff.painted("bark", (0.12, 0.09, 0.06))
    furniture.vessel("pot", (-3.6, 9.2, FLOOR), stuff.ceramic("planter", (0.42, 0.40, 0.37), 0.6), 2.6, 0.06)
    furniture.foliage_plant((-3.6, 9.2, FLOOR + 1.1), green, bark, 23, 4.2, 9, (1.1, 0.62))
    arc = [(3.7, 13.8, FLOOR), (3.7, 13.8, 0.4), (3.2, 13.5, 1.6), (2.0, 13.0, 1.9), (1.35, 12.8, 1.45)]
    make.tube("arc", make.smoothed(arc, 10), 0.05, steel)
    lit = furniture.pendant((1.35, 12.8, 0.85), 0.6, steel, steel, stuff.glow("bulb", WARM, 24.0), 1.3)
    lit.lightgroup = "practical"
    bench.area("practical", (1.35, 12.8, 0.8), (1.2, 13.6, -2.0), (0.5, 0.5), 0.8, colour=WARM, mirrored=False)


def table(steel: Any) -> None:
    """Books and a matt vase on the right, a small dish on the left."""
    height = furniture.books(
        (0.86, 0.50, 0.0), ((0.07, 0.075, 0.08), (0.44, 0.40, 0.34), (0.30, 0.13, 0.07)), 14, 0.60, -9.0
    )
    furniture.vessel("round", (0.86, 0.50, height), stuff.ceramic("vase", (0.05, 0.05, 0.052), 0.5), 0.46)
    dish = [(0.10, 0.0), (0.16, 0.01), (0.26, 0.06)]
    make.vessel("tray", dish, 0.014, (-0.80, 0.36, 0.0), steel, 0.02)
    make.turned(
        "candle",
        [(1e-4, 0.0), (0.085, 0.0), (0.088, 0.26), (0.08, 0.275), (1e-4, 0.268)],
        (-0.80, 0.36, 0.02),
        stuff.painted("wax", (0.62, 0.58, 0.50), 0.4),
    )


def light(bench: Bench) -> None:
    """Window light from the left for the table and for the room behind."""
    bench.area("key", (-3.6, -1.3, 2.6), (0.0, 0.2, 0.2), (1.4, 2.0), 0.90)
    bench.area("key", (-8.0, 17.0, 5.0), (1.0, 13.0, -1.5), (5.0, 4.0), 0.80, mirrored=False)
    bench.area("fill", (3.6, -3.2, 2.0), (0.0, 0.5, 0.3), (2.6, 2.6), 0.25)
    bench.area("fill", (1.0, 6.0, 7.0), (1.0, 13.0, -1.0), (6.0, 3.0), 0.34, mirrored=False)
    bench.area("rim", (1.9, 2.4, 2.9), (0.0, 0.1, 0.3), (1.3, 0.8), 0.40)
    bench.world("sky", (0.98, 0.99, 1.0), 0.27)
