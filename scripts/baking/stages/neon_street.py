"""A side street at night after rain: the product stands on wet asphalt before signs and shop windows out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

PINK, CYAN, VIOLET = (1.0, 0.06, 0.32), (0.03, 0.62, 1.0), (0.4, 0.08, 1.0)
AMBER, WARM, RED, GREEN = (1.0, 0.42, 0.06), (1.0, 0.66, 0.34), (1.0, 0.04, 0.03), (0.06, 1.0, 0.4)
WALL = 3.3


def build(bench: Bench) -> StageSpec:
    """Ground, two rows of houses, signs, lamps."""
    bench.eye(pitch=4.5, lens=62, fstop=4.8)
    xs, ys = nature.spread(-14, 14, 160, 0, 1.6), nature.spread(-3.5, 60, 200, 0, 2.2)
    nature.land("ground", xs, ys, lambda x, y: 0.0 * x, outdoor.asphalt("asphalt", 0.55, 0.105, line=-1.25))
    houses()
    signs()
    traffic(skies.eye_place(bench))
    bench.area("key", (-2.6, -2.8, 3.6), (0, 0.2, 0.3), 1.3, 0.95)
    bench.area("fill", (4.5, -4.5, 3.0), (0, 0, 0.4), 4.0, 0.28, mirrored=False)
    bench.area("rim", (2.4, 3.6, 3.6), (0, 0, 0.5), (1.6, 1.0), 0.8, mirrored=False)
    skies.gradient(
        bench,
        ((-1.0, (0.4, 0.45, 0.6)), (0.0, (0.5, 0.5, 0.62)), (0.25, (0.2, 0.27, 0.5)), (1.0, (0.7, 0.8, 1.0))),
        0.16,
    )
    return StageSpec(
        "neon-street",
        "Neon street",
        (
            "neon",
            "street",
            "night",
            "city",
            "rain",
            "wet",
            "asphalt",
            "urban",
            "bokeh",
            "sign",
            "club",
            "downtown",
            "alley",
        ),
        glossy=("asphalt",),
        roughness=0.12,
        depth=(2.0, 30.0),
        samples=16,
        gains={"practical": 1.5},
    )


def houses() -> None:
    """Both sides of the street, and what closes it far away."""
    plaster = outdoor.plain("plaster", (0.14, 0.13, 0.15), 0.7)
    lights = ((1.0, 0.62, 0.3), (1.0, 0.72, 0.45), (0.5, 0.75, 1.0), (0.9, 0.3, 0.7))
    shop = []
    for side in (-1, 1):
        way = (0, 1, 0) if side < 0 else (0, -1, 0)
        for block, start in enumerate((5.0, 11.0, 19.0, 29.0)):
            corner = (side * (WALL + 0.15 * block), start + (0 if side < 0 else 6.0), 1.9)
            shop += street.facade(
                f"house{side}{block}",
                corner,
                way,
                (4, 1.5),
                (4, 2.1),
                plaster,
                lit=0.34,
                lights=lights,
                seed=block + side + 1,
            )
    street.panels("windows", [*shop, *shops(plaster)], outdoor.lamp("window light", 1.0))
    street.box("end", (-9, 44, -0.1), (9, 45, 9), plaster, 0)


def shops(wall: object) -> list[street.Panel]:
    """Ground floors with lit shop windows of uneven length."""
    rng = np.random.default_rng(5)
    hues = np.array([WARM, WARM, AMBER, CYAN, WARM, PINK])
    rows: list[street.Panel] = []
    for side in (-1, 1):
        face = side * WALL + 0.3 * side
        street.box(f"base{side}", (face - 0.3, 4.5, -0.1), (face + 0.3, 44, 1.95), wall, 0.03)
        at = 5.2
        while at < 36:
            length = rng.uniform(1.0, 2.4)
            colour = hues[rng.integers(6)] * rng.uniform(0.25, 0.8)
            middle = (side * (WALL - 0.05), at + length / 2, rng.uniform(0.75, 0.95))
            rows.append((middle, (0, length / 2, 0), (0, 0, 0.62), tuple(colour)))
            at += length + rng.uniform(0.5, 1.6)
    return rows


def signs() -> None:
    """Blade signs and tubes that reach into the street."""
    rng = np.random.default_rng(8)
    board = outdoor.plain("board", (0.03, 0.03, 0.035), 0.4)
    rows = []
    hues = (PINK, CYAN, AMBER, VIOLET, WARM, RED, CYAN, PINK, GREEN)
    for number in range(15):
        side = -1 if number % 2 else 1
        y = 7.0 + number * 1.9
        wide = rng.uniform(0.16, 0.3)
        x, z = side * (WALL - 0.25 - wide), rng.uniform(1.75, 2.1) + 0.085 * y
        signs_on = rng.integers(2, 5)
        pitch = 2.3 * wide
        hue = np.array(hues[number % 9]) * rng.uniform(0.9, 1.7)
        street.box(
            "sign",
            (x - 1.3 * wide, y + 0.03, z - 1.4 * wide),
            (x + 1.3 * wide, y + 0.2, z + signs_on * pitch),
            board,
            0.03,
        )
        for place in range(signs_on):
            middle = (x, y, z + place * pitch)
            rows.append(
                (middle, (wide * rng.uniform(0.5, 0.9), 0, 0), (0, 0, wide * rng.uniform(0.5, 0.85)), tuple(hue))
            )
    street.panels("signs", rows, outdoor.lamp("sign light", 1.0))
    for side, y, hue in ((-1, 6.0, PINK), (1, 7.5, CYAN), (-1, 10.5, VIOLET), (1, 13, PINK)):
        x = side * (WALL - 0.12)
        street.tube(f"tube {side} {y}", [(x, y, 1.62), (x, y + 3.2, 1.62)], 0.04, hue, 7.0)


def traffic(eye: tuple[float, float, float]) -> None:
    """Head lamps, tail lamps and street lamps down the street."""
    far = street.lamps(26, (-3, 16, 0.5), (3, 34, 4.2), (0.16, 0.36), (WARM, AMBER, PINK, CYAN, VIOLET, WARM), 3)
    cars = [
        ((x, y, 0.62), 0.3, c)
        for x, y, c in (
            (-1.2, 20, (1.9, 1.8, 1.6)),
            (-0.3, 21, (1.9, 1.8, 1.6)),
            (1.0, 17, (1.6, 0.05, 0.03)),
            (1.75, 17.4, (1.6, 0.05, 0.03)),
        )
    ]
    street.discs("lamps", [*far, *cars], eye, strength=0.9)
