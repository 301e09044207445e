"""Grey microcement: a wall, a low bench and one blade of light across them. Quiet, and of any colour."""

from scripts.baking import carpentry as make
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

GREY = (0.40, 0.40, 0.40)
SUN = (0.74, 0.46, -0.52)


def build(bench: Bench) -> StageSpec:
    """The product stands on the low bench."""
    wall, cement = stuff.plastered("wall", GREY, 0.014, 0.8), stuff.plastered("cement", GREY, 0.006, 0.6)
    make.sweep_up("room", 16.0, -6.0, 2.1, 6.0, 0.12, wall).location.z = -0.30
    make.block("bench", (1.72, 1.05, 0.30), (0.0, 0.20, -0.30), cement, 0.016)
    make.block("step", (3.2, 0.9, 0.16), (1.35, 0.75, -0.30), cement, 0.014)
    make.block("block", (0.34, 0.5, 1.2), (-1.16, 0.95, -0.30), cement, 0.014, 8.0)
    make.block("pillar", (0.42, 0.42, 0.62), (1.13, 0.62, -0.14), cement, 0.014, -12.0)
    blade(bench)
    bench.sun("key", SUN, 1.05, 0.018)
    bench.area("fill", (3.4, -3.2, 2.2), (0.0, 0.2, 0.3), 3.0, 0.24)
    bench.area("rim", (2.0, 1.9, 2.8), (0.0, 0.1, 0.3), (1.4, 0.8), 0.34)
    bench.world("sky", (1.0, 1.0, 1.0), 0.30)
    bench.eye(pitch=6.0, lens=80, fstop=5.6)
    return StageSpec(
        id="minimal-gray",
        title="Minimal grey",
        keywords=("gray", "grey", "minimal", "minimalist", "cement", "concrete", "simple", "calm", "modern", "tech"),
        spots=(((0.0, 0.0, 0.0), (1.3, 1.15)), ((-0.42, 0.06, 0.0), (0.6, 1.1)), ((0.42, 0.06, 0.0), (0.6, 1.1))),
        paint=("wall", "cement"),
        albedo=GREY,
        samples=8,
    )


def blade(bench: Bench) -> None:
    """Two boards before the sun that leave a slanting stripe of light on the wall; the product stays in full light."""
    grey = stuff.painted("shade", (0.1, 0.1, 0.1))
    for end, size, lean in (((-0.95, 2.05, 1.35), (1.6, 3.2), 0.42), ((1.75, 2.05, 0.5), (1.5, 3.2), 0.42)):
        place = tuple(at - 1.25 * way for at, way in zip(end, SUN, strict=True))
        board = make.block("board", (size[0], 0.02, size[1]), (0.0, 0.0, 0.0), grey, 0.0)
        board.location = (place[0], place[1], place[2] - 1.6)
        board.rotation_euler[1] = lean
        bench.gobo(board)
