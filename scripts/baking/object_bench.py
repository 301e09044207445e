"""Renders a mock-up object for the print run-time: per light group what its surface adds by itself (gloss) and what
each unit of albedo adds (body), on transparent film, with the print sheet's coordinates, normals and fixed colours.

One render gives both plates: lights are white, so the red channel can see a black surface and the green one a white.
Never decides how an object looks; never imported by the product.
"""

import json
import math
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from scripts.baking.object_plates import write_plates
from scripts.baking.object_shaders import WHITE, prepare_materials
from scripts.baking.print_areas import ObjectSpec

GROUPS = ("key", "fill", "rim", "sky")
MARGIN = 1.03
MAPS = {"alpha": "Alpha", "normal": "Normal", "sheet": "sheet", "tint": "tint", "fixed": "fixed"}
# Denoising is half of a bake, so three grey plates share one picture: its (group, channel) by red, green, blue.
PACKED = {
    "bare": (("key", 0), ("fill", 0), ("rim", 0)),
    "full": (("key", 1), ("fill", 1), ("rim", 1)),
    "sky": (("sky", 0), ("sky", 1), ("sky", 1)),
}
# name: (position, size, radiance that a facing white surface gets from it)
EYE_LIGHTS = {
    "key": ((-2.7, -2.5, 2.3), (1.2, 2.7), 0.66),
    "fill": ((3.0, -2.1, 1.3), (0.9, 3.0), 0.17),
    "rim": ((1.9, 2.4, 2.3), (0.7, 2.2), 0.75),
}
TOP_LIGHTS = {
    "key": ((-3.0, 2.3, 2.9), (1.5, 1.5), 0.62),
    "fill": ((2.8, -2.0, 3.2), (2.6, 2.6), 0.15),
    "rim": ((2.4, 3.2, 1.8), (0.8, 2.4), 0.2),
}


def light_object(spec: ObjectSpec) -> None:
    """The standard rig, one light group each: white soft boxes, a grey room above, an unseen grey ground below."""
    middle = Vector((0, 0, 0.45 if spec.pose == "standing" else 0.0))
    for name, (place, size, radiance) in (EYE_LIGHTS if spec.pose == "standing" else TOP_LIGHTS).items():
        lamp = bpy.data.lights.new(name, "AREA")
        lamp.shape, lamp.size, lamp.size_y = "RECTANGLE", *size
        way = middle - Vector(place)
        lamp.energy = radiance * math.pi**2 * way.length_squared / WHITE
        thing = bpy.data.objects.new(f"{name} light", lamp)
        thing.location, thing.rotation_euler = place, way.to_track_quat("-Z", "Y").to_euler()
        thing.lightgroup = name
        bpy.context.scene.collection.objects.link(thing)
    room()
    bpy.ops.mesh.primitive_plane_add(size=14, location=(0, 0, 0))
    ground = bpy.context.object
    ground.name, ground.visible_camera = "unseen ground", False
    stuff = bpy.data.materials.new("unseen ground")
    stuff.use_nodes = True
    stuff.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.42, 0.42, 0.42, 1)
    stuff.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.6
    ground.data.materials.append(stuff)


def room(strength: float = 0.34) -> None:
    """A grey studio: bright ceiling, darker horizon; black flags dim it where it would only veil a gloss."""
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.lightgroup = "sky"
    nodes, links = world.node_tree.nodes, world.node_tree.links
    place, parts = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeSeparateXYZ")
    ramp = nodes.new("ShaderNodeValToRGB")
    shift = nodes.new("ShaderNodeMath")
    shift.operation, shift.inputs[1].default_value, shift.inputs[2].default_value = "MULTIPLY_ADD", 0.5, 0.5
    links.new(place.outputs["Generated"], parts.inputs[0])
    links.new(parts.outputs["Z"], shift.inputs[0])
    links.new(shift.outputs[0], ramp.inputs["Fac"])
    stops = ramp.color_ramp.elements
    stops[0].position, stops[0].color = 0.35, (0.25, 0.25, 0.25, 1)
    stops[1].position, stops[1].color = 0.95, (1.5, 1.5, 1.5, 1)
    middle = stops.new(0.55)
    middle.color = (0.55, 0.55, 0.55, 1)
    links.new(ramp.outputs["Color"], nodes["Background"].inputs["Color"])
    ray, dim = nodes.new("ShaderNodeLightPath"), nodes.new("ShaderNodeMath")
    dim.operation, dim.inputs[1].default_value, dim.inputs[2].default_value = "MULTIPLY_ADD", -0.55 * strength, strength
    links.new(ray.outputs["Is Glossy Ray"], dim.inputs[0])
    links.new(dim.outputs[0], nodes["Background"].inputs["Strength"])


def frame_object(spec: ObjectSpec, longest: int) -> bpy.types.Object:
    """A camera whose frame hugs the object; the perspective is that of the stages' distance."""
    scene = bpy.context.scene
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    if spec.pose == "standing":
        camera.location = spec.eye
        camera.rotation_euler = (Vector(spec.aim) - Vector(spec.eye)).to_track_quat("-Z", "Y").to_euler()
    else:
        camera.location = (0, 0, 6.0)
    bpy.context.view_layer.update()
    low, high = outline(camera)
    middle, span = (low + high) / 2, (high - low) * MARGIN
    larger = float(span.max())
    lens = camera.data
    lens.sensor_width, lens.sensor_fit, lens.lens = 36.0, "AUTO", 36.0 / larger
    lens.shift_x, lens.shift_y = float(middle[0]) / larger, float(middle[1]) / larger
    scene.render.resolution_x, scene.render.resolution_y = (max(8, round(longest * s / larger)) for s in span)
    return camera


