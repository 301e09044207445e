"""Geometry of mock-up objects with their print sheet: turned bodies, swept tubes, rounded boxes, curved sheets.

Every shape fills the UV map "print"; what is not printed lies outside 0..1. Never lights and never materials.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import bpy
import numpy as np

Points = np.ndarray
NOWHERE = (-1.0, -1.0)


def built(name: str, points: Points, faces: Sequence[Sequence[int]], uvs: Points | None, material: Any) -> Any:
    """A smooth mesh; `uvs` (n loops, 2) in the order of the faces' corners, None for nothing printed."""
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(map(float, p)) for p in points], [], [tuple(map(int, f)) for f in faces])
    layer = data.uv_layers.new(name="print")
    flat = np.full(len(data.loops) * 2, -1.0) if uvs is None else np.asarray(uvs, np.float64).reshape(-1)
    layer.data.foreach_set("uv", flat)
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.update()
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    if material:
        data.materials.append(material)
    return thing


def grid_faces(rows: int, columns: int) -> list[tuple[int, int, int, int]]:
    """Quads over a rows x columns grid of points, row by row."""
    at = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], -1)
    return [tuple(quad) for quad in quads.reshape(-1, 4).tolist()]


def lathe(
    name: str,
    profile: Sequence[tuple[float, float]],
    material: Any,
    *,
    span: tuple[int, int] | None = None,
    turns: int = 160,
) -> Any:
    """A profile of (radius, z), outside first from the foot upwards, turned about z.

    `span` = (first, last) profile points between which the print sheet lies: u once around from the back over the
    left, 0.5 towards the camera (-y), v up from first to last.
    """
    line = np.asarray(profile, np.float64)
    angle = np.linspace(-math.pi, math.pi, turns + 1)
    radius, height = line[:, :1], line[:, 1:]
    points = np.stack(
        [radius * np.sin(angle), -radius * np.cos(angle), np.broadcast_to(height, (len(line), turns + 1))], -1
    )
    faces = grid_faces(len(line), turns + 1)
    uvs = np.full((len(line) - 1, turns, 4, 2), -1.0)
    if span:
        first, last = span
        path = np.r_[0, np.cumsum(np.hypot(*np.diff(line[first : last + 1], axis=0).T))]
        up, across = path / path[-1], angle / math.tau + 0.5
        for corner, (row, column) in enumerate(((0, 0), (0, 1), (1, 1), (1, 0))):
            uvs[first:last, :, corner, 0] = across[column : turns + column]
            uvs[first:last, :, corner, 1] = up[row : row + last - first, None]
    return welded(built(name, points.reshape(-1, 3), faces, uvs.reshape(-1, 2), material))


def welded(thing: Any, distance: float = 1e-5) -> Any:
    """Join vertices that coincide, so that shading runs on over the seam."""
    weld = thing.modifiers.new("weld", "WELD")
    weld.merge_threshold = distance
    return thing


def rounded(line: Sequence[tuple[float, float]], radii: Sequence[float], steps: int = 6) -> list[tuple[float, float]]:
    """A polyline whose corners are arcs (quadratic curves) of about the given radii; ends keep theirs out."""
    found = [tuple(map(float, line[0]))]
    for before, corner, after, radius in zip(line[:-2], line[1:-1], line[2:], radii, strict=True):
        here = np.asarray(corner, float)
        arms = [np.asarray(p, float) - here for p in (before, after)]
        start, end = (
            here + arm / max(np.linalg.norm(arm), 1e-9) * min(radius, np.linalg.norm(arm) * 0.49) for arm in arms
        )
        for t in np.linspace(0, 1, steps if radius > 0 else 1):
            point = (1 - t) ** 2 * start + 2 * t * (1 - t) * here + t**2 * end
            found.append((float(point[0]), float(point[1])))
    return [*found, tuple(map(float, line[-1]))]


def tube(name: str, path: Points, radii: Points, material: Any, *, around: int = 40) -> Any:
    """A tube of elliptical section along a path (n, 3) of constant y; `radii` (n, 2): in the path's plane, along y."""
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.array([0.0, 1.0, 0.0])
    out = np.cross(ahead, side)
    angle = np.linspace(0, math.tau, around + 1)
    points = (
        path[:, None]
        + out[:, None] * (radii[:, :1, None] * np.cos(angle)[None, :, None])
        + side * (radii[:, 1:, None] * np.sin(angle)[None, :, None])
    )
    return welded(built(name, points.reshape(-1, 3), grid_faces(len(path), around + 1), None, material))


