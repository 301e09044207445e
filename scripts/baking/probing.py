"""How bright a white matt sphere at the spot is, by light group and the way its surface faces. Removes it again."""

from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from scripts.baking import passes
from scripts.baking.plates import F32

SIDES = {"front": (0, -1, 0), "left": (-1, 0, 0), "right": (1, 0, 0), "top": (0, 0, 1), "back": (0, 1, 0)}
LOOKS = {(-1, -1, 1): ("front", "left", "top"), (1, 1, 1): ("back", "right")}
ALBEDO, RADIUS, HEIGHT = 0.8, 0.11, 0.45
SIZE, SAMPLES = 40, 48
NARROW = 0.94  # cosine of how far a normal may be off the side it speaks for


def probe(scene: Any, groups: list[str], spot: tuple[float, float, float]) -> dict[str, dict[str, tuple[float, ...]]]:
    """Radiance (linear RGB) by group and side, at half a product's height over the spot."""
    centre = Vector(spot) + Vector((0, 0, HEIGHT))
    ball = sphere(centre)
    kept = scene.camera
    scene.cycles.samples = SAMPLES
    read: dict[str, dict[str, tuple[float, ...]]] = {name: {} for name in groups}
    for look, sides in LOOKS.items():
        scene.camera = observer(centre, Vector(look))
        found = passes.render_passes(scene, groups, (), (SIZE, SIZE), quality="")
        normals, inside = facing(scene.camera)
        for side in sides:
            chosen = inside & (normals @ np.array(SIDES[side]) > NARROW)
            for name in groups:
                read[name][side] = tuple(found[name][chosen].mean(axis=0))
        bpy.data.objects.remove(scene.camera)
    bpy.data.objects.remove(ball)
    scene.camera = kept
    return read


def sphere(centre: Vector) -> Any:
    """The white ball."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=RADIUS, segments=48, ring_count=24, location=centre)
    ball = bpy.context.object
    bpy.ops.object.shade_smooth()
    material = bpy.data.materials.new("probe")
    material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.remove(nodes["Principled BSDF"])
    matt = nodes.new("ShaderNodeBsdfDiffuse")
    matt.inputs["Color"].default_value = (ALBEDO, ALBEDO, ALBEDO, 1)
    material.node_tree.links.new(matt.outputs[0], nodes["Material Output"].inputs["Surface"])
    ball.data.materials.append(material)
    return ball


def observer(centre: Vector, look: Vector) -> Any:
    """A parallel camera close to the ball, looking at it from `look`."""
    data = bpy.data.cameras.new("observer")
    data.type, data.ortho_scale, data.clip_start = "ORTHO", RADIUS * 2.1, 0.01
    eye = bpy.data.objects.new("observer", data)
    bpy.context.scene.collection.objects.link(eye)
    eye.location = centre + look.normalized() * RADIUS * 1.5
    eye.rotation_euler = (-look).to_track_quat("-Z", "Y").to_euler()
    bpy.context.view_layer.update()
    return eye


def facing(eye: Any) -> tuple[F32, np.ndarray]:
    """Normals of the ball (world) by pixel of the observer's picture, and which pixels are well inside it."""
    steps = ((np.arange(SIZE) + 0.5) / SIZE - 0.5) * 2.1
    across, up = np.meshgrid(steps, -steps)
    reach = across**2 + up**2
    inside = reach < 0.95
    towards = np.sqrt(np.clip(1 - reach, 0, None))
    turn = np.array(eye.matrix_world.to_3x3())
    return (np.stack([across, up, towards], axis=2) @ turn.T).astype(np.float32), inside
