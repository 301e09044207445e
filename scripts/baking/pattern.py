"""Flat pattern pieces: their outlines, the triangles in them, and two panels sewn into one mesh.

Lengths are metres of the real garment; a panel lies in x and z, the front towards -y. Never simulates or renders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mathutils import Vector, geometry

Points = np.ndarray


@dataclass(frozen=True)
class Edge:
    """One side of a pattern piece: its name, points (n, 2) in order, whether it is sewn to the other panel."""

    name: str
    points: Points
    sewn: bool


@dataclass(frozen=True)
class Sheet:
    """A sewn mesh before draping: positions (n, 3), triangles (m, 3); pattern place (n, 2), panel (n,) per vertex."""

    verts: Points
    faces: Points
    flat: Points
    panel: Points

    def panel_of_faces(self) -> Points:
        """The panel (m,) that each triangle belongs to; a welded vertex belongs to both."""
        return self.panel[self.faces].max(1)


def curve(*controls: tuple[float, ...], steps: int = 24) -> Points:
    """Samples the Bezier curve of the control points at `steps + 1` places (n, 2); two points stay as they are."""
    points = np.array(controls, float)
    if len(points) == 2:
        return points
    t = np.linspace(0, 1, steps + 1)[:, None]
    rows = [np.repeat(p[None], len(t), 0) for p in points]
    while len(rows) > 1:
        rows = [a * (1 - t) + b * t for a, b in zip(rows[:-1], rows[1:], strict=True)]
    return rows[0]


def mirrored(edges: Sequence[Edge]) -> list[Edge]:
    """Closes a right half (from the centre's top to the centre's bottom) with its mirror image across x = 0."""
    left = [Edge(e.name, (e.points * [-1, 1])[::-1], e.sewn) for e in reversed(edges)]
    return [*edges, *left]


def spaced(points: Points, pitch: float) -> Points:
    """Points along the polyline (n, 2) at equal steps of about `pitch`, ends included."""
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, run[-1], max(2, round(run[-1] / pitch) + 1))
    return np.stack([np.interp(at, run, points[:, k]) for k in (0, 1)], 1)


def distance(points: Points, line: Points) -> tuple[Points, Points]:
    """Distance (n,) of points to a polyline and the length (n,) along it of the nearest place."""
    a, b = line[:-1], line[1:]
    step = b - a
    length = np.maximum(np.linalg.norm(step, axis=1), 1e-9)
    run = np.concatenate([[0], np.cumsum(length)])[:-1]
    best = np.full(len(points), np.inf)
    along = np.zeros(len(points))
    for k in range(len(a)):
        t = np.clip((points - a[k]) @ step[k] / length[k] ** 2, 0, 1)
        gap = np.linalg.norm(points - (a[k] + t[:, None] * step[k]), axis=1)
        near = gap < best
        best[near] = gap[near]
        along[near] = run[k] + t[near] * length[k]
    return best, along


def inside(points: Points, ring: Points) -> Points:
    """Whether each point (n, 2) lies in the closed ring (m, 2), by the even-odd rule."""
    x, y = points[:, 0], points[:, 1]
    hit = np.zeros(len(points), bool)
    for a, b in zip(ring, np.roll(ring, -1, 0), strict=True):
        cross = (a[1] > y) != (b[1] > y)
        if a[1] != b[1]:
            hit ^= cross & (x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
    return hit


def triangulated(edges: Sequence[Edge], pitch: float, seed: int = 1) -> tuple[Points, Points, Points]:
    """Even triangles in a pattern piece: points (n, 2), triangles (m, 3), and which points lie on sewn edges (n,).

    The inner points are a jittered hexagonal lattice, so that folds find no grid to follow.
    """
    rows, sewn = [], []
    for edge in edges:
        part = spaced(edge.points, pitch)
        rows.append(part)
        sewn.append(np.full(len(part), edge.sewn))
    ring, on_seam = np.concatenate(rows), np.concatenate(sewn)
    ring, on_seam = _without_repeats(ring, on_seam, pitch)
    low, high = ring.min(0), ring.max(0)
    rng = np.random.default_rng(seed)
    lattice = []
    for k, y in enumerate(np.arange(low[1], high[1], pitch * 0.866)):
        x = np.arange(low[0], high[0], pitch) + (k % 2) * pitch / 2
        lattice.append(np.stack([x, np.full_like(x, y)], 1))
    inner = np.concatenate(lattice)
    inner = inner + rng.normal(0, pitch * 0.09, inner.shape)
    inner = inner[inside(inner, ring)]
    inner = inner[distance(inner, np.concatenate([ring, ring[:1]]))[0] > pitch * 0.6]
    points = np.concatenate([ring, inner])
    sides = [(k, (k + 1) % len(ring)) for k in range(len(ring))]
    found = geometry.delaunay_2d_cdt([Vector(p) for p in points], sides, [], 1, 1e-6)
    out = np.array([tuple(p) for p in found[0]])
    mark = np.zeros(len(out), bool)
    for k, origins in enumerate(found[3]):
        mark[k] = any(o < len(ring) and on_seam[o] for o in origins)
    return out, np.array(found[2]), mark


def _without_repeats(ring: Points, on_seam: Points, pitch: float) -> tuple[Points, Points]:
    """Joins ring points that coincide where two edges meet; the corner counts as sewn if either edge is."""
    keep, marks = [ring[0]], [bool(on_seam[0])]
    for point, mark in zip(ring[1:], on_seam[1:], strict=True):
        if np.linalg.norm(point - keep[-1]) < pitch * 0.2:
            marks[-1] = marks[-1] or bool(mark)
        else:
            keep.append(point)
            marks.append(bool(mark))
    if np.linalg.norm(keep[0] - keep[-1]) < pitch * 0.2:
        marks[0] = marks[0] or marks.pop()
        keep.pop()
    return np.array(keep), np.array(marks)


def sewn(front: Sequence[Edge], back: Sequence[Edge], pitch: float, gap: float) -> Sheet:
    """Two panels with a common outline, welded along their sewn edges and held `gap` apart elsewhere."""
    verts, faces, flats, panels, seams = [], [], [], [], {}
    count = 0
    for panel, edges in enumerate((front, back)):
        flat, tris, mark = triangulated(edges, pitch, seed=panel + 1)
        lines = [spaced(e.points, pitch) for e in edges if e.sewn]
        lift = np.full(len(flat), gap)
        for line in lines:
            lift = np.minimum(lift, distance(flat, line)[0] * 0.8)
        side = -1 if panel == 0 else 1
        number = np.zeros(len(flat), int)
        for k, point in enumerate(flat):
            key = (round(point[0], 5), round(point[1], 5))
            if mark[k] and panel == 1 and key in seams:
                number[k] = seams[key]
                continue
            number[k] = count
            if mark[k] and panel == 0:
                seams[key] = count
            verts.append((point[0], side * lift[k], point[1]))
            flats.append(point)
            panels.append(panel)
            count += 1
        a, b, c = flat[tris[:, 0]], flat[tris[:, 1]], flat[tris[:, 2]]
        turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        flip = (turn < 0) if panel == 0 else (turn > 0)
        tris = tris.copy()
        tris[flip] = tris[flip][:, ::-1]
        faces.append(number[tris])
    return Sheet(np.array(verts), np.concatenate(faces), np.array(flats), np.array(panels))