def rounded_box(
    name: str,
    size: tuple[float, float, float],
    radius: float,
    material: Any,
    sides: dict[str, tuple[float, float, float, float]],
    *,
    warp: Callable[[Points], Points] | None = None,
    flat: int = 2,
) -> Any:
    """A box centred on the origin with round edges. `sides`: which faces (front right back left top bottom) lie where
    on the print sheet, (u0, v0, u1, v1) with v up; `warp` moves points (n, 3); `flat`: cells across a face's middle."""
    half = np.asarray(size) / 2
    frames = {
        "front": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
        "back": ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
        "right": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
        "left": ((0, -1, 0), (0, 0, 1), (-1, 0, 0)),
        "top": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "bottom": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    }
    points, faces, uvs = [], [], []
    for side, axes in frames.items():
        across, up, out = (np.asarray(axis, float) for axis in axes)
        wide, high = abs(across @ half), abs(up @ half)
        s, t = (edge_steps(extent, radius, flat) for extent in (wide, high))
        place = s[None, :, None] * across + t[:, None, None] * up + out * abs(out @ half)
        core = np.clip(place, -(half - radius), half - radius)
        away = place - core
        place = core + away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-9) * radius
        base = sum(len(p) for p in points)
        points.append(place.reshape(-1, 3))
        quads = np.asarray(grid_faces(len(t), len(s)))
        faces += (quads + base).tolist()
        rect = sides.get(side)
        at = np.stack(np.meshgrid(s / wide, t / high), -1).reshape(-1, 2) / 2 + 0.5
        spot = at * (rect[2] - rect[0], rect[3] - rect[1]) + rect[:2] if rect else np.full_like(at, -1.0)
        uvs.append(spot[quads.reshape(-1)])
    every = np.concatenate(points)
    return welded(built(name, warp(every) if warp else every, faces, np.concatenate(uvs), material), 1e-4)


def edge_steps(extent: float, radius: float, flat: int) -> Points:
    """Places from -extent to extent, dense where the edge turns."""
    turn = extent - radius + radius * np.tan(np.linspace(0, math.pi / 4, 7))
    middle = np.linspace(-(extent - radius), extent - radius, flat + 1)
    return np.r_[-turn[:0:-1], middle, turn[1:]]


def sheet(
    name: str,
    size: tuple[float, float],
    shape: Callable[[Points, Points], Points],
    material: Any,
    *,
    thickness: float = 0.0,
    cells: tuple[int, int] = (60, 60),
    edge: Any = None,
) -> Any:
    """A sheet that shape(x, y) -> (…, 3) bends; x and y run over size, centred; the whole of it is the print sheet.

    `edge`: material of the cut edge when it has a thickness (grown to the side away from the face).
    """
    u, v = np.meshgrid(np.linspace(0, 1, cells[0] + 1), np.linspace(0, 1, cells[1] + 1))
    points = shape((u - 0.5) * size[0], (v - 0.5) * size[1]).reshape(-1, 3)
    faces = grid_faces(cells[1] + 1, cells[0] + 1)
    places = np.stack([u, v], -1).reshape(-1, 2)[np.asarray(faces).reshape(-1)]
    thing = built(name, points, faces, places, material)
    if thickness:
        solid = thing.modifiers.new("thickness", "SOLIDIFY")
        solid.thickness, solid.offset = thickness, -1
        if edge:
            thing.data.materials.append(edge)
            solid.material_offset_rim = solid.material_offset = 1
    return thing


def bevelled(thing: Any, width: float, segments: int = 3) -> Any:
    """Round an object's sharp edges."""
    bevel = thing.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method, bevel.angle_limit = width, segments, "ANGLE", 0.6
    bevel.harden_normals = True
    return thing


def slab(
    name: str,
    size: tuple[float, float],
    corner: float,
    thickness: float,
    edge: float,
    material: Any,
    *,
    printed: bool = True,
    turns: int = 12,
) -> Any:
    """A plate with round corners lying on z = 0, its upper edge rounded by `edge`; the print sheet is its top, flat."""
    profile = [(edge * 0.35, 0.0), (0.0, edge * 0.35), (0.0, thickness - edge)]
    bends = np.linspace(0.2, math.pi / 2, 7)
    profile += [(edge - edge * math.cos(a), thickness - edge + edge * math.sin(a)) for a in bends]
    rings = [ring(size, corner, inset, turns) for inset, _ in profile]
    count = len(rings[0])
    points = np.concatenate([np.c_[r, np.full(count, z)] for r, (_, z) in zip(rings, profile, strict=True)])
    faces: list[Sequence[int]] = []
    for row in range(len(rings) - 1):
        for i in range(count):
            j = (i + 1) % count
            faces.append((row * count + i, row * count + j, (row + 1) * count + j, (row + 1) * count + i))
    faces.append(range((len(rings) - 1) * count, len(rings) * count))
    flat = points[np.concatenate([np.asarray(face) for face in faces])][:, :2] / size + 0.5
    return built(name, points, faces, np.clip(flat, 1e-4, 1 - 1e-4) if printed else None, material)


def ring(size: tuple[float, float], corner: float, inset: float, turns: int) -> Points:
    """A rounded rectangle, anticlockwise, moved inwards."""
    radius = max(corner - inset, 1e-4)
    wide, high = (side / 2 - inset - radius for side in size)
    parts = []
    for quarter, (x, y) in enumerate(((wide, -high), (wide, high), (-wide, high), (-wide, -high))):
        angle = np.linspace(0, math.pi / 2, turns + 1) + (quarter - 1) * math.pi / 2
        parts.append(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)])
    return np.concatenate(parts)
