"""Cloth in space: how it is draped by simulation, ironed again, and where a place of the pattern comes to lie.

Lengths are metres of the real garment, z up, the front looks towards -y. Never chooses a garment's cut,
its light or its camera: the files of `objects/` do.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from scripts.baking.pattern import Points, Sheet

KEPT = Path(__file__).resolve().parents[2] / ".bake" / "cloth"


def mesh_object(name: str, verts: Points, faces: Points | Sequence[Sequence[int]]) -> Any:
    """A smooth-shaded mesh object in the scene from positions (n, 3) and faces."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(map(float, v)) for v in verts], [], [tuple(map(int, f)) for f in faces])
    mesh.shade_smooth()
    mesh.update()
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    return made


def cord(name: str, path: Points, radius: float, closed: bool = False, around: int = 8) -> tuple[Any, Points]:
    """A round cord along a path (n, 3): the object and per vertex (around, along) in scene units."""
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead /= np.linalg.norm(ahead, axis=1)[:, None]
    first = np.cross(ahead, [0.05, 1, 0.03])
    first /= np.linalg.norm(first, axis=1)[:, None]
    second = np.cross(ahead, first)
    angles = np.arange(around) * math.tau / around
    verts = np.stack([path + radius * (math.cos(a) * first + math.sin(a) * second) for a in angles], 1)
    count = len(path)
    faces: list[tuple[int, ...]] = [
        (r * around + k, r * around + (k + 1) % around, s * around + (k + 1) % around, s * around + k)
        for r, s in zip(range(count), [*range(1, count), 0], strict=True)
        if closed or s
        for k in range(around)
    ]
    if not closed:
        faces += [tuple(range(around)), tuple((count - 1) * around + k for k in range(around))]
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    flat = np.stack([np.tile(angles * radius, count), np.repeat(run, around)], 1)
    return mesh_object(name, verts.reshape(-1, 3), faces), flat


def add_uv(thing: Any, name: str, flat: Points, only: Points | None = None) -> None:
    """A UV map from coordinates per vertex (n, 2); faces that are not in `only` (m,) get coordinates outside 0..1."""
    mesh = thing.data
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    values = flat[corners]
    if only is not None:
        sides = np.array([len(p.vertices) for p in mesh.polygons])
        values = np.where(np.repeat(only, sides)[:, None], values, -5.0)
    mesh.uv_layers.new(name=name).data.foreach_set("uv", values.astype(np.float32).ravel())


def positions(thing: Any) -> Points:
    """The evaluated positions (n, 3) of a mesh object at the current frame."""
    graph = bpy.context.evaluated_depsgraph_get()
    shown = thing.evaluated_get(graph)
    mesh = shown.to_mesh()
    out = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", out)
    shown.to_mesh_clear()
    return out.reshape(-1, 3).astype(float)


@dataclass(frozen=True)
class Fabric:
    """How a cloth behaves: weight kg/m2 per vertex share, stiffnesses of Blender's cloth, and its air and friction."""

    mass: float = 0.15
    tension: float = 15.0
    compression: float = 15.0
    shear: float = 5.0
    bending: float = 0.3
    damping: float = 5.0
    air: float = 1.5
    thickness: float = 0.004
    friction: float = 8.0
    shrink: float = 0.0


def solid(thing: Any, friction: float, thickness: float = 0.004) -> None:
    """Lets cloth collide with a mesh object."""
    thing.modifiers.new("collision", "COLLISION")
    thing.collision.thickness_outer = thickness
    thing.collision.cloth_friction = friction
    thing.collision.damping = 0.6


def kept(source: str, make: Callable[[], tuple[Sheet, Points]], part: str = "body") -> tuple[Sheet, Points]:
    """A draped sheet from `.bake/cloth` if the same code made it, else made now and kept: draping outlasts a render."""
    files = (
        Path(source),
        Path(__file__),
        *(Path(__file__).with_name(f"{name}.py") for name in ("pattern", "mannequin")),
    )
    code = b"".join(path.read_bytes() for path in files)
    path = KEPT / f"{Path(source).stem}-{part}-{hashlib.sha256(code).hexdigest()[:16]}.npz"
    if path.exists():
        with np.load(path) as found:
            return Sheet(*(found[name] for name in ("verts", "faces", "flat", "panel"))), found["where"]
    sheet, where = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, verts=sheet.verts, faces=sheet.faces, flat=sheet.flat, panel=sheet.panel, where=where)
    return sheet, where


