"""Shapes that furniture is made of: bevelled blocks, turned pieces, tubes, sheets, folds of cloth, cushions and leaves.

Sizes in units (about 25 cm), z up. Every function answers the new object, linked to the scene and with its material.
It makes geometry only: no lights, no cameras. A baking tool: it never runs in the product.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

import bpy
from mathutils import Euler, Matrix, Vector

Point = tuple[float, float, float]


def _mesh(name: str, points: Sequence[Any], faces: Sequence[Sequence[int]], material: Any) -> Any:
    """Link a smooth mesh object made of `points` and `faces`."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(p) for p in points], [], [tuple(f) for f in faces])
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.materials.append(material)
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    return made


def _bevel(made: Any, width: float, segments: int) -> Any:
    """Round the edges of `made`, with normals that keep its flat faces flat."""
    rounding = made.modifiers.new("bevel", "BEVEL")
    rounding.width, rounding.segments, rounding.limit_method = width, segments, "ANGLE"
    rounding.harden_normals = True
    return made


def block(name: str, size: Point, at: Point, material: Any, bevel: float = 0.02, turn: float = 0.0) -> Any:
    """A box of `size` whose underside's centre is `at`, turned about z by `turn` degrees."""
    x, y, z = size[0] / 2.0, size[1] / 2.0, size[2]
    points = [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0), (-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    made = _mesh(name, points, faces, material)
    made.location, made.rotation_euler = at, (0.0, 0.0, math.radians(turn))
    return _bevel(made, bevel, 3) if bevel else made


def prism(
    name: str, outline: Sequence[tuple[float, float]], depth: float, at: Point, material: Any, bevel: float
) -> Any:
    """An outline in the x-z plane (anticlockwise seen from the camera) given `depth` towards +y, front face at `at`."""
    count = len(outline)
    points = [(x, 0.0, z) for x, z in outline] + [(x, depth, z) for x, z in outline]
    sides = [(i + count, (i + 1) % count + count, (i + 1) % count, i) for i in range(count)]
    faces = [tuple(range(count)), tuple(reversed(range(count, 2 * count))), *sides]
    made = _mesh(name, points, faces, material)
    made.location = at
    return _bevel(made, bevel, 4) if bevel else made


def turned(name: str, profile: Sequence[tuple[float, float]], at: Point, material: Any, steps: int = 72) -> Any:
    """A piece turned on the lathe: `profile` runs from the foot to the mouth as (radius, height)."""
    rows = len(profile)
    points = []
    for step in range(steps):
        angle = 2.0 * math.pi * step / steps
        points += [(r * math.cos(angle), r * math.sin(angle), h) for r, h in profile]
    faces = []
    for step in range(steps):
        here, there = step * rows, (step + 1) % steps * rows
        faces += [(here + i, there + i, there + i + 1, here + i + 1) for i in range(rows - 1)]
    made = _mesh(name, points, faces, material)
    made.data.set_sharp_from_angle(angle=math.radians(38))
    made.location = at
    return made


def drum(name: str, radius: float, height: float, at: Point, material: Any, bevel: float = 0.02) -> Any:
    """A round plinth, plate or disc with rounded rims, its underside's centre at `at`."""
    quarter = [(1 - math.cos(t * math.pi / 12), math.sin(t * math.pi / 12)) for t in range(7)]
    rim = [(radius - bevel * a, height - bevel + bevel * b) for a, b in quarter]
    foot = [(radius - bevel * a, bevel - bevel * b) for a, b in reversed(quarter)]
    return turned(name, [(1e-4, 0.0), *foot, *rim, (1e-4, height)], at, material, 128)


def vessel(
    name: str, outside: Sequence[tuple[float, float]], wall: float, at: Point, material: Any, depth: float = 0.06
) -> Any:
    """A hollow turned piece: the outside profile smoothed, a round lip, the inside parallel to it down to `depth`."""
    smooth = smoothed(outside, 6)
    mouth, height = smooth[-1]
    lip = [
        (mouth - wall * 0.15, height + wall * 0.4),
        (mouth - wall * 0.5, height + wall * 0.55),
        (mouth - wall * 0.85, height + wall * 0.4),
    ]
    inside = [(max(1e-4, r - wall), h) for r, h in reversed(smooth) if h > depth]
    return turned(name, [(1e-4, 0.0), *smooth, *lip, *inside, (1e-4, depth)], at, material)


def smoothed(line: Sequence[tuple[float, ...]], steps: int = 6) -> list[tuple[float, ...]]:
    """A Catmull-Rom curve through the points of `line`, with `steps` pieces between neighbours."""
    found: list[tuple[float, ...]] = []
    for i in range(len(line) - 1):
        a, b = line[max(0, i - 1)], line[i]
        c, d = line[i + 1], line[min(len(line) - 1, i + 2)]
        for step in range(steps):
            t = step / steps
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
            found.append(
                tuple(sum(w * p[k] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2 for k in range(len(b)))
            )
    return [*found, tuple(line[-1])]


def tube(name: str, path: Sequence[Point], radius: float, material: Any, closed: bool = False) -> Any:
    """A round bar along `path`."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", radius, 4
    line = curve.splines.new("POLY")
    line.points.add(len(path) - 1)
    for point, place in zip(line.points, path, strict=True):
        point.co = (*place, 1.0)
    line.use_cyclic_u, curve.use_fill_caps = closed, not closed
    curve.materials.append(material)
    made = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(made)
    return made


def sheet(name: str, width: float, height: float, at: Point, material: Any, turn: float = 0.0) -> Any:
    """An upright plane with uv coordinates facing the camera, the middle of its lower edge at `at`."""
    x = width / 2.0
    made = _mesh(name, [(-x, 0, 0), (x, 0, 0), (x, 0, height), (-x, 0, height)], [(0, 1, 2, 3)], material)
    layer = made.data.uv_layers.new()
    for loop, uv in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        loop.uv = uv
    made.location, made.rotation_euler = at, (0.0, 0.0, math.radians(turn))
    return made


def sweep_up(name: str, width: float, front: float, back: float, height: float, bend: float, material: Any) -> Any:
    """A floor that bends into a wall without an edge: from y = front to y = back, up to `height`, radius `bend`."""
    arc = [
        (back - bend + bend * math.sin(t * math.pi / 48), bend - bend * math.cos(t * math.pi / 48)) for t in range(25)
    ]
    line = [(front, 0.0), *arc, (back, height)]
    points = [(side * width / 2.0, y, z) for y, z in line for side in (-1, 1)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(line) - 1)]
    return _mesh(name, points, faces, material)


def drape(
    name: str, width: float, height: float, at: Point, material: Any, folds: int, seed: int, deep: float = 0.12
) -> Any:
    """A hanging curtain of uneven folds that open a little towards the hem; facing the camera, hem's middle at `at`."""
    dice = random.Random(seed)
    waves = [(dice.uniform(0.7, 1.3), dice.uniform(0, 6.3), dice.uniform(0.5, 1.0)) for _ in range(3)]
    columns, rows = folds * 12, 24
    points, faces = [], []
    for row in range(rows + 1):
        up = row / rows
        for column in range(columns + 1):
            u = column / columns
            fold = sum(
                s * math.sin(6.283 * folds * f * u + p + 0.5 * (1 - up) * math.sin(3 * f * u + p)) for f, p, s in waves
            )
            points.append(((u - 0.5) * width * (1.0 - 0.10 * up), deep * fold * (0.55 - 0.25 * up), up * height))
    for row in range(rows):
        first = row * (columns + 1)
        faces += [(first + c, first + c + 1, first + columns + c + 2, first + columns + c + 1) for c in range(columns)]
    made = _mesh(name, points, faces, material)
    made.location = at
    return made


def cushion(name: str, size: Point, at: Point, material: Any, lean: Point = (0.0, 0.0, 0.0)) -> Any:
    """A stuffed cushion: thick in the middle, pinched at the corners, seams drawn in. `lean` turns it, in degrees."""
    count = 24
    points, faces = [], []
    for side in (1, -1):
        for j in range(count + 1):
            for i in range(count + 1):
                u, v = 2 * i / count - 1, 2 * j / count - 1
                thick = ((1 - u**4) * (1 - v**4)) ** 0.55
                pinch = 1.0 - 0.07 * (1 - abs(v)) * abs(u) ** 3, 1.0 - 0.07 * (1 - abs(u)) * abs(v) ** 3
                points.append((u * size[0] / 2 * pinch[0], side * thick * size[1] / 2, v * size[2] / 2 * pinch[1]))
    half = (count + 1) ** 2
    for j in range(count):
        for i in range(count):
            a = j * (count + 1) + i
            face = (a, a + 1, a + count + 2, a + count + 1)
            faces += [tuple(reversed(face)), tuple(half + k for k in face)]
    made = _mesh(name, points, faces, material)
    made.location, made.rotation_euler = at, Euler([math.radians(a) for a in lean])
    return made


def leaf(length: float, width: float, curl: float, fold: float) -> tuple[list[Vector], list[tuple[int, ...]]]:
    """Points and faces of one leaf from its stalk along +x: bent down by `curl` radians, folded along its rib."""
    rows, points = 9, []
    for row in range(rows + 1):
        t = row / rows
        half = width / 2.0 * math.sin(math.pi * t**0.8) ** 0.75 if 0 < t < 1 else 0.002
        angle = curl * t
        x, z = length * t * math.cos(angle * 0.6), -length * t * math.sin(angle * 0.6)
        points += [Vector((x, -half, z + fold * half)), Vector((x, 0.0, z)), Vector((x, half, z + fold * half))]
    faces: list[tuple[int, ...]] = []
    for row in range(rows):
        a = 3 * row
        faces += [(a, a + 3, a + 4, a + 1), (a + 1, a + 4, a + 5, a + 2)]
    return points, faces


def leaves(
    name: str, places: Sequence[tuple[Any, float, float, float]], length: float, width: float, material: Any, seed: int
) -> Any:
    """One mesh of many leaves: each (foot, heading and rise in degrees, size) with a curl and twist of its own."""
    dice = random.Random(seed)
    points: list[Vector] = []
    faces: list[tuple[int, ...]] = []
    for foot, heading, rise, size in places:
        shape, quads = leaf(length * size, width * size, dice.uniform(0.2, 1.1), dice.uniform(0.15, 0.6))
        turn = Euler(
            (math.radians(dice.uniform(-35, 35)), math.radians(-rise), math.radians(heading)), "XYZ"
        ).to_matrix()
        move = Matrix.Translation(Vector(foot)) @ turn.to_4x4()
        faces += [tuple(len(points) + k for k in quad) for quad in quads]
        points += [move @ p for p in shape]
    return _mesh(name, points, faces, material)
