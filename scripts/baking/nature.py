"""Growing and weathered things as meshes: leaves, crowns, grass, blossoms, stones, land from a height function.

Points are numpy arrays in product units, made from a seed; the face or point attribute `tint` 0..1 varies the shade.
This file makes geometry only: materials come from outside, and it sets no light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]
Height = Callable[[F, F], F]

LEAF = np.array(
    [
        (0, 0, 0),
        (-0.24, 0.28, 0.07),
        (-0.22, 0.62, 0.05),
        (0, 1, -0.08),
        (0.22, 0.62, 0.05),
        (0.24, 0.28, 0.07),
        (0, 0.3, 0),
        (0, 0.65, 0),
    ]
)
LEAF_FACES = np.array([(0, 6, 1), (0, 5, 6), (6, 7, 2), (6, 2, 1), (6, 5, 4), (6, 4, 7), (7, 3, 2), (7, 4, 3)])


def mesh(name: str, points: F, faces: Any, material: Any, smooth: bool = False, **attributes: F) -> Any:
    """An object of n points and equal faces; attributes of n numbers, or n x 3 colours, are kept at the points."""
    data = bpy.data.meshes.new(name)
    faces = np.asarray(faces, np.int32)
    data.vertices.add(len(points))
    data.vertices.foreach_set("co", np.asarray(points, np.float32).ravel())
    data.loops.add(faces.size)
    data.loops.foreach_set("vertex_index", faces.ravel())
    data.polygons.add(len(faces))
    data.polygons.foreach_set("loop_start", np.arange(0, faces.size, faces.shape[1], dtype=np.int32))
    data.polygons.foreach_set("use_smooth", np.full(len(faces), smooth))
    data.update(calc_edges=True)
    for attribute, values in attributes.items():
        if values.ndim == 1:
            data.attributes.new(attribute, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))
        else:
            colours = np.concatenate([values, np.ones((len(values), 1))], 1).astype(np.float32)
            data.attributes.new(attribute, "FLOAT_COLOR", "POINT").data.foreach_set("color", colours.ravel())
    data.materials.append(material)
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def noise(x: F, y: F, seed: int = 0) -> F:
    """Smooth value noise 0..1 with a lattice of one unit."""
    corner_x, corner_y = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    u, v = x - corner_x, y - corner_y
    u, v = u * u * u * (u * (u * 6 - 15) + 10), v * v * v * (v * (v * 6 - 15) + 10)

    def at(i: Any, j: Any) -> F:
        mixed = (i * 374761393 + j * 668265263 + seed * 974634541) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
        return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 65535.0

    low = at(corner_x, corner_y) * (1 - u) + at(corner_x + 1, corner_y) * u
    high = at(corner_x, corner_y + 1) * (1 - u) + at(corner_x + 1, corner_y + 1) * u
    return low * (1 - v) + high * v


def fractal(x: F, y: F, octaves: int = 5, seed: int = 0, rough: float = 0.5) -> F:
    """Noise of several octaves, 0..1 around 0.5."""
    total, share = np.zeros_like(np.asarray(x, float)), 0.0
    for octave in range(octaves):
        total = total + rough**octave * noise(x * 2**octave, y * 2**octave, seed + octave)
        share += rough**octave
    return total / share


def spread(start: float, end: float, count: int, centre: float, power: float = 1.0) -> F:
    """`count` steps from start to end, crowding about `centre` when power > 1."""
    ends = [np.sign(v - centre) * abs(v - centre) ** (1 / power) for v in (start, end)]
    steps = np.linspace(*ends, count)
    return centre + np.sign(steps) * np.abs(steps) ** power


def land(name: str, xs: F, ys: F, height: Height, material: Any) -> Any:
    """A smooth surface over the grid xs, ys."""
    x, y = np.meshgrid(xs, ys)
    points = np.stack([x.ravel(), y.ravel(), height(x, y).ravel()], 1)
    index = np.arange(x.size).reshape(x.shape)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1).reshape(-1, 4)
    return mesh(name, points, faces, material, smooth=True)


def turns(count: int, rng: Any, upright: float = 0.0) -> F:
    """`count` random rotations; with `upright` towards 1 their y axis points ever more to the sky."""
    along = rng.normal(size=(count, 3))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    along = along * (1 - upright) + np.array([0, 0, upright])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, rng.normal(size=(count, 3)))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    return np.stack([side, along, np.cross(side, along)], axis=2)


def leaves(
    name: str, places: F, size: float, material: Any, seed: int = 0, upright: float = 0.0, flat: float = 0.0
) -> Any:
    """A leaf at each place, `size` long and half as wide, `flat` 0..1 pressing them towards lying."""
    rng = np.random.default_rng(seed)
    count = len(places)
    lengths = size * rng.uniform(0.55, 1.25, (count, 1, 1))
    shape = np.einsum("nij,vj->nvi", turns(count, rng, upright), LEAF)
    shape[..., 2] *= 1 - flat
    points = (places[:, None] + shape * lengths).reshape(-1, 3)
    faces = (LEAF_FACES[None] + 8 * np.arange(count)[:, None, None]).reshape(-1, 3)
    tint = np.repeat(rng.beta(1.6, 1.8, count), 8)
    return mesh(name, points, faces, material, smooth=True, tint=tint)


def clumps(count: int, blobs: Sequence[tuple[float, ...]], seed: int = 0, hollow: float = 0.5) -> F:
    """Places within ellipsoids (x, y, z, radius x, y, z), nearer their skins with `hollow` towards 1."""
    rng = np.random.default_rng(seed)
    volumes = np.array([b[3] * b[4] * b[5] for b in blobs]) ** 0.7
    which = rng.choice(len(blobs), count, p=volumes / volumes.sum())
    table = np.array(blobs)[which]
    way = rng.normal(size=(count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    reach = (hollow + (1 - hollow) * rng.random((count, 1))) ** 0.5
    return table[:, :3] + way * reach * table[:, 3:6]


def crown_blobs(centre: Sequence[float], size: Sequence[float], count: int, seed: int) -> list[tuple[float, ...]]:
    """Blobs scattered through an ellipsoid, so that a crown has masses and gaps."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        at = np.asarray(centre) + rng.uniform(-0.8, 0.8, 3) * np.asarray(size)
        radius = rng.uniform(0.22, 0.42) * np.asarray(size)
        found.append((*at, *radius))
    return found


