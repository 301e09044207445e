"""Furniture and small things of rooms: vessels, books, plants, lamps, windows, seats, everything that dresses a set.

Sizes in units (about 25 cm), z up; each piece stands with its foot at `at`. Lamps answer what glows, so that the stage
can give it to a light group. A baking tool: it never runs in the product.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import materials_interior as stuff

Point = tuple[float, float, float]
RGB = tuple[float, float, float]
VASES: dict[str, list[tuple[float, float]]] = {
    "bottle": [(0.16, 0.0), (0.24, 0.06), (0.27, 0.24), (0.20, 0.44), (0.085, 0.58), (0.07, 0.74), (0.09, 0.82)],
    "round": [(0.14, 0.0), (0.26, 0.07), (0.33, 0.25), (0.27, 0.44), (0.13, 0.54), (0.12, 0.60), (0.14, 0.63)],
    "urn": [(0.12, 0.0), (0.17, 0.05), (0.27, 0.40), (0.30, 0.62), (0.22, 0.80), (0.16, 0.86), (0.19, 0.93)],
    "cylinder": [(0.17, 0.0), (0.20, 0.02), (0.205, 0.3), (0.20, 0.60), (0.20, 0.66)],
    "bowl": [(0.10, 0.0), (0.14, 0.02), (0.30, 0.10), (0.38, 0.22), (0.40, 0.28)],
    "cup": [(0.09, 0.0), (0.12, 0.012), (0.165, 0.08), (0.175, 0.20), (0.18, 0.27)],
    "pot": [(0.20, 0.0), (0.22, 0.02), (0.25, 0.22), (0.28, 0.44), (0.285, 0.48)],
    "tumbler": [(0.12, 0.0), (0.135, 0.01), (0.15, 0.2), (0.16, 0.40)],
}


def vessel(kind: str, at: Point, material: Any, size: float = 1.0, wall: float = 0.018) -> Any:
    """A vase, bowl, cup or pot of the named outline, `size` times its drawn size."""
    outline = [(r * size, h * size) for r, h in VASES[kind]]
    return make.vessel(kind, outline, wall, at, material, 0.04 * size)


def books(at: Point, colours: Sequence[RGB], seed: int, width: float = 0.95, turn: float = 0.0) -> float:
    """A lying stack of cloth-bound books, a little askew; answers the height of its top above `at`."""
    dice, height = random.Random(seed), 0.0
    pages = stuff.painted("pages", (0.72, 0.67, 0.56), 0.9)
    for number, colour in enumerate(colours):
        wide, deep, thick = width * dice.uniform(0.86, 1.0), width * dice.uniform(0.62, 0.74), dice.uniform(0.09, 0.16)
        angle = turn + dice.uniform(-7, 7)
        cover = stuff.weave(f"cover {number}", colour, 160.0, 0.002)
        for level in (0.0, thick - 0.014):
            make.block("cover", (wide, deep, 0.014), (at[0], at[1], at[2] + height + level), cover, 0.004, angle)
        make.block(
            "pages",
            (wide - 0.05, deep - 0.05, thick - 0.03),
            (at[0], at[1], at[2] + height + 0.015),
            pages,
            0.004,
            angle,
        )
        turned = math.radians(angle)
        spine = (at[0] + math.sin(turned) * deep / 2, at[1] - math.cos(turned) * deep / 2, at[2] + height)
        make.block("spine", (wide, 0.022, thick), spine, cover, 0.008, angle)
        height += thick
    return height


def foliage_plant(
    at: Point, material: Any, stem: Any, seed: int, tall: float, stems: int, leaf: tuple[float, float]
) -> None:
    """A bushy plant: leaning stems with leaves in a spiral, larger at the foot, from the soil at `at` up to `tall`."""
    dice = random.Random(seed)
    places = []
    for number in range(stems):
        heading, lean = 360.0 * number / stems + dice.uniform(-25, 25), dice.uniform(0.10, 0.42) * tall
        tip = tall * dice.uniform(0.7, 1.0)
        c, s = math.cos(math.radians(heading)), math.sin(math.radians(heading))
        path = [
            (at[0] + c * lean * t**1.7, at[1] + s * lean * t**1.7, at[2] + tip * t) for t in [k / 10 for k in range(11)]
        ]
        make.tube("stem", path, 0.012, stem)
        count = int(7 + 5 * tall)
        for k in range(count):
            t = 0.25 + 0.75 * k / (count - 1)
            foot = path[min(10, int(t * 10))]
            places.append((foot, heading + 137.5 * k + dice.uniform(-30, 30), dice.uniform(0, 55), 1.15 - 0.5 * t))
    make.leaves("foliage", places, leaf[0], leaf[1], material, seed)


def branch(
    path: Sequence[Point],
    material: Any,
    bark: Any,
    seed: int,
    leaf: tuple[float, float],
    pairs: int,
    radius: float = 0.010,
    bare: float = 0.18,
) -> None:
    """An olive or eucalyptus branch: leaves in loose pairs along a smoothed path, its first `bare` part without."""
    dice = random.Random(seed)
    line = make.smoothed(path, 8)
    make.tube("branch", line, radius, bark)  # type: ignore[arg-type]
    places = []
    for k in range(pairs):
        t = bare + (1.0 - bare) * k / max(1, pairs - 1)
        here = line[min(len(line) - 1, int(t * (len(line) - 1)))]
        for side in (0.0, 180.0):
            places.append(
                (
                    here,
                    90 * (k % 2) + side + dice.uniform(-40, 40),
                    dice.uniform(5, 65),
                    dice.uniform(0.7, 1.1) * (1.2 - 0.5 * t),
                )
            )
    make.leaves("branch leaves", places, leaf[0], leaf[1], material, seed)


def bouquet(
    at: Point,
    height: float,
    material: Any,
    bark: Any,
    seed: int,
    count: int,
    leaf: tuple[float, float],
    spread: float = 0.6,
) -> None:
    """Branches that lean out of a vase whose mouth is at `at`."""
    dice = random.Random(seed)
    for number in range(count):
        angle = 2 * math.pi * number / count + dice.uniform(-0.4, 0.4)
        reach, tall = spread * dice.uniform(0.4, 1.0), height * dice.uniform(0.65, 1.0)
        x, y = math.cos(angle) * reach, math.sin(angle) * reach
        path = [
            (at[0], at[1], at[2] - 0.3),
            at,
            (at[0] + 0.45 * x, at[1] + 0.45 * y, at[2] + 0.6 * tall),
            (at[0] + x, at[1] + y, at[2] + tall),
        ]
        branch(path, material, bark, seed + number, leaf, int(8 + 9 * tall), bare=0.45)


def table_lamp(at: Point, body: Any, shade: Any, size: float = 1.0) -> Point:
    """A turned lamp with a drum shade; answers where the bulb is."""
    x, y, z = at
    outline = [(0.26, 0.0), (0.265, 0.02), (0.25, 0.035), (0.10, 0.06), (0.045, 0.10), (0.065, 0.20), (0.125, 0.31)]
    outline += [(0.165, 0.43), (0.160, 0.54), (0.115, 0.66), (0.060, 0.76), (0.034, 0.86), (0.030, 1.02)]
    make.turned("lamp body", make.smoothed([(r * size, h * size) for r, h in outline], 8), at, body)
    low, high = z + 0.92 * size, 0.62 * size
    make.turned("lamp shade", [(0.50 * size, 0.0), (0.36 * size, high)], (x, y, low), shade)
    return x, y, low + 0.25 * size


def pendant(at: Point, drop: float, shade: Any, cord: Any, bulb: Any, size: float = 1.0) -> Any:
    """A hanging dome lamp whose rim is at `at`; answers the bulb, which glows."""
    x, y, z = at
    dome = [(0.46, 0.0), (0.45, 0.06), (0.38, 0.22), (0.22, 0.36), (0.08, 0.42), (0.05, 0.50)]
    make.turned("pendant", make.smoothed([(r * size, h * size) for r, h in dome], 6), at, shade)
    make.tube("cord", [(x, y, z + 0.48 * size), (x, y, z + drop)], 0.012, cord)
    return globe((x, y, z + 0.08 * size), 0.12 * size, bulb)


def globe(at: Point, radius: float, material: Any) -> Any:
    """A glowing or glass globe."""
    arc = [(max(1e-4, radius * math.sin(t * math.pi / 24)), -radius * math.cos(t * math.pi / 24)) for t in range(25)]
    return make.turned("globe", arc, at, material, 48)


def window(
    at: Point, width: float, height: float, columns: int, rows: int, frame: Any, bar: float = 0.05, deep: float = 0.12
) -> None:
    """Window bars in a wall seen from the front, the sill's middle at `at`; no pane, so that light costs nothing."""
    x, y, z = at
    for k in range(columns + 1):
        thick = bar * (2.2 if k in (0, columns) else 1.0)
        make.block("mullion", (thick, deep, height), (x - width / 2 + width * k / columns, y, z), frame, 0.008)
    for k in range(rows + 1):
        thick = bar * (2.2 if k in (0, rows) else 1.0)
        make.block("transom", (width, deep * 0.9, thick), (x, y, z + height * k / rows - thick / 2), frame, 0.008)


