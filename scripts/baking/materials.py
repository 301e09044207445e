"""Surfaces that products are put on, made of procedural texture in linear light. Never textures from files.

Lengths are in product units; every material reads object space unless it says otherwise.
"""

import math
from typing import Any

import bpy

Triple = tuple[float, float, float]


def principled(name: str, colour: Triple, roughness: float = 0.5, **inputs: Any) -> tuple[Any, Any, Any]:
    """A material with a Principled shader; returns (material, node tree, shader)."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ").title().replace("Ior", "IOR")].default_value = value
    return material, tree, shader


def node(tree: Any, kind: str, **inputs: Any) -> Any:
    """A shader node by type name, with input values by their names (underscores for spaces)."""
    made = tree.nodes.new(f"ShaderNode{kind}")
    for key, value in inputs.items():
        made.inputs[key.replace("_", " ")].default_value = value
    return made


def place(
    tree: Any, stretch: Triple = (1, 1, 1), turn: float = 0, space: str = "Object", warp: float = 0, around: float = 1
) -> Any:
    """Coordinates: turned about z by degrees, stretched, and pushed about by noise of scale `around` times `warp`."""
    source = tree.nodes.new("ShaderNodeTexCoord")
    spread = node(tree, "Mapping", Rotation=(0, 0, math.radians(turn)), Scale=stretch)
    tree.links.new(source.outputs[space], spread.inputs["Vector"])
    if not warp:
        return spread.outputs[0]
    push = node(tree, "TexNoise", Scale=around, Detail=4)
    tree.links.new(spread.outputs[0], push.inputs["Vector"])
    moved = tree.nodes.new("ShaderNodeVectorMath")
    moved.operation = "MULTIPLY_ADD"
    tree.links.new(push.outputs["Color"], moved.inputs[0])
    moved.inputs[1].default_value = (warp, warp, warp)
    tree.links.new(spread.outputs[0], moved.inputs[2])
    return moved.outputs[0]


def noise(tree: Any, scale: float, detail: float = 4, distortion: float = 0, at: Any = None, rough: float = 0.5) -> Any:
    """Output of a fractal noise, 0..1 around 0.5."""
    grain = node(tree, "TexNoise", Scale=scale, Detail=detail, Distortion=distortion, Roughness=rough)
    tree.links.new(at or place(tree), grain.inputs["Vector"])
    return grain.outputs["Fac"]


def cells(tree: Any, scale: float, at: Any = None, output: str = "Distance", feature: str = "F1") -> Any:
    """Output of a Voronoi texture: distance to, or colour of, the nearest seed."""
    grain = node(tree, "TexVoronoi", Scale=scale)
    grain.feature = feature
    tree.links.new(at or place(tree), grain.inputs["Vector"])
    return grain.outputs[output]


def reckon(tree: Any, operation: str, left: Any, right: Any = 0.0) -> Any:
    """A math node over outputs or numbers."""
    made = tree.nodes.new("ShaderNodeMath")
    made.operation = operation
    for socket, operand in zip(made.inputs, (left, right), strict=False):
        if isinstance(operand, int | float):
            socket.default_value = operand
        else:
            tree.links.new(operand, socket)
    return made.outputs[0]


def remap(tree: Any, source: Any, low: float, high: float, start: float = 0.0, end: float = 1.0) -> Any:
    """Map start..end of a value to low..high, clamped."""
    made = node(tree, "MapRange", From_Min=start, From_Max=end, To_Min=low, To_Max=high)
    tree.links.new(source, made.inputs["Value"])
    return made.outputs["Result"]


def ramp(tree: Any, source: Any, *stops: tuple[float, Triple]) -> Any:
    """Colours by value; stops are (position, linear RGB)."""
    made = tree.nodes.new("ShaderNodeValToRGB")
    elements = made.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(0.5)
    for element, (position, colour) in zip(elements, stops, strict=True):
        element.position, element.color = position, (*colour, 1)
    tree.links.new(source, made.inputs["Fac"])
    return made.outputs["Color"]


def mix(tree: Any, share: Any, first: Any, second: Any, blend: str = "MIX") -> Any:
    """Colours mixed by a share (an output or a number); colours are outputs or linear RGB."""
    made = tree.nodes.new("ShaderNodeMix")
    made.data_type, made.blend_type = "RGBA", blend
    for socket, operand in (("Factor", share), ("A", first), ("B", second)):
        target = (
            made.inputs[socket]
            if socket == "Factor"
            else next(i for i in made.inputs if i.identifier == f"{socket}_Color")
        )
        if isinstance(operand, int | float):
            target.default_value = operand
        elif isinstance(operand, tuple):
            target.default_value = (*operand, 1)
        else:
            tree.links.new(operand, target)
    return made.outputs[2]


def bump(tree: Any, height: Any, shader: Any, strength: float = 0.2, distance: float = 0.01) -> Any:
    """Rough up the shading by a height; chained onto what bump the shader has already."""
    made = node(tree, "Bump", Strength=strength, Distance=distance)
    tree.links.new(height, made.inputs["Height"])
    if shader.inputs["Normal"].links:
        tree.links.new(shader.inputs["Normal"].links[0].from_socket, made.inputs["Normal"])
    tree.links.new(made.outputs[0], shader.inputs["Normal"])
    return made


def paper(name: str, colour: Triple) -> Any:
    """Background paper: matt, of fine fibre."""
    material, tree, shader = principled(name, colour, 0.65)
    bump(tree, noise(tree, 90, 3), shader, 0.05, 0.004)
    tree.links.new(remap(tree, noise(tree, 1.2, 3), 0.55, 0.75), shader.inputs["Roughness"])
    return material


def plaster(name: str, colour: Triple, uneven: float = 0.10, relief: float = 0.25) -> Any:
    """Lime-washed plaster: clouds of lighter and darker wash, trowel marks."""
    material, tree, shader = principled(name, colour, 0.85)
    cloud = noise(tree, 1.1, 5, 0.6, rough=0.6)
    dark, light = (tuple(c * (1 + s * uneven) for c in colour) for s in (-1.3, 1.0))
    tree.links.new(ramp(tree, cloud, (0.3, dark), (0.7, light)), shader.inputs["Base Color"])
    bump(tree, noise(tree, 7, 5, 1.2, rough=0.65), shader, relief, 0.03)
    bump(tree, noise(tree, 60, 2), shader, 0.12, 0.006)
    return material


def marble(name: str, roughness: float = 0.13, scale: float = 1.0, turn: float = 32) -> Any:
    """White Carrara: long grey veins that come and go, hair veins, cloudy ground; polished, faintly smeared."""
    material, tree, shader = principled(name, (0.78, 0.77, 0.75), roughness)
    long = place(tree, (0.55 * scale, 1.25 * scale, 1.0 * scale), turn, warp=0.85, around=1.3)
    web = place(tree, (scale, 1.5 * scale, scale), turn + 14, warp=0.5, around=2.6)
    cloud = noise(tree, 1.6, 6, 0.4, long, 0.62)
    ridge = reckon(tree, "ABSOLUTE", reckon(tree, "SUBTRACT", noise(tree, 1.15, 5, 0, long, 0.48), 0.5))
    there = remap(tree, noise(tree, 0.9, 2, 0, web), 0.15, 1.0, 0.38, 0.58)
    vein = reckon(tree, "MULTIPLY", remap(tree, ridge, 1, 0, 0, 0.03), there)
    smoke = reckon(tree, "MULTIPLY", remap(tree, ridge, 1, 0, 0, 0.14), remap(tree, cloud, 0.1, 0.75, 0.35, 0.65))
    hair_ridge = reckon(tree, "ABSOLUTE", reckon(tree, "SUBTRACT", noise(tree, 2.6, 6, 0, web, 0.5), 0.5))
    hair = reckon(tree, "MULTIPLY", remap(tree, hair_ridge, 0.5, 0, 0, 0.012), there)
    ground = ramp(tree, cloud, (0.3, (0.68, 0.68, 0.68)), (0.52, (0.76, 0.755, 0.745)), (0.75, (0.80, 0.795, 0.78)))
    smoky = mix(tree, reckon(tree, "MULTIPLY", smoke, 0.62), ground, (0.44, 0.45, 0.47))
    veined = mix(tree, reckon(tree, "MULTIPLY", vein, 0.8), smoky, (0.27, 0.275, 0.29))
    tree.links.new(mix(tree, hair, veined, (0.40, 0.40, 0.40)), shader.inputs["Base Color"])
    smear = noise(tree, 3.1, 5, 0.8, rough=0.65)
    tree.links.new(remap(tree, smear, roughness * 0.75, roughness * 1.5, 0.3, 0.7), shader.inputs["Roughness"])
    return material


def boards(tree: Any, width: float) -> tuple[Any, Any, Any, Any]:
    """Boards along x: (place across them, joint 0..1, number 0..1 of its own, coordinates in a log of its own)."""
    apart = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place(tree), apart.inputs[0])
    across = reckon(tree, "DIVIDE", apart.outputs["Y"], width)
    edge = reckon(tree, "ABSOLUTE", reckon(tree, "SUBTRACT", reckon(tree, "FRACT", across), 0.5))
    joint = remap(tree, edge, 0, 1, 0.5 - 0.006 / width, 0.5 - 0.001 / width)
    log = tree.nodes.new("ShaderNodeTexWhiteNoise")
    log.noise_dimensions = "1D"
    tree.links.new(reckon(tree, "FLOOR", across), log.inputs["W"])
    moved = tree.nodes.new("ShaderNodeVectorMath")
    moved.operation = "MULTIPLY_ADD"
    tree.links.new(log.outputs["Color"], moved.inputs[0])
    moved.inputs[1].default_value = (37.0, 0.6, 19.0)
    tree.links.new(place(tree), moved.inputs[2])
    return apart.outputs["Y"], joint, log.outputs["Value"], moved.outputs[0]


def oak(name: str, board: float = 0.52, tone: float = 1.0, roughness: float = 0.42) -> Any:
    """Oiled oak boards whose grain runs along x, each of another log: rings, rays, pores and fine dark joints."""
    material, tree, shader = principled(name, (0.42, 0.27, 0.15), roughness)
    across, joint, number, log = boards(tree, board)

    def along(x: float, y: float, scale: float, detail: float) -> Any:
        spread = node(tree, "Mapping", Scale=(x, y, 1))
        tree.links.new(log, spread.inputs["Vector"])
        return noise(tree, scale, detail, 0, spread.outputs[0])

    bend = along(0.13, 0.8, 1.2, 2)
    phase = reckon(tree, "ADD", reckon(tree, "MULTIPLY", across, 17), reckon(tree, "MULTIPLY", bend, 7))
    ring = reckon(tree, "POWER", reckon(tree, "FRACT", phase), 1.6)
    fine = along(0.9, 42, 1.0, 4)
    pore = remap(tree, along(3.2, 120, 1.0, 2), 0, 1, 0.60, 0.68)
    grain = reckon(tree, "ADD", reckon(tree, "MULTIPLY", ring, 0.30), reckon(tree, "MULTIPLY", fine, 0.70))
    pale, deep = (tuple(c * tone for c in each) for each in ((0.50, 0.335, 0.19), (0.24, 0.134, 0.064)))
    colour = ramp(tree, grain, (0.25, pale), (0.78, deep))
    shaded = mix(tree, reckon(tree, "MULTIPLY", pore, 0.45), colour, tuple(c * 0.5 for c in deep))
    lot = remap(tree, number, 0.80, 1.10)
    toned = mix(tree, 1.0, shaded, grey(tree, lot), "MULTIPLY")
    tree.links.new(
        mix(tree, reckon(tree, "MULTIPLY", joint, 0.85), toned, (0.04, 0.025, 0.014)), shader.inputs["Base Color"]
    )
    bump(tree, reckon(tree, "SUBTRACT", reckon(tree, "MULTIPLY", grain, -0.35), pore), shader, 0.22, 0.006)
    bump(tree, reckon(tree, "SUBTRACT", 1.0, joint), shader, 0.6, 0.012)
    tree.links.new(remap(tree, grain, roughness * 0.85, roughness * 1.25), shader.inputs["Roughness"])
    return material


def grey(tree: Any, value: Any) -> Any:
    """A number as a grey colour."""
    made = tree.nodes.new("ShaderNodeCombineColor")
    for socket in made.inputs:
        tree.links.new(value, socket)
    return made.outputs[0]
