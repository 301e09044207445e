"""Cast concrete, floor and wall, under a hard sun that falls through an opening."""

from scripts.baking import carpentry, leafwork, materials_ground
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.70, 0.46, -0.55)


def build(bench: Bench) -> StageSpec:
    """Slabs of a wall with joints and tie holes; a low step to the left, a block to the right."""
    floor = materials_ground.concrete("floor", 0.38, 0.5, 0.5)
    cast = materials_ground.concrete("cast", 0.36, 0.7)
    carpentry.block("floor", (12.0, 9.0, 0.2), (0, 0.5, -0.2), floor, 0.01)
    for column in range(-3, 4):
        for row in range(3):
            size = (1.985, 0.3, 1.285)
            carpentry.block(
                "panel", size, (column * 2.0 + 0.35, 2.15 + 0.006 * (column % 2), row * 1.3 - 0.35), cast, 0.012
            )
    carpentry.block("backing", (14.0, 0.1, 6.0), (0, 2.25, -0.4), cast, 0)
    dark = materials_ground.concrete("hole", 0.05, 0.9)
    for column in range(-3, 4):
        for x, z in ((-0.62, 0.62), (0.62, 0.62), (-0.62, 1.9), (0.62, 1.9)):
            hole = carpentry.drum("tie", 0.022, 0.01, (0, 0, 0), dark, 0.003)
            hole.rotation_euler, hole.location = (1.5708, 0, 0), (column * 2.0 + 0.35 + x, 2.004, z)
    carpentry.block("step", (1.5, 1.1, 0.22), (-1.95, 1.3, 0), cast, 0.018)
    carpentry.block("step", (0.75, 0.7, 0.5), (-2.0, 1.55, 0.22), cast, 0.018)
    carpentry.block("block", (0.5, 0.5, 0.95), (1.62, 1.35, 0), cast, 0.018, 8)
    bench.eye(pitch=7, lens=78, fstop=9)
    bench.sun("key", SUN, 1.15, 0.02)
    leafwork.mullions(bench, SUN, (0.47, -0.48, -0.17), 4.0, (4.7, 2.6), (1, 1))
    leafwork.shade(
        bench, SUN, (0.3, 1.9, 0.5), 1.6, [("palm", (1.5, 1.3), -140, 1.7), ("palm", (-1.9, 0.9), -20, 1.3)], 8
    )
    bench.area("fill", (3.6, -3.4, 2.2), (0, 0.2, 0.3), (3, 3), 0.30)
    bench.area("rim", (1.6, 1.2, 4.0), (0, 0, 0.2), (1.6, 0.8), 0.45)
    bench.world("sky", (1.0, 1.0, 1.0), 0.45)
    return StageSpec(
        id="concrete",
        title="Concrete",
        keywords=("concrete", "cement", "urban", "modern", "brutalist", "grey", "tech"),
        paint=("floor", "cast"),
        albedo=(0.37, 0.367, 0.357),
        glossy=("floor",),
        roughness=0.5,
    )