def framed(at: Point, width: float, height: float, frame: Any, paper: Any, print_: Any, lean: float = 0.0) -> None:
    """A framed picture facing the camera: mount and print, lower edge's middle at `at`, leaning back by `lean` deg."""
    x, y, z = at
    parts = [make.block("mount", (width, 0.02, height), (x, y, z), paper, 0.002)]
    parts.append(
        make.block("print", (width * 0.62, 0.024, height * 0.66), (x, y - 0.004, z + height * 0.17), print_, 0.002)
    )
    bar = 0.045
    for side in (-1, 1):
        parts.append(
            make.block("frame", (bar, 0.07, height + bar), (x + side * width / 2, y, z - bar / 2), frame, 0.008)
        )
    for level in (0.0, height):
        parts.append(make.block("frame", (width + bar, 0.07, bar), (x, y, z + level - bar / 2), frame, 0.008))
    for part in parts:
        up = part.location.z - z
        part.rotation_euler[0] = -math.radians(lean)
        part.location.y += up * math.sin(math.radians(lean))


def sofa(at: Point, width: float, cloth: Any, legs: Any) -> None:
    """A low sofa facing the camera: seat, back, arms of rounded upholstery on short legs."""
    x, y, z = at
    seat = width - 1.2
    make.block("base", (width - 0.1, 3.2, 0.7), (x, y + 1.6, z + 0.5), cloth, 0.12)
    for k in (-1, 1):
        make.block("seat", (seat / 2 - 0.03, 2.7, 0.62), (x + k * seat / 4, y + 1.25, z + 1.12), cloth, 0.2)
        make.block("arm", (0.75, 3.2, 1.55), (x + k * (width / 2 - 0.37), y + 1.6, z + 0.75), cloth, 0.22)
        make.cushion("back", (seat / 2, 0.9, 1.6), (x + k * seat / 4, y + 2.5, z + 2.3), cloth, (-12.0, 0.0, 0.0))
        make.block("leg", (0.12, 0.12, 0.5), (x + k * (width / 2 - 0.4), y + 0.3, z), legs, 0.01)
    make.block("rear", (width - 0.3, 0.6, 2.0), (x, y + 2.9, z + 0.75), cloth, 0.25)


def chair(at: Point, wood: Any, turn: float = 0.0, size: float = 1.0) -> None:
    """A bentwood chair: round seat, splayed legs, a hooped back; the floor under the seat's middle at `at`."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def put(x: float, y: float, z: float) -> Point:
        return at[0] + size * (c * x - s * y), at[1] + size * (s * x + c * y), at[2] + size * z

    make.drum("seat", 0.84 * size, 0.10 * size, put(0, 0, 1.75), wood, 0.04)
    for x, y in ((-0.6, -0.55), (0.6, -0.55), (-0.55, 0.6), (0.55, 0.6)):
        make.tube("leg", [put(x, y, 1.78), put(x * 1.2, y * 1.2, 0.0)], 0.055 * size, wood)
    for wide, tall in ((0.66, 1.75), (0.42, 1.45)):
        arc = [
            put(
                wide * math.cos(t * math.pi / 24),
                0.66 + 0.16 * math.sin(t * math.pi / 24),
                1.82 + tall * math.sin(t * math.pi / 24) ** 0.6,
            )
            for t in range(25)
        ]
        make.tube("hoop", arc, 0.05 * size, wood)
