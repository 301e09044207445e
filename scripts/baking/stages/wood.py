"""An oak table by a sunny window: the glazing bars' shade lies across wall and table, a kitchen wall soft behind."""

from scripts.baking import carpentry, furniture, leafwork, materials, materials_interior
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.66, 0.50, -0.56)
WALL = (0.62, 0.555, 0.47)


def build(bench: Bench) -> StageSpec:
    """Boards run left to right; crockery and a linen towel of earth colours to the sides."""
    wood = materials.oak("oak", 0.62)
    carpentry.block("table", (9.0, 5.0, 0.16), (0.0, -0.95, -0.16), wood, 0.02)
    carpentry.block("wall", (14.0, 0.2, 9.0), (0, 3.0, -4), materials.plaster("wall", WALL, 0.07, 0.12), 0)
    cream = materials_interior.ceramic("cream", (0.66, 0.61, 0.53), 0.32, 0.5)
    clay = materials_interior.ceramic("clay", (0.36, 0.20, 0.13), 0.6, 0.2)
    green = materials_interior.foliage("eucalyptus", (0.13, 0.19, 0.13))
    bark = materials.principled("bark", (0.10, 0.07, 0.05), 0.8)[0]
    furniture.vessel("round", (-1.28, 1.0, 0.0), clay, 0.85)
    furniture.bouquet((-1.28, 1.0, 0.69), 0.75, green, bark, 11, 6, (0.13, 0.085), 0.5)
    furniture.vessel("bowl", (1.22, 0.95, 0.0), cream, 0.85)
    furniture.vessel("bowl", (1.22, 0.95, 0.07), cream, 0.80)
    furniture.vessel("cup", (1.62, 0.55, 0.0), clay, 0.8)
    bench.eye(pitch=9, lens=78, fstop=8)
    bench.sun("key", SUN, 0.95, 0.03)
    leafwork.mullions(bench, SUN, (0.13, 1.13, -0.06), 2.6, (4.6, 3.3), (2, 1))
    leafwork.shade(
        bench, SUN, (0.2, 1.2, 0.2), 2.2, [("olive", (-1.5, 0.9), -30, 1.0), ("olive", (1.1, 1.0), -110, 0.8)], 3
    )
    bench.area("fill", (3.6, -3.4, 2.2), (0, 0.2, 0.3), (3, 3), 0.22)
    bench.area("rim", (2.0, 2.3, 3.4), (0, 0, 0.2), (1.6, 0.8), 0.40)
    bench.world("sky", "interior", 0.34, 60)
    return StageSpec(
        id="wood",
        title="Oak table",
        keywords=("wood", "oak", "table", "rustic", "kitchen", "natural", "warm", "food"),
        paint=("wall",),
        albedo=WALL,
        glossy=("oak",),
        roughness=0.4,
    )
