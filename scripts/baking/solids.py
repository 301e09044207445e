"""Geometry that several stages share, bevelled and smoothly shaded. Never lights and never materials of its own."""

import math
from typing import Any

import bpy

Triple = tuple[float, float, float]


def mesh(
    name: str, vertices: list[Triple], faces: list[tuple[int, ...]], material: Any = None, smooth: bool = True
) -> Any:
    """An object of bare vertices and faces."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(vertices, [], faces)
    data.update()
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    if material:
        data.materials.append(material)
    return thing


def sweep(
    name: str, width: float, front: float, back: float, radius: float, height: float, material: Any = None
) -> Any:
    """A floor from y = front that curves up at y = back into a wall: the seamless backdrop of a studio."""
    turn = [math.radians(step * 90 / 32) for step in range(33)]
    line = [(front + (back - radius - front) * step / 12, 0.0) for step in range(12)]
    line += [(back - radius + radius * math.sin(a), radius - radius * math.cos(a)) for a in turn]
    line += [(back, radius + (height - radius) * step / 6) for step in range(1, 7)]
    vertices = [(side * width / 2, y, z) for y, z in line for side in (-1.0, 1.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(line) - 1)]
    return mesh(name, vertices, faces, material)
