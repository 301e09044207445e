"""A wooden café table beside a window: a cup at the side, the counter with its warm bulbs far out of focus."""

from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import furniture
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

WARM = (1.0, 0.60, 0.28)
OAK = ((0.40, 0.225, 0.115), (0.17, 0.085, 0.04))


def build(bench: Bench) -> StageSpec:
    """The product stands on the table top, a little behind its front edge."""
    wood = stuff.oak("table", *OAK, roughness=0.36)
    iron = stuff.metal("iron", (0.035, 0.033, 0.03), 0.4)
    for k in range(6):
        make.block("plank", (5.6, 0.345, 0.11), (0.02 * (k % 3), -0.55 + 0.35 * k, -0.11), wood, 0.010)
    make.block("apron", (5.0, 1.7, 0.3), (0.0, 0.35, -0.42), wood, 0.02)
    table(wood)
    room(bench, iron)
    counter(bench, iron)
    light(bench)
    bench.eye(pitch=7.0, lens=75, fstop=3.6)
    return StageSpec(
        id="cafe",
        title="Café table",
        keywords=("cafe", "coffee", "restaurant", "bistro", "bar", "bakery", "wooden table", "cosy", "warm", "bokeh"),
        spots=(((0.0, 0.0, 0.0), (1.3, 1.15)), ((-0.4, 0.1, 0.0), (0.6, 1.1)), ((0.4, 0.1, 0.0), (0.6, 1.1))),
        glossy=("table",),
        roughness=0.36,
        depth=(3.0, 30.0),
        samples=8,
    )


def table(wood: Any) -> None:
    """A cup of coffee with its saucer and spoon, a small plant, folded linen."""
    glaze = stuff.ceramic("stoneware", (0.50, 0.47, 0.42), 0.36, 0.8)
    dark = stuff.polished("coffee", (0.035, 0.014, 0.006), 0.1)
    x, y = 0.80, 0.34
    make.vessel("saucer", [(0.09, 0.0), (0.14, 0.008), (0.255, 0.045)], 0.014, (x, y, 0.0), glaze, 0.014)
    furniture.vessel("cup", (x, y, 0.014), glaze, 0.92)
    make.turned("coffee", [(1e-4, 0.19), (0.145, 0.19)], (x, y, 0.014), dark)
    ear = [
        (x + 0.15 + 0.085 * a, y - 0.03, 0.13 + b * 0.075)
        for a, b in ((0, 1), (0.7, 0.9), (1, 0.2), (0.8, -0.6), (-0.1, -1))
    ]
    make.tube("ear", make.smoothed(ear, 6), 0.017, glaze)
    make.tube(
        "spoon",
        [(x - 0.30, y - 0.10, 0.018), (x - 0.02, y - 0.20, 0.05)],
        0.010,
        stuff.metal("steel", (0.6, 0.6, 0.6), 0.2),
    )
    linen = stuff.weave("linen", (0.42, 0.42, 0.40), 90.0, 0.003)
    make.block("napkin", (0.46, 0.30, 0.022), (-0.84, 0.16, 0.0), linen, 0.010, 24.0)
    make.block("napkin", (0.44, 0.28, 0.018), (-0.84, 0.17, 0.022), linen, 0.008, 19.0)
    furniture.vessel("round", (-0.86, 0.72, 0.0), stuff.ceramic("clay", (0.22, 0.20, 0.18), 0.5), 0.62)
    green, bark = stuff.foliage("leaf", (0.085, 0.13, 0.06)), stuff.painted("bark", (0.09, 0.06, 0.04))
    furniture.bouquet((-0.86, 0.72, 0.36), 0.72, green, bark, 21, 6, (0.23, 0.065), 0.40)


def room(bench: Bench, iron: Any) -> None:
    """The window on the left with the street's green behind it; a dark floor and a plastered wall."""
    view = make.sheet(
        "view", 26.0, 12.0, (-9.5, 19.5, -5.0), stuff.outlook("street", "forest", 1.1, 0.03, 0.36, 0.42, 0.78), 18.0
    )
    view.lightgroup, view.visible_diffuse, view.visible_shadow = "sky", False, False
    furniture.window((-5.2, 12.0, -2.4), 6.4, 7.4, 3, 3, iron, 0.16, 0.3)
    plaster = stuff.painted("plaster", (0.46, 0.36, 0.27), 0.8)
    make.block("pier", (12.0, 0.4, 14.0), (4.2, 13.2, -6.0), plaster, 0.0)
    make.block("floor", (60.0, 40.0, 0.2), (0.0, 14.0, -3.4), stuff.polished("boards", (0.12, 0.07, 0.04), 0.4), 0.0)


def counter(bench: Bench, iron: Any) -> None:
    """Counter, shelves of jars and bottles, a row of hanging bulbs, two chairs."""
    wood, tile = stuff.oak("counter", *OAK, roughness=0.5), stuff.tiles("tile", (0.30, 0.34, 0.31), 0.6, 0.3, 0.5)
    make.block("counter", (9.0, 1.6, 3.4), (4.4, 9.2, -3.2), tile, 0.03)
    make.block("top", (9.3, 1.9, 0.2), (4.4, 9.2, 0.2), wood, 0.03)
    jars = [(0.30, 0.12, 0.05), (0.08, 0.12, 0.06), (0.42, 0.36, 0.26), (0.05, 0.05, 0.05), (0.20, 0.08, 0.04)]
    kinds = ("tumbler", "bottle", "cylinder", "pot", "cup", "urn")
    for level in (0.62, 1.28):
        make.block("shelf", (7.4, 0.9, 0.1), (4.4, 12.6, level), wood, 0.02)
        for k in range(22):
            colour = jars[(3 * k + int(level)) % 5]
            glass = stuff.polished("jar", colour, 0.2)
            furniture.vessel(kinds[(k * 5 + int(level)) % 6], (1.1 + 0.31 * k, 12.5, level + 0.1), glass, 0.62)
    bulb = stuff.glow("bulb", WARM, 26.0)
    for k in range(7):
        height = (1.05, 1.32, 1.16)[k % 3]
        lit = furniture.pendant((-0.55 + 0.72 * k, 7.6 + 0.9 * (k % 2), height), 6.0, iron, iron, bulb, 0.55)
        lit.lightgroup = "practical"
    bench.area("practical", (4.2, 10.4, 4.6), (4.2, 12.8, 1.4), (6.0, 0.6), 0.6, colour=WARM, mirrored=False)
    for place, turn in (((-2.3, 5.2, -3.1), 30.0), ((2.2, 5.6, -3.1), -35.0)):
        furniture.chair(place, stuff.oak("bentwood", (0.10, 0.05, 0.025), (0.05, 0.025, 0.012), 0.36), turn, 1.5)


def light(bench: Bench) -> None:
    """Daylight from the window side, soft room light, a glint from behind."""
    bench.area("key", (-3.6, -1.3, 2.7), (0.0, 0.2, 0.2), (1.6, 2.0), 1.10)
    bench.area("key", (-9.0, 7.0, 5.0), (1.5, 9.5, -0.5), (4.0, 4.0), 0.50, mirrored=False)
    bench.area("fill", (3.6, -3.2, 2.0), (0.0, 0.5, 0.3), (2.6, 2.6), 0.26)
    bench.area("fill", (2.0, 3.0, 7.0), (3.0, 9.0, 0.0), (6.0, 3.0), 0.26, mirrored=False)
    bench.area("rim", (1.8, 2.4, 2.9), (0.0, 0.1, 0.3), (1.2, 0.7), 0.40)
    bench.world("sky", (1.0, 0.99, 0.97), 0.26)