def drape(
    thing: Any,
    fabric: Fabric,
    frames: int,
    pressure: float = 0.0,
    pinned: Points | None = None,
    self_contact: bool = True,
    quality: int = 6,
    gravity: float = 1.0,
    first: int = 1,
    rest: Points | None = None,
) -> Points:
    """Simulates a mesh object for `frames` frames from `first` and returns where its vertices came to rest (n, 3).

    `rest` (n, 3) is the unstrained shape where that is not the mesh itself.
    """
    scene = bpy.context.scene
    last = first + frames - 1
    scene.frame_start, scene.frame_end = first, last
    scene.frame_set(first)
    worn = thing.modifiers.new("cloth", "CLOTH")
    s, c = worn.settings, worn.collision_settings
    s.quality, s.mass, s.air_damping = quality, fabric.mass, fabric.air
    s.tension_stiffness, s.compression_stiffness = fabric.tension, fabric.compression
    s.shear_stiffness, s.bending_stiffness = fabric.shear, fabric.bending
    s.tension_damping = s.compression_damping = s.shear_damping = fabric.damping
    s.bending_damping = 0.5
    s.bending_model = "ANGULAR"
    s.shrink_min = fabric.shrink
    s.effector_weights.gravity = gravity
    if pressure:
        s.use_pressure, s.uniform_pressure_force = True, pressure
    if pinned is not None:
        group = thing.vertex_groups.new(name="pinned")
        for k in np.flatnonzero(pinned > 0):
            group.add([int(k)], float(pinned[k]), "REPLACE")
        s.vertex_group_mass = "pinned"
    c.distance_min, c.collision_quality = fabric.thickness, 3
    c.use_self_collision, c.self_distance_min = self_contact, fabric.thickness
    c.self_friction = fabric.friction
    worn.point_cache.frame_start, worn.point_cache.frame_end = first, last
    if rest is not None:
        thing.shape_key_add(name="worn")
        thing.shape_key_add(name="rest").data.foreach_set("co", rest.astype(np.float32).ravel())
        s.rest_shape_key = thing.data.shape_keys.key_blocks["rest"]
    for frame in range(first, last + 1):
        scene.frame_set(frame)
    out = positions(thing)
    thing.modifiers.remove(worn)
    return out


class Worn:
    """A draped sheet as a map: from a place in the pattern of a panel to where that place lies in space."""

    def __init__(self, sheet: Sheet, where: Points) -> None:
        self.sheet, self.where = sheet, where
        self.trees, self.tris = [], []
        owner = sheet.panel_of_faces()
        for panel in range(int(owner.max()) + 1):
            tris = sheet.faces[owner == panel]
            flat = [(float(p[0]), float(p[1]), 0.0) for p in sheet.flat]
            self.trees.append(BVHTree.FromPolygons(flat, [tuple(map(int, t)) for t in tris]))
            self.tris.append(tris)

    def at(self, flat: Points, panel: int, lift: float = 0.0) -> Points:
        """Places (n, 3) of pattern points (n, 2); `lift` moves them out along the cloth's normal (metres)."""
        out = np.empty((len(flat), 3))
        for k, point in enumerate(flat):
            spot, _, face, _ = self.trees[panel].find_nearest((float(point[0]), float(point[1]), 0.0))
            tri = self.tris[panel][face]
            a, b, c = self.sheet.flat[tri]
            share = np.linalg.solve(np.array([b - a, c - a]).T, np.array(spot[:2]) - a)
            weights = np.array([1 - share.sum(), *share])
            corners = self.where[tri]
            normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
            out[k] = weights @ corners + lift * normal / max(np.linalg.norm(normal), 1e-12)
        return out

    def onto(self, finer: Sheet) -> Points:
        """Where the vertices of a finer sheet of the same pattern lie (n, 3)."""
        out = np.empty((len(finer.flat), 3))
        for panel in range(len(self.trees)):
            mine = finer.panel == panel
            out[mine] = self.at(finer.flat[mine], panel)
        return out


def ironed(where: Points, faces: Points, rounds: int, keep: float) -> Points:
    """Smooths positions (n, 3) of a triangle mesh; `keep` is the share of the fine wrinkles that stays.

    Open edges are smoothed along themselves, so that hems keep their line.
    """
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    pairs, count = np.unique(sides, axis=0, return_counts=True)
    rim = np.zeros(len(where), bool)
    rim[pairs[count == 1]] = True
    pairs = pairs[(count == 1) | ~(rim[pairs[:, 0]] | rim[pairs[:, 1]])]
    inner = np.unique(sides, axis=0)
    inner = inner[~(rim[inner[:, 0]] & rim[inner[:, 1]])]
    out = where.copy()
    for _ in range(rounds):
        total, share = np.zeros_like(out), np.zeros(len(out))
        for group, targets in ((inner, ~rim), (pairs, rim)):
            for a, b in ((0, 1), (1, 0)):
                take = targets[group[:, a]]
                np.add.at(total, group[take, a], out[group[take, b]])
                np.add.at(share, group[take, a], 1)
        out = out + 0.5 * (total / np.maximum(share, 1)[:, None] - out)
    return out + keep * (where - out)
