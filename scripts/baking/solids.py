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


def ball(name: str, radius: float, at: Triple, material: Any, stretch: Triple = (1, 1, 1)) -> Any:
    """A smooth ball about `at`."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=5, radius=radius, location=at)
    thing = bpy.context.object
    thing.name, thing.scale = name, stretch
    thing.data.polygons.foreach_set("use_smooth", [True] * len(thing.data.polygons))
    thing.data.materials.append(material)
    return thing


def pebble(name: str, foot: Triple, size: Triple, material: Any, seed: int) -> Any:
    """A river-worn stone that lies on its foot: a flattened ball, a little lopsided."""
    thing = ball(name, 1.0, (foot[0], foot[1], foot[2] + size[2] * 0.94), material)
    for vertex in thing.data.vertices:
        x, y, z = vertex.co
        swell = (
            1
            + 0.09 * math.sin(2.1 * x + seed)
            + 0.08 * math.sin(2.7 * y + 1.7 * seed + x)
            + 0.04 * math.sin(5 * z + seed)
        )
        vertex.co = (x * size[0] * swell, y * size[1] * swell, math.copysign(abs(z) ** 0.72, z) * size[2])
    thing.rotation_euler[2] = 1.9 * seed
    return thing


def log(name: str, radius: float, height: float, wobble: list[float], face: Any, bark: Any) -> Any:
    """A sawn slice of a trunk, its outline `wobble` times the radius; two materials."""
    count = len(wobble)
    turn = [2 * math.pi * step / count for step in range(count)]
    rim = [(radius * w * math.cos(a), radius * w * math.sin(a)) for w, a in zip(wobble, turn, strict=True)]
    rings = [(0.97, 0.0), (1.0, 0.012), (1.0, height - 0.012), (0.975, height)]
    vertices = [(x * s, y * s, z) for s, z in rings for x, y in rim]
    faces = [
        (r * count + i, r * count + (i + 1) % count, (r + 1) * count + (i + 1) % count, (r + 1) * count + i)
        for r in range(3)
        for i in range(count)
    ]
    thing = mesh(name, vertices, [*faces, tuple(range(3 * count, 4 * count))], bark)
    thing.data.materials.append(face)
    thing.data.polygons[len(faces)].material_index = 1
    thing.data.set_sharp_from_angle(angle=math.radians(40))
    return thing
