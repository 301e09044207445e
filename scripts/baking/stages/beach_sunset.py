"""A beach with the sun low over the sea behind: rippled sand under the product, surf and glitter out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SHORE = 4.6


def build(bench: Bench) -> StageSpec:
    """Sand, sea, and a sun that shines towards the camera; the key is what the beach throws back."""
    bench.eye(pitch=4.5, lens=62, fstop=5.5)
    beach()
    sea()
    finds()
    glitter(skies.eye_place(bench))
    bench.area("key", (-3.6, -3.0, 2.6), (0, 0, 0.3), 2.2, 0.55)
    bench.area("fill", (5, -5, 3.0), (0, 0, 0.4), 5.0, 0.22, mirrored=False)
    bench.sun("rim", (-0.2, -1.0, -0.2), 2.0, 0.02).visible_glossy = False
    skies.picture(bench, "sunset", 0.42, -97, most=14.0, seen=0.6, own=0.62)
    return StageSpec(
        "beach-sunset",
        "Beach at sunset",
        (
            "beach",
            "sunset",
            "sea",
            "ocean",
            "sand",
            "summer",
            "coast",
            "holiday",
            "golden",
            "waves",
            "tropical",
            "vacation",
            "shore",
        ),
        depth=(2.0, 40.0),
        samples=16,
        gains={"sky": 1.05},
    )


def ripples(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Wind ripples that bend and fade, over soft hollows; level about the spot."""
    bend = 1.6 * nature.fractal(x * 0.7 + 11, y * 0.7 + 5, 3, 2)
    wave = np.sin((y * 1.0 + 0.22 * x + bend) * 2 * np.pi / 0.27)
    strong = nature.fractal(x * 0.9, y * 0.9 + 3, 2, 5)
    soft = nature.fractal(x * 0.45 + 3, y * 0.45, 3, 9) - 0.5
    away = 1 - np.exp(-((x / 0.5) ** 2 + (y / 0.3) ** 2))
    fine = nature.fractal(x * 6, y * 6, 3, 4) - 0.5
    return (0.02 * strong * wave + 0.12 * soft) * (0.25 + 0.75 * away) - 0.02 * away + 0.012 * fine


def beach() -> None:
    """Dry sand, then the strip that the surf has wetted."""
    xs, ys = nature.spread(-9, 9, 420, 0, 1.8), nature.spread(-2.6, SHORE, 520, 0, 1.5)

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ripples(x, y) - 0.05 * np.clip(y - 1.5, 0, None)

    nature.land("sand", xs, ys, height, outdoor.sand("sand", (0.6, 0.455, 0.315), (0.43, 0.315, 0.205)))
    wet = outdoor.sand("wet sand", (0.3, 0.24, 0.18), (0.22, 0.17, 0.12), 0.7)
    nature.land(
        "wet",
        np.linspace(-14, 14, 60),
        np.linspace(SHORE - 1.4, SHORE + 2, 40),
        lambda x, y: -0.11 - 0.02 * (y - 3) + 0 * x,
        wet,
    )


def sea() -> None:
    """Open water to the horizon and two lines of foam."""
    deep = outdoor.water("sea", (0.02, 0.075, 0.095), 0.5, 1.3, 0.16)
    nature.land(
        "sea", np.linspace(-220, 220, 30), nature.spread(SHORE, 450, 60, SHORE, 3), lambda x, y: -0.14 + 0 * x, deep
    )
    foam = outdoor.plain("foam", (0.7, 0.7, 0.69), 0.95)
    for line, (y, wide) in enumerate(((SHORE + 0.1, 0.5), (SHORE + 2.6, 0.32), (SHORE + 6.5, 0.3))):
        xs = np.linspace(-14, 14, 200)
        edge = y + 0.7 * (nature.fractal(xs * 0.5 + 7 * line, 0 * xs, 3, line) - 0.5)
        width = wide * np.clip(2.4 * nature.fractal(xs * 0.9, 0 * xs + line, 3, line + 5) - 0.55, 0, 1.4)

        def height(x: np.ndarray, v: np.ndarray, line: int = line) -> np.ndarray:
            return -0.11 + (0.10 + 0.05 * line) * np.sin(np.pi * np.clip(v, 0, 1))

        thing = nature.land(f"foam{line}", xs, np.linspace(0, 1, 7), height, foam)
        points = np.array([vertex.co for vertex in thing.data.vertices])
        points[:, 1] = np.tile(edge, 7) + points[:, 1] * np.tile(width, 7)
        thing.data.vertices.foreach_set("co", points.astype(np.float32).ravel())


def finds() -> None:
    """Shells, pebbles, a piece of driftwood; all at the sides."""
    pale = outdoor.stone("pebble", (0.62, 0.56, 0.5), (0.36, 0.31, 0.27), 0.5)
    dark = outdoor.stone("dark pebble", (0.3, 0.28, 0.27), (0.14, 0.13, 0.13), 0.4)
    rng = np.random.default_rng(6)
    for number in range(16):
        side = -1 if number % 2 else 1
        x, y = side * rng.uniform(0.75, 1.9), rng.uniform(-0.7, 1.8)
        size = rng.uniform(0.018, 0.06)
        at = (x, y, float(ripples(np.array([x]), np.array([y]))[0]) + size * 0.2)
        nature.stone("pebble", at, (size * 1.3, size, size * 0.6), pale if number % 3 else dark, number, 3)
    wood = outdoor.planks("driftwood", (0.5, 0.44, 0.38), (0.26, 0.22, 0.19))
    for name, path in (
        ("log", ((1.0, 1.25, 0.06), (1.5, 1.4, 0.1), (2.1, 1.75, 0.12), (2.9, 1.9, 0.2))),
        ("twig", ((1.6, 1.45, 0.12), (1.45, 1.6, 0.34), (1.5, 1.7, 0.52))),
    ):
        thick = 0.1 if name == "log" else 0.03
        limb(name, path, thick, wood)


def limb(name: str, path: tuple[tuple[float, float, float], ...], thick: float, material: object) -> None:
    """A bent piece of wood that thins towards its ends."""
    import bpy

    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.resolution_u = "3D", thick, 6, 16
    curve.use_fill_caps = True
    line = curve.splines.new("NURBS")
    line.points.add(len(path) - 1)
    for index, (point, at) in enumerate(zip(line.points, path, strict=True)):
        point.co, point.radius = (*at, 1.0), 0.12 if index in (0, len(path) - 1) else 1.0
    line.use_endpoint_u = True
    curve.materials.append(material)
    thing = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(thing)


def glitter(eye: tuple[float, float, float]) -> None:
    """The sun's path on the water, as the lens spreads its sparks."""
    rng = np.random.default_rng(2)
    count = 44
    away = 1 / rng.uniform(1 / 34, 1 / 8.6, count)
    side = (0.185 + rng.normal(0, 0.035, count)) * away
    bright = rng.lognormal(-0.6, 0.6, count)
    size = rng.uniform(0.003, 0.0062, count) * away
    rows = [((x, eye[1] + d, -0.05), r, (v, v, v)) for x, d, r, v in zip(side, away, size, bright, strict=True)]
    street.discs("glitter", rows, eye, "rim", 0.5)
