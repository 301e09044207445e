"""A roof terrace at dusk: a cast parapet under the product, festoon lamps and the lit skyline out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec, Triple


def build(bench: Bench) -> StageSpec:
    """Parapet, towers, lamps, an evening sky."""
    bench.eye(pitch=4.5, lens=62, fstop=4.6)
    parapet()
    skyline()
    plants()
    eye = skies.eye_place(bench)
    hues = ((1.0, 0.6, 0.25), (1.0, 0.75, 0.45), (0.6, 0.8, 1.0), (1.0, 0.2, 0.08), (1.0, 0.66, 0.3))
    street.discs(
        "city lamps", street.lamps(46, (-14, 24, -3.4), (14, 46, 1.2), (0.16, 0.34), hues, 6), eye, strength=0.8
    )
    festoon(eye)
    light(bench)
    return StageSpec(
        "rooftop",
        "Rooftop at dusk",
        (
            "rooftop",
            "roof",
            "terrace",
            "skyline",
            "city",
            "dusk",
            "evening",
            "bar",
            "party",
            "lights",
            "concrete",
            "balcony",
            "urban",
        ),
        glossy=("parapet",),
        roughness=0.35,
        depth=(2.0, 40.0),
        samples=16,
        gains={"practical": 1.35},
    )


def light(bench: Bench) -> None:
    """Soft light for the product and an evening sky, warm at the horizon."""
    bench.area("key", (-3.0, -3.2, 3.2), (0, 0, 0.3), 1.5, 0.7)
    bench.area("fill", (5, -5, 3.0), (0, 0, 0.4), 4.5, 0.22, mirrored=False)
    bench.area("rim", (2.6, 3.6, 3.0), (0, 0, 0.5), 1.8, 0.7, mirrored=False)
    dusk = (
        (-1.0, (0.28, 0.25, 0.3)),
        (-0.01, (0.75, 0.42, 0.3)),
        (0.045, (0.85, 0.5, 0.36)),
        (0.11, (0.5, 0.42, 0.52)),
        (0.22, (0.24, 0.32, 0.56)),
        (1.0, (0.3, 0.36, 0.55)),
    )
    skies.gradient(bench, dusk, 0.5, seen=1.2)


def parapet() -> None:
    """Coping of cast concrete in lengths, the joints off the middle."""
    cast = outdoor.concrete("parapet", (0.43, 0.405, 0.37), 0.6, 0.8)
    rng = np.random.default_rng(2)
    for left, right in ((-5.0, -1.18), (-1.16, 2.3), (2.32, 6.0)):
        street.box("coping", (left, -2.8, -0.4), (right, 1.25, rng.uniform(-0.005, 0)), cast, 0.03)


def skyline() -> None:
    """Towers in three depths, darker near and hazier far, with lit windows."""
    rng = np.random.default_rng(11)
    shine: list[street.Panel] = []
    hues = ((1.0, 0.66, 0.32), (1.0, 0.8, 0.55), (0.7, 0.85, 1.0))
    for depth, (y, tone, lit) in enumerate(
        ((22, (0.07, 0.075, 0.1), 0.42), (36, (0.14, 0.13, 0.17), 0.38), (60, (0.3, 0.25, 0.28), 0.22))
    ):
        wall = outdoor.plain(f"tower{depth}", tone, 0.6)
        x = -0.42 * y
        while x < 0.42 * y:
            wide = rng.uniform(0.07, 0.14) * y
            tall = y * 0.15 * rng.beta(1.3, 2.6) + 4.3
            bays, floors = max(3, int(wide / 0.62)), max(4, int(tall / 0.8))
            corner = (x, y + rng.uniform(-2, 2), -4.0)
            shine += street.facade(
                f"tower{depth}{x:.0f}",
                corner,
                (1, 0, 0),
                (bays, wide / bays),
                (floors, tall / floors),
                wall,
                lit=lit,
                lights=hues,
                seed=int(rng.integers(999)),
            )
            x += wide + rng.uniform(0.0, 0.05) * y
    street.panels("windows", shine, outdoor.lamp("window light", 0.9))
    nature.land(
        "roofs",
        np.linspace(-60, 60, 6),
        np.linspace(3, 140, 6),
        lambda x, y: -4.0 + 0 * x,
        outdoor.plain("roofs", (0.07, 0.07, 0.085), 0.7),
    )


def plants() -> None:
    """Grasses in boxes beside the rail."""
    blade = outdoor.leaf("terrace grass", (0.3, 0.36, 0.12), (0.1, 0.14, 0.04), 0.3)
    box = outdoor.plain("planter", (0.06, 0.055, 0.05), 0.6)
    rng = np.random.default_rng(3)
    for number, x in enumerate((-1.95, 2.1)):
        street.box("planter", (x - 0.62, 1.5, -0.9), (x + 0.62, 1.95, 0.12), box, 0.02)
        roots = np.column_stack([rng.uniform(x - 0.55, x + 0.55, 420), rng.uniform(1.55, 1.9, 420), np.full(420, 0.1)])
        nature.blades(f"grasses{number}", roots, 0.85, 0.009, blade, number, 0.7)


def festoon(eye: Triple) -> None:
    """Lamps on two sagging wires across the terrace's far side."""
    wire = outdoor.plain("wire", (0.01, 0.01, 0.01), 0.5)
    rows = []
    for y, high, count in ((4.2, 1.5, 9), (6.5, 1.85, 11)):
        x = np.linspace(-3.4, 3.4, count) + 0.2 * (y > 5)
        z = high + 0.055 * x**2 - 0.12 * np.cos(x)
        rows += [((a, y, c), 0.075 if y < 5 else 0.085, (2.1, 1.25, 0.55)) for a, c in zip(x, z, strict=True)]
        for (a, c), (b, d) in zip(list(zip(x, z, strict=True))[:-1], list(zip(x, z, strict=True))[1:], strict=True):
            street.box("wire", (a, y + 0.01, min(c, d) + 0.09), (b, y + 0.025, min(c, d) + 0.105), wire, 0)
    street.discs("festoon", rows, eye, strength=1.0)
