"""Leaves that are only seen as shadows: palm fronds and sprigs hung into the key light. Never seen by the camera."""

import math
import random
from collections.abc import Sequence
from typing import Any

from mathutils import Matrix, Vector

from scripts.baking import solids
from scripts.baking.bench import Bench
from scripts.baking.spec import Triple

Flat = tuple[float, float]
Cut = tuple[list[Flat], list[tuple[int, ...]]]


def leaf(foot: Flat, angle: float, length: float, width: float, first: int, rows: int = 8) -> Cut:
    """One pointed leaf in a plane from its foot; `first` is the number of its first point."""
    points: list[Flat] = []
    for row in range(rows + 1):
        along = row / rows
        half = width / 2 * math.sin(math.pi * along**0.75) if 0 < row < rows else 0.001
        bent = angle - 0.25 * along
        x, y = foot[0] + length * along * math.cos(bent), foot[1] + length * along * math.sin(bent)
        points += [(x - half * math.sin(bent), y + half * math.cos(bent))]
        points += [(x + half * math.sin(bent), y - half * math.cos(bent))]
    faces = [(first + 2 * i, first + 2 * i + 1, first + 2 * i + 3, first + 2 * i + 2) for i in range(rows)]
    return points, faces


def branch(kind: str, foot: Flat, angle: float, length: float, seed: int) -> Cut:
    """A `palm` frond (narrow leaflets, dense) or an `olive` sprig (ovate leaves, sparse) in a plane."""
    dice = random.Random(seed)
    pairs, slim, long = (26, 0.035, 0.42) if kind == "palm" else (7, 0.11, 0.32)
    points, faces = leaf(foot, angle, length, 0.02 * length, 0)
    for number in range(pairs):
        along = 0.14 + 0.84 * number / (pairs - 1)
        swing = angle - 0.25 * along
        root = (foot[0] + length * along * math.cos(swing), foot[1] + length * along * math.sin(swing))
        reach = length * long * (1 - 0.65 * along) * dice.uniform(0.85, 1.1)
        for side in (-1, 1):
            turn = swing + side * (1.0 - 0.45 * along + dice.uniform(-0.12, 0.12))
            more, tiles = leaf(root, turn, reach, length * slim * dice.uniform(0.8, 1.2), len(points))
            points, faces = points + more, faces + tiles
    return points, faces


def facing(direction: Triple, target: Triple, away: float) -> Matrix:
    """Local (right, up, against the light) to world, `away` units before `target` on the way of the light."""
    along = Vector(direction).normalized()
    right = along.cross(Vector((0, 0, 1))).normalized()
    up = right.cross(along)
    turn = Matrix((right, up, -along)).transposed().to_4x4()
    return Matrix.Translation(Vector(target) - along * away) @ turn


def shade(
    bench: Bench,
    direction: Triple,
    target: Triple,
    away: float,
    branches: Sequence[tuple[str, Flat, float, float]],
    seed: int = 1,
) -> Any:
    """Let branches (kind, foot, heading in degrees, length) shade what lies about `target`; feet are seen from the lamp
    as right and up of it."""
    points: list[Triple] = []
    faces: list[tuple[int, ...]] = []
    dice = random.Random(seed)
    for number, (kind, foot, heading, length) in enumerate(branches):
        flat, tiles = branch(kind, foot, math.radians(heading), length, seed + number)
        faces += [tuple(len(points) + corner for corner in tile) for tile in tiles]
        points += [(x, y, dice.uniform(-0.02, 0.02) * length) for x, y in flat]
    thing = solids.mesh("leaf shade", points, faces, None, smooth=False)
    thing.matrix_world = facing(direction, target, away)
    return bench.gobo(thing)


def mullions(bench: Bench, direction: Triple, target: Triple, away: float, panes: Flat, grid: tuple[int, int]) -> Any:
    """A dark wall with a window of `panes` (width, height) and glazing bars, whose light falls on `target`."""
    wide, high = panes
    bars: list[tuple[float, float, float, float]] = []
    far = 14.0
    bars += [(-far, -far, -wide / 2, far), (wide / 2, -far, far, far)]
    bars += [(-wide / 2, high / 2, wide / 2, far), (-wide / 2, -far, wide / 2, -high / 2)]
    for i in range(1, grid[0]):
        x = -wide / 2 + wide * i / grid[0]
        bars.append((x - 0.02, -high / 2, x + 0.02, high / 2))
    for i in range(1, grid[1]):
        y = -high / 2 + high * i / grid[1]
        bars.append((-wide / 2, y - 0.02, wide / 2, y + 0.02))
    points = [p for a, b, c, d in bars for p in ((a, b, 0.0), (c, b, 0.0), (c, d, 0.0), (a, d, 0.0))]
    faces = [tuple(range(4 * i, 4 * i + 4)) for i in range(len(bars))]
    thing = solids.mesh("window shade", points, faces, None, smooth=False)
    thing.matrix_world = facing(direction, target, away)
    return bench.gobo(thing)
