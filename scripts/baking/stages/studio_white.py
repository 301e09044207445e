"""A white cyclorama: no edge anywhere, a halo of softboxes on the cove, a floor that falls off by a breath."""

from scripts.baking import carpentry as make
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

WHITE = (0.74, 0.74, 0.74)


def build(bench: Bench) -> StageSpec:
    """The product stands on the painted floor of the cove."""
    cove = stuff.polished("cove", WHITE, 0.34, 1.0)
    make.sweep_up("cove", 22.0, -9.0, 4.4, 11.0, 2.4, cove)
    bench.area("key", (-2.7, -2.2, 3.0), (0.0, 0.0, 0.3), (1.1, 1.6), 0.56)
    bench.area("fill", (3.4, -3.0, 2.2), (0.0, 0.2, 0.3), (2.8, 2.8), 0.20)
    bench.area("rim", (1.7, 2.2, 3.0), (0.0, 0.1, 0.3), (1.4, 0.8), 0.22)
    bench.area("practical", (-0.25, 2.0, 3.0), (0.0, 4.2, 0.75), (0.8, 0.5), 0.10, spread=1.7, mirrored=False)
    bench.world("sky", (1.0, 1.0, 1.0), 0.22)
    bench.eye(pitch=6.0, lens=78, fstop=5.6)
    return StageSpec(
        id="studio-white",
        title="White studio",
        keywords=("white", "studio", "clean", "cyclorama", "softbox", "plain", "bright", "commerce", "minimal"),
        spots=(((0.0, 0.0, 0.0), (1.4, 1.15)), ((-0.5, 0.1, 0.0), (0.7, 1.1)), ((0.5, 0.1, 0.0), (0.7, 1.1))),
        paint=("cove",),
        albedo=WHITE,
        glossy=("cove",),
        roughness=0.3,
        samples=8,
        exposure=1.25,
    )
