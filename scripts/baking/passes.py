"""One Cycles render with its light groups as passes, each denoised in the compositor under clean albedo and normal.

Masks come from shader outputs (AOVs) of the same render. Never decides on lights or geometry.
"""

import math
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from scripts.baking.plates import F32

PAINT, GLOSS = "paint_mask", "gloss_mask"
COMBINED, DISTANCE, ALPHA = "combined", "distance", "alpha"


def settle_engine(scene: Any, samples: int, threads: int) -> None:
    """Cycles on the processor: few bounces, clamped, adaptive; no caustics."""
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.view_settings.view_transform = "Standard"
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, False
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.02
    cycles.adaptive_min_samples = max(4, samples // 3)
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 6, 3, 4
    cycles.transmission_bounces, cycles.transparent_max_bounces, cycles.volume_bounces = 6, 12, 0
    cycles.sample_clamp_indirect, cycles.use_light_tree = 4.0, True
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 0.5


def mark_value(material: Any, name: str, source: Any) -> None:
    """Write a number, or a node's output, into an AOV of the material."""
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeOutputAOV")
    node.aov_name = name
    if isinstance(source, float):
        node.inputs["Value"].default_value = source
    else:
        tree.links.new(source, node.inputs["Value"])


def mark_paint(names: Iterable[str]) -> None:
    """Materials of these names count as re-colourable."""
    for name in names:
        mark_value(bpy.data.materials[name], PAINT, 1.0)


def mark_gloss(names: Iterable[str]) -> None:
    """Objects or materials of these names mirror: Fresnel's share times how little roughness spreads it."""
    materials: dict[str, Any] = {}
    for name in names:
        thing = bpy.data.objects.get(name)
        found = [slot.material for slot in thing.material_slots] if thing else [bpy.data.materials[name]]
        materials.update({each.name: each for each in found if each})
    for material in materials.values():
        mark_value(material, GLOSS, mirror_strength(material))


def mirror_strength(material: Any) -> Any:
    """Node output of Schlick's share at the shading normal, from the Principled node's own roughness and metal."""
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    fresnel = tree.nodes.new("ShaderNodeFresnel")
    follow(tree, shader.inputs["IOR"], fresnel.inputs["IOR"])
    if shader.inputs["Normal"].links:
        tree.links.new(shader.inputs["Normal"].links[0].from_socket, fresnel.inputs["Normal"])
    share = calculate(tree, "MAXIMUM", fresnel.outputs[0], shader.inputs["Metallic"])
    smooth = calculate(tree, "SUBTRACT", 1.0, shader.inputs["Roughness"])
    coat = calculate(tree, "MULTIPLY", fresnel.outputs[0], shader.inputs["Coat Weight"])
    base = calculate(tree, "MULTIPLY", share, calculate(tree, "POWER", smooth, 1.5))
    return calculate(tree, "MAXIMUM", base, coat)


def calculate(tree: Any, operation: str, left: Any, right: Any) -> Any:
    """A math node; operands are numbers, outputs, or inputs whose source is taken."""
    node = tree.nodes.new("ShaderNodeMath")
    node.operation, node.use_clamp = operation, True
    for socket, operand in zip(node.inputs, (left, right), strict=False):
        if isinstance(operand, float):
            socket.default_value = operand
        elif operand.is_output:
            tree.links.new(operand, socket)
        else:
            follow(tree, operand, socket)
    return node.outputs[0]


def follow(tree: Any, source: Any, target: Any) -> None:
    """Let an input have what another input has, linked or not."""
    if source.links:
        tree.links.new(source.links[0].from_socket, target)
    else:
        target.default_value = source.default_value


def render_passes(
    scene: Any, groups: Sequence[str], masks: Sequence[str], size: tuple[int, int], quality: str = "BALANCED"
) -> dict[str, F32]:
    """Render once; returns H x W x 3 linear pictures by group, `combined`, and H x W masks, alpha and mist (0..1).

    `quality` is the denoiser's (HIGH, BALANCED, FAST), or empty to leave the noise."""
    layer = scene.view_layers[0]
    for group in groups:
        if group not in [each.name for each in layer.lightgroups]:
            layer.lightgroups.add(name=group)
    for mask in masks:
        if mask not in [each.name for each in layer.aovs]:
            aov = layer.aovs.add()
            aov.name, aov.type = mask, "VALUE"
    layer.use_pass_mist = True
    layer.cycles.denoising_store_passes = True
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    with tempfile.TemporaryDirectory() as scratch:
        names = develop(scene, groups, masks, scratch, quality)
        bpy.ops.render.render()
        found = {name: read_exr(next(Path(scratch).glob(f"{name}_*.exr"))) for name in names}
    found[ALPHA] = found[COMBINED][..., 3:]
    flat = (*masks, DISTANCE, ALPHA)
    return {name: picture[..., 0] if name in flat else picture[..., :3] for name, picture in found.items()}


def develop(scene: Any, groups: Sequence[str], masks: Sequence[str], folder: str, quality: str) -> list[str]:
    """Lay out the compositor: a file per pass, light denoised under denoised guides."""
    scene.use_nodes = True
    scene.render.compositor_device, scene.render.compositor_precision = "CPU", "FULL"
    tree = scene.node_tree
    tree.nodes.clear()
    layer = tree.nodes.new("CompositorNodeRLayers")
    store = tree.nodes.new("CompositorNodeOutputFile")
    store.base_path = folder
    store.format.file_format, store.format.color_depth, store.format.color_mode = "OPEN_EXR", "32", "RGBA"
    store.format.exr_codec = "NONE"
    store.file_slots.clear()
    guides = {}
    if quality:
        guides = {name: clean(tree, layer.outputs[f"Denoising {name}"], {}, quality) for name in ("Albedo", "Normal")}
    wanted = {name: layer.outputs[f"Combined_{name}"] for name in groups}
    for name, output in wanted.items():
        slot = store.file_slots.new(f"{name}_")
        tree.links.new(clean(tree, output, guides, quality) if quality else output, slot)
    raw = {COMBINED: layer.outputs["Image"], DISTANCE: layer.outputs["Mist"]}
    raw |= {mask: layer.outputs[mask] for mask in masks}
    for name, output in raw.items():
        tree.links.new(output, store.file_slots.new(f"{name}_"))
    return [*wanted, *raw]


def clean(tree: Any, output: Any, guides: dict[str, Any], quality: str) -> Any:
    """OpenImageDenoise over one picture."""
    node = tree.nodes.new("CompositorNodeDenoise")
    node.use_hdr, node.prefilter, node.quality = True, "NONE", quality
    tree.links.new(output, node.inputs["Image"])
    for name, guide in guides.items():
        tree.links.new(guide, node.inputs[name])
    return node.outputs[0]


def read_exr(path: Path) -> F32:
    """H x W x 4 float32, top row first, linear as stored."""
    image = bpy.data.images.load(str(path))
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    bpy.data.images.remove(image)
    return np.ascontiguousarray(flat.reshape(height, width, 4)[::-1])


def camera_matrix(scene: Any, size: tuple[int, int]) -> tuple[tuple[float, ...], ...]:
    """3 x 4: homogeneous world point to homogeneous plate pixel, x right and y down."""
    graph = bpy.context.evaluated_depsgraph_get()
    camera = scene.camera.evaluated_get(graph)
    width, height = size
    seen = camera.calc_matrix_camera(graph, x=width, y=height) @ camera.matrix_world.inverted()
    across = (seen[0] + seen[3]) * (width / 2)
    down = (seen[3] - seen[1]) * (height / 2)
    rows = (tuple(across), tuple(down), tuple(seen[3]))
    if not all(math.isfinite(value) for row in rows for value in row):
        raise ValueError("the camera has no finite projection")
    return rows
