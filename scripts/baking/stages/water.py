"""A film of clear water with rings about the product, and its dancing light on a plain wall behind."""

from scripts.baking import leafwork, materials, materials_ground, solids
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.60, 0.50, -0.62)
AQUA = (0.46, 0.58, 0.60)


def build(bench: Bench) -> StageSpec:
    """Water and wall of one colour; wet pebbles to the sides."""
    film = materials_ground.water("water", AQUA)
    solids.mesh("water", [(-9, -4, 0), (9, -4, 0), (9, 3.0, 0), (-9, 3.0, 0)], [(0, 1, 2, 3)], film)
    wall = materials.plaster("wall", AQUA, 0.03, 0.05)
    solids.mesh("wall", [(-12, 3.0, -1), (12, 3.0, -1), (12, 3.0, 7), (-12, 3.0, 7)], [(0, 1, 2, 3)], wall)
    wet = materials_ground.concrete("pebble", 0.13, 0.14, 0.2, (0.92, 1.0, 1.04))
    for number, (x, y, size) in enumerate(
        ((1.45, 0.9, 0.30), (1.82, 0.55, 0.17), (-1.55, 0.8, 0.24), (-1.25, 1.25, 0.15))
    ):
        solids.pebble("pebble", (x, y, -0.12 * size), (size, size * 0.8, size * 0.46), wet, 3 + number)
    bench.eye(pitch=9, lens=78, fstop=8)
    bench.sun("key", SUN, 1.05, 0.012)
    net = solids.mesh(
        "net", [(-6, -6, 0), (6, -6, 0), (6, 6, 0), (-6, 6, 0)], [(0, 1, 2, 3)], materials_ground.dapple("net")
    )
    net.matrix_world = leafwork.facing(SUN, (0, 1.0, 0.5), 3.6)
    bench.gobo(net)
    bench.area("fill", (3.4, -3.2, 2.4), (0, 0.2, 0.3), (3, 3), 0.22)
    bench.area("rim", (1.9, 2.2, 3.2), (0, 0, 0.1), (1.8, 0.6), 0.34)
    bench.world("sky", (1.0, 1.0, 1.0), 0.24)
    return StageSpec(
        id="water",
        title="Still water",
        keywords=("water", "pool", "wet", "aqua", "fresh", "skincare", "spa", "splash"),
        paint=("water", "wall"),
        albedo=AQUA,
        glossy=("water",),
        roughness=0.03,
    )
