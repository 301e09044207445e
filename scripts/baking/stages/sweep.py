"""Seamless paper that runs up behind the product: nothing but light, and any colour."""

from scripts.baking import materials, solids
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec


def build(bench: Bench) -> StageSpec:
    """A paper roll's sweep, a window-like key from the left."""
    paper = materials.paper("paper", (0.72, 0.72, 0.72))
    solids.sweep("sweep", width=14, front=-6, back=2.2, radius=1.4, height=7, material=paper)
    bench.eye(pitch=7, lens=80, fstop=8)
    bench.area("key", (-2.5, -1.7, 2.5), (0.1, 0.35, 0.35), (0.7, 1.0), 0.125, spread=1.25)
    bench.area("fill", (3.4, -3.2, 1.6), (0, 0.2, 0.4), (2.4, 3), 0.18)
    bench.area("rim", (1.1, 0.9, 2.7), (0.25, 1.6, 0.5), (1.2, 0.7), 0.20, spread=1.7)
    bench.world("sky", (1.0, 1.0, 1.0), 0.14)
    return StageSpec(
        id="sweep",
        title="Seamless paper",
        keywords=("plain", "studio", "paper", "seamless", "backdrop", "minimal"),
        paint=("paper",),
        albedo=(0.72, 0.72, 0.72),
        glossy=("paper",),
        roughness=0.5,
    )
