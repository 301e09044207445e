"""Streets and buildings: façades with windows, shop fronts, neon tubes, signs, and the discs a lens makes of far lamps.

Light of the town is a point attribute `glow` (linear RGB) on few large meshes that belong to the group `practical`.
This file makes geometry and gives it away unlit by any lamp; it sets no camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature

Vec = Sequence[float]
Colour = tuple[float, float, float]
Panel = tuple[Vec, Vec, Vec, Colour]
RIM = 24  # corners of a disc


def panels(name: str, rows: Sequence[Panel], material: Any, group: str | None = "practical") -> Any:
    """Rectangles (centre, half of its width, half of its height, light) as one mesh."""
    points, faces, light = [], [], []
    for centre, right, up, colour in rows:
        c, r, u = (np.asarray(v, float) for v in (centre, right, up))
        faces.append(np.arange(4) + len(points))
        points += [c - r - u, c + r - u, c + r + u, c - r + u]
        light += [colour] * 4
    thing = nature.mesh(name, np.array(points), np.array(faces), material, glow=np.array(light))
    if group:
        thing.lightgroup = group
    return thing


def discs(
    name: str, rows: Sequence[tuple[Vec, float, Colour]], eye: Vec, group: str = "practical", strength: float = 1.0
) -> Any:
    """Lamps as a wide lens draws them out of focus: discs with a brighter rim (centre, radius, light), facing `eye`."""
    angle = np.linspace(0, 2 * np.pi, RIM, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)
    points, faces, light = [], [], []
    for centre, radius, colour in rows:
        way = np.asarray(eye, float) - centre
        way /= np.linalg.norm(way)
        side = np.cross([0, 0, 1.0], way)
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(way, side)])
        base = len(points) * (2 * RIM + 1)
        rings = [share * radius * circle @ frame + centre for share in (0.78, 1.0)]
        points.append(np.concatenate([np.asarray(centre, float)[None], *rings]))
        hue = np.asarray(colour)
        light.append(np.concatenate([np.tile(hue * 0.72, (RIM + 1, 1)), np.tile(hue, (RIM, 1))]))
        ring = np.arange(RIM)
        after = (ring + 1) % RIM
        faces.append(base + np.stack([0 * ring, 1 + ring, 1 + after], 1))
        faces.append(base + np.stack([1 + ring, 1 + RIM + ring, 1 + RIM + after], 1))
        faces.append(base + np.stack([1 + ring, 1 + RIM + after, 1 + after], 1))
    material = outdoor.glow(f"{name} glow", strength)
    thing = nature.mesh(name, np.concatenate(points), np.concatenate(faces), material, glow=np.concatenate(light))
    thing.lightgroup = group
    thing.visible_shadow = False
    return thing


def tube(name: str, path: Sequence[Vec], radius: float, colour: Colour, strength: float, closed: bool = False) -> Any:
    """A neon tube bent along a path."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, 2
    line = curve.splines.new("POLY")
    line.points.add(len(path) - 1)
    for point, at in zip(line.points, path, strict=True):
        point.co = (*at, 1.0)
    line.use_cyclic_u = closed
    g = outdoor.Graph(f"{name} neon")
    curve.materials.append(g.end(g.add("Emission", Color=colour, Strength=strength)))
    thing = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(thing)
    thing.lightgroup = "practical"
    return thing


def box(name: str, low: Vec, high: Vec, material: Any, bevel: float = 0.02) -> Any:
    """A block from corner to corner with worn edges."""
    low, size = np.asarray(low, float), np.asarray(high, float) - low
    corners = np.array([(i, j, k) for k in (0, 1) for j in (0, 1) for i in (0, 1)]) - 0.5
    faces = np.array([(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)])
    thing = nature.mesh(name, corners * size, faces, material, smooth=bool(bevel))
    thing.location = low + size / 2
    if bevel:
        edge = thing.modifiers.new("edge", "BEVEL")
        edge.width, edge.segments, edge.limit_method = bevel, 3, "ANGLE"
        soft = thing.modifiers.new("soft", "WEIGHTED_NORMAL")
        soft.keep_sharp = True
    return thing


def post(name: str, foot: Vec, height: float, radius: float, material: Any, top: float = 1.0) -> Any:
    """A round post or trunk, `top` times as thick at its head."""
    angle = np.linspace(0, 2 * np.pi, RIM, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1) * radius
    ring, after = np.arange(RIM), (np.arange(RIM) + 1) % RIM
    rise = np.array([0, 0, height / 2])
    points = np.concatenate([circle - rise, circle * (top, top, 1) + rise])
    sides = np.stack([ring, after, RIM + after, RIM + ring], 1)
    thing = nature.mesh(name, points, sides, material, smooth=True)
    lids = np.stack([0 * ring + RIM, RIM + ring, RIM + after], 1)[1:-1]
    lid = nature.mesh(f"{name} lid", points, lids, material)
    lid.parent = thing
    thing.location = (foot[0], foot[1], foot[2] + height / 2)
    return thing


def facade(
    name: str,
    corner: Vec,
    along: Vec,
    bays: tuple[int, float],
    storeys: tuple[int, float],
    wall: Any,
    *,
    lit: float = 0.3,
    lights: Sequence[Colour] = ((1.0, 0.72, 0.42),),
    seed: int = 0,
) -> list[Panel]:
    """A wall of (count, width) bays and (count, height) storeys with ledges and dark windows; returns the lit ones.

    `along` is the unit vector of the wall's length on the ground; the windows look to its right.
    """
    rng = np.random.default_rng(seed)
    start, way = np.asarray(corner, float), np.asarray(along, float)
    out = np.array([way[1], -way[0], 0.0])
    up = np.array([0, 0, 1.0])
    length, height = bays[0] * bays[1], storeys[0] * storeys[1]
    _slab(f"{name} wall", start, way * length, -out * 0.6, up * height, wall)
    dark, bright = [], []
    for floor in range(storeys[0]):
        base = start + up * floor * storeys[1]
        _slab(f"{name} ledge", base + up * storeys[1] * 0.97, way * length, out * 0.12, up * storeys[1] * 0.06, wall)
        for bay in range(bays[0]):
            middle = base + way * (bay + 0.5) * bays[1] + up * storeys[1] * 0.52 + out * 0.02
            sides = way * bays[1] * rng.uniform(0.27, 0.36), up * storeys[1] * 0.3
            light = rng.random() < lit
            colour = np.asarray(lights[rng.integers(len(lights))]) * (rng.uniform(0.35, 1.3) if light else 0.012)
            (bright if light else dark).append((middle, *sides, tuple(colour)))
    glass = outdoor.plain(f"{name} glass", (0.025, 0.03, 0.035), 0.12)
    if dark:
        panels(f"{name} windows", dark, glass, None)
    return bright


def _slab(name: str, corner: Any, a: Any, b: Any, c: Any, material: Any) -> Any:
    corners = np.array([corner + i * a + j * b + k * c for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    faces = np.array([(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)])
    return nature.mesh(name, corners, faces, material)


def lamps(
    count: int, low: Vec, high: Vec, radius: tuple[float, float], colours: Sequence[Colour], seed: int
) -> list[Any]:
    """Random far lamps for `discs` within a box; each with one of the colours, of uneven brightness."""
    rng = np.random.default_rng(seed)
    rows = []
    for place in rng.uniform(low, high, (count, 3)):
        colour = np.asarray(colours[rng.integers(len(colours))]) * rng.lognormal(-0.2, 0.55)
        rows.append((place, rng.uniform(*radius), tuple(colour)))
    return rows