def bush(
    name: str, centre: Sequence[float], size: Sequence[float], count: int, leaf: float, material: Any, seed: int
) -> Any:
    """A bush or a tree's crown of `count` leaves `leaf` long, in clumps."""
    places = clumps(count, crown_blobs(centre, size, 16, seed), seed)
    return leaves(name, places, leaf, material, seed, upright=0.25)


def blades(name: str, roots: F, tall: float, wide: float, material: Any, seed: int = 0, lean: float = 0.5) -> Any:
    """A bent blade of grass at each root, about `tall` high."""
    rng = np.random.default_rng(seed)
    count = len(roots)
    turn = rng.uniform(0, 2 * np.pi, count)
    heading = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], 1)
    across = np.stack([-np.sin(turn), np.cos(turn), np.zeros(count)], 1) * wide
    high = tall * rng.uniform(0.5, 1.2, (count, 1))
    bend = lean * high * rng.uniform(0.2, 1.0, (count, 1))
    rows = []
    for share, width in ((0.0, 1.0), (0.4, 0.85), (0.75, 0.5), (1.0, 0.04)):
        middle = roots + heading * bend * share**2 + np.array([0, 0, 1.0]) * high * (share - 0.25 * lean * share**2)
        rows += [middle - across * width, middle + across * width]
    points = np.stack(rows, 1).reshape(-1, 3)
    strip = np.array([(0, 1, 3, 2), (2, 3, 5, 4), (4, 5, 7, 6)])
    faces = (strip[None] + 8 * np.arange(count)[:, None, None]).reshape(-1, 4)
    tint = np.clip(
        np.tile(np.repeat([0.0, 0.35, 0.7, 1.0], 2), count) * np.repeat(rng.uniform(0.4, 1.0, count), 8), 0, 1
    )
    return mesh(name, points, faces, material, smooth=True, tint=tint)


def blossoms(name: str, places: F, size: float, material: Any, seed: int = 0) -> Any:
    """Five-petalled flowers, one at each place, of leaves that lie about a centre."""
    rng = np.random.default_rng(seed)
    frames = turns(len(places), rng, 0.5)
    points, faces = [], []
    for at, frame in zip(places, frames, strict=True):
        for petal in range(5):
            angle = petal * 2 * np.pi / 5
            c, s = np.cos(angle), np.sin(angle)
            turned = LEAF * (1.5, 1.0, 1.0) @ np.array([(c, s, 0), (-s, c, 0), (0, 0, 1)])
            faces.append(LEAF_FACES + 8 * len(points))
            points.append(at + size * 0.5 * turned @ frame[:, [0, 2, 1]].T)
    tint = np.repeat(rng.random(len(points)), 8)
    return mesh(name, np.concatenate(points), np.concatenate(faces), material, smooth=True, tint=tint)


def stone(name: str, at: Sequence[float], size: Sequence[float], material: Any, seed: int, detail: int = 5) -> Any:
    """A worn stone: a ball pressed by noise, sunk a little into what it lies on."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=detail, radius=1.0, location=(0, 0, 0))
    thing = bpy.context.object
    thing.name = name
    points = np.empty(len(thing.data.vertices) * 3, np.float32)
    thing.data.vertices.foreach_get("co", points)
    ball = points.reshape(-1, 3).astype(float)
    dents = fractal(ball[:, 0] * 1.3 + ball[:, 2] + 9, ball[:, 1] * 1.3 - ball[:, 2] * 0.7 + 9, 5, seed)
    ball *= (0.62 + 0.75 * dents)[:, None] * np.asarray(size)
    thing.data.vertices.foreach_set("co", ball.astype(np.float32).ravel())
    thing.data.polygons.foreach_set("use_smooth", np.ones(len(thing.data.polygons), bool))
    thing.data.materials.append(material)
    thing.location = at
    thing.rotation_euler[2] = seed * 1.7
    return thing


def copies(thing: Any, places: Iterable[tuple[Sequence[float], float, float]]) -> list[Any]:
    """More of the same mesh: (location, scale, turn about z) each."""
    made = []
    for at, scale, turn in places:
        twin = bpy.data.objects.new(thing.name, thing.data)
        twin.location, twin.scale, twin.rotation_euler[2] = at, (scale,) * 3, turn
        bpy.context.scene.collection.objects.link(twin)
        made.append(twin)
    return made


def scatter(count: int, low: Sequence[float], high: Sequence[float], seed: int, clear: Sequence[float] = ()) -> F:
    """Random places in a box; none within the ellipse `clear` (x, y, radius x, radius y) of the ground."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(low, high, (count, 3))
    if clear:
        away = ((places[:, 0] - clear[0]) / clear[2]) ** 2 + ((places[:, 1] - clear[1]) / clear[3]) ** 2
        places = places[away > 1]
    return places
