"""A marble console in a panelled salon: brass, velvet, a pair of warm lamps, all soft behind the product."""

from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import furniture
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

BRASS = (0.72, 0.48, 0.20)
WALL = (0.17, 0.195, 0.175)
WARM = (1.0, 0.62, 0.32)


def build(bench: Bench) -> StageSpec:
    """The product stands on the console's marble top, near its front edge."""
    brass = stuff.metal("brass", BRASS, 0.21)
    console(brass)
    panelling(stuff.painted("panel", WALL, 0.45, 0.002), brass)
    dress(bench, brass)
    light(bench)
    bench.eye(pitch=6.0, lens=75, fstop=4.5)
    return StageSpec(
        id="luxury-interior",
        title="Luxury interior",
        keywords=(
            "luxury",
            "luxurious",
            "elegant",
            "interior",
            "marble",
            "brass",
            "gold",
            "velvet",
            "salon",
            "boudoir",
            "hotel",
        ),
        spots=(((0.0, 0.0, 0.0), (1.3, 1.15)), ((-0.4, 0.1, 0.0), (0.6, 1.1)), ((0.4, 0.1, 0.0), (0.6, 1.1))),
        glossy=("marble",),
        roughness=0.12,
        depth=(3.0, 14.0),
        samples=8,
    )


def console(brass: Any) -> None:
    """A thick slab of dark-veined marble on a brass rail; its front edge is in the picture."""
    marble = stuff.marble("marble", (0.62, 0.60, 0.57), (0.20, 0.17, 0.14), 0.14)
    make.block("console", (5.2, 1.75, 0.12), (0.0, 0.32, -0.12), marble, 0.018)
    make.block("rail", (5.2, 1.70, 0.05), (0.0, 0.33, -0.17), brass, 0.008)
    make.block(
        "front", (5.1, 1.6, 1.4), (0.0, 0.36, -1.57), stuff.polished("lacquer", (0.018, 0.022, 0.021), 0.32), 0.02
    )


def panelling(paint: Any, brass: Any) -> None:
    """A wall with raised mouldings, brass beads inside them."""
    wall = 2.9
    make.block("wall", (16.0, 0.2, 9.0), (0.0, wall + 0.1, -4.0), paint, 0.0)
    for centre, width in ((-2.55, 1.5), (0.0, 2.5), (2.55, 1.5)):
        for inset, depth, material in ((0.0, 0.10, paint), (0.12, 0.06, paint), (0.22, 0.035, brass)):
            moulding(centre, width - 2 * inset, -1.2 + inset, 3.4 - inset, wall, depth, material)


def moulding(centre: float, width: float, low: float, high: float, wall: float, depth: float, material: Any) -> None:
    """A rectangle of bars on the wall."""
    bar = depth * 0.75
    for side in (-1, 1):
        make.block(
            "bar", (bar, depth, high - low), (centre + side * width / 2, wall - depth / 2, low), material, depth * 0.3
        )
    for level in (low, high):
        make.block("bar", (width, depth, bar), (centre, wall - depth / 2, level - bar / 2), material, depth * 0.3)


def dress(bench: Bench, brass: Any) -> None:
    """Lamps on both sides, a velvet chair back, books, a brass dish, a vase with branches."""
    shade = stuff.shade_cloth("shade", (0.62, 0.55, 0.45))
    stone = stuff.polished("onyx", (0.03, 0.035, 0.03), 0.32)
    for at, size in (((-0.93, 0.72, 0.0), 0.70), ((1.26, 2.0, -0.10), 0.80)):
        bulb = furniture.table_lamp(at, brass, shade, size)
        glowing = furniture.globe(bulb, 0.07, stuff.glow("bulb", WARM, 30.0))
        glowing.lightgroup, glowing.visible_diffuse = "practical", True
    height = furniture.books(
        (0.86, 0.50, 0.0), ((0.10, 0.12, 0.11), (0.45, 0.40, 0.33), (0.16, 0.05, 0.05)), 5, 0.62, 12.0
    )
    dish = [(0.07, 0.0), (0.10, 0.01), (0.19, 0.05)]
    make.vessel("dish", dish, 0.012, (0.86, 0.50, height), brass, 0.02)
    make.turned("pearl", [(1e-4, -0.05), (0.05, 0.0), (1e-4, 0.05)], (0.86, 0.50, height + 0.07), brass)
    furniture.vessel("urn", (0.90, 0.98, 0.0), stone, 0.62)
    leaf, bark = stuff.foliage("leaf", (0.055, 0.11, 0.05)), stuff.painted("bark", (0.09, 0.06, 0.04))
    furniture.bouquet((0.90, 0.98, 0.55), 0.75, leaf, bark, 8, 6, (0.25, 0.075), 0.40)
    velvet = stuff.velvet("velvet", (0.17, 0.035, 0.05))
    back = make.cushion("chair back", (1.7, 0.5, 1.9), (-2.05, 2.25, -0.1), velvet)
    back.rotation_euler[2] = 0.25


def light(bench: Bench) -> None:
    """A tall window on the left for the key; lamps keep their warmth."""
    bench.area("key", (-3.4, -1.7, 2.5), (0.0, 0.2, 0.2), (2.0, 2.6), 0.80)
    bench.area("fill", (3.4, -3.2, 1.8), (0.0, 0.4, 0.3), (2.6, 2.6), 0.26)
    bench.area("rim", (2.3, 2.2, 2.9), (0.0, 0.1, 0.3), (1.4, 0.7), 0.42)
    bench.world("sky", "interior", 0.30, 40.0, 0.2)