def outline(camera: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """The object's extent on the plane one unit before the camera."""
    graph = bpy.context.evaluated_depsgraph_get()
    inverse = np.array(camera.matrix_world.inverted())
    found = []
    for thing in bpy.context.scene.objects:
        if thing.type not in ("MESH", "CURVE", "SURFACE", "FONT") or not thing.visible_camera or thing.hide_render:
            continue
        shape = thing.evaluated_get(graph)
        mesh = shape.to_mesh()
        points = np.empty(len(mesh.vertices) * 3)
        mesh.vertices.foreach_get("co", points)
        points = np.c_[points.reshape(-1, 3), np.ones(len(mesh.vertices))] @ np.array(thing.matrix_world).T
        seen = points @ inverse.T
        found.append(seen[:, :2] / -seen[:, 2:3])
        shape.to_mesh_clear()
    every = np.concatenate(found)
    return every.min(0), every.max(0)


def set_cycles(samples: int) -> None:
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    cycles = scene.cycles
    cycles.samples, cycles.seed, cycles.use_denoising = samples, 7, False
    cycles.use_adaptive_sampling, cycles.adaptive_threshold, cycles.adaptive_min_samples = True, 0.04, 4
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transparent_max_bounces = 4, 2, 3, 12
    cycles.use_light_tree, cycles.blur_glossy = True, 0.5
    cycles.sample_clamp_indirect, cycles.caustics_reflective, cycles.caustics_refractive = 4.0, False, False
    scene.render.film_transparent, scene.render.resolution_percentage = True, 100
    scene.view_settings.view_transform = "Standard"
    scene.render.use_persistent_data = False
    layer.cycles.denoising_store_passes, layer.use_pass_normal = True, True
    for name in GROUPS:
        layer.lightgroups.add(name=name)
    for name in ("sheet", "tint", "fixed"):
        aov = layer.aovs.add()
        aov.name, aov.type = name, "COLOR"


def wire_outputs(folder: Path) -> None:
    """Compositor: the groups' red (gloss) and green (gloss and body), three to a picture, denoised; all as EXR."""
    scene = bpy.context.scene
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    source = tree.nodes.new("CompositorNodeRLayers")
    sink = tree.nodes.new("CompositorNodeOutputFile")
    sink.base_path, sink.format.file_format, sink.format.color_depth = str(folder), "OPEN_EXR", "32"
    sink.format.color_mode = "RGBA"
    sink.file_slots.clear()
    apart = {}
    for group in GROUPS:
        apart[group] = tree.nodes.new("CompositorNodeSeparateColor")
        tree.links.new(source.outputs[f"Combined_{group}"], apart[group].inputs[0])
    outputs = {name: source.outputs[socket] for name, socket in MAPS.items()}
    for name, parts in PACKED.items():
        joined, clean = tree.nodes.new("CompositorNodeCombineColor"), tree.nodes.new("CompositorNodeDenoise")
        for place, (group, channel) in enumerate(parts):
            tree.links.new(apart[group].outputs[channel], joined.inputs[place])
        clean.use_hdr, clean.prefilter = True, "NONE"
        tree.links.new(joined.outputs[0], clean.inputs["Image"])
        tree.links.new(source.outputs["Denoising Normal"], clean.inputs["Normal"])
        outputs[name] = clean.outputs[0]
    for name, socket in outputs.items():
        sink.file_slots.new(name)
        tree.links.new(socket, sink.inputs[name])


def read_pass(folder: Path, name: str) -> np.ndarray:
    """H x W x 3 float32, top row first."""
    image = bpy.data.images.load(str(folder / f"{name}0001.exr"))
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1, :, :3].copy()


def projection(camera: bpy.types.Object) -> np.ndarray:
    """3 x 4: world, homogeneous -> pixels, homogeneous (x right, y down)."""
    render, lens = bpy.context.scene.render, camera.data
    width, height = render.resolution_x, render.resolution_y
    longest = max(width, height)
    focal = lens.lens / lens.sensor_width * longest
    inner = np.array(
        [
            [focal, 0, -(width / 2 - lens.shift_x * longest)],
            [0, -focal, -(height / 2 + lens.shift_y * longest)],
            [0, 0, -1],
        ]
    )
    return inner @ np.array(camera.matrix_world.inverted())[:3]


def render_object(spec: ObjectSpec, out_dir: Path, longest: int | None = None, samples: int | None = None) -> None:
    """Light, render and write one view of the object that stands in the open scene; plates go to `out_dir`."""
    light_object(spec)
    camera = frame_object(spec, longest or spec.longest)
    prepare_materials(spec)
    set_cycles(samples or spec.samples)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wire_outputs(folder)
        bpy.context.scene.frame_set(1)
        bpy.ops.render.render(write_still=False)
        passes = {name: read_pass(folder, name) for name in MAPS}
        for name, parts in PACKED.items():
            packed = read_pass(folder, name)
            for place, (group, channel) in enumerate(parts):
                passes[f"{group}-{'full' if channel else 'bare'}"] = packed[..., place : place + 1]
    lights = {}
    for name in GROUPS[:3]:
        thing = bpy.data.objects[f"{name} light"]
        way = (thing.matrix_world.to_quaternion() @ Vector((0, 0, -1))).normalized()
        distance = (thing.location - Vector((0, 0, 0.45))).length
        lights[name] = (tuple(way), max(thing.data.size, thing.data.size_y) / 2 / distance)
    write_plates(spec, out_dir, passes, projection(camera), np.array(camera.matrix_world.to_3x3()), lights)
    print(json.dumps({"object": spec.id, "view": spec.view, "size": passes["alpha"].shape[1::-1]}))
