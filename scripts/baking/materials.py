"""Materials that several stages share, made of procedural texture in linear light. Never textures from files."""

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


def noise(tree: Any, scale: float, detail: float = 4, distortion: float = 0, stretch: Triple = (1, 1, 1)) -> Any:
    """Output of a fractal noise in object space, 0..1 around 0.5."""
    place = tree.nodes.new("ShaderNodeTexCoord")
    spread = node(tree, "Mapping", Scale=stretch)
    grain = node(tree, "TexNoise", Scale=scale, Detail=detail, Distortion=distortion)
    tree.links.new(place.outputs["Object"], spread.inputs["Vector"])
    tree.links.new(spread.outputs[0], grain.inputs["Vector"])
    return grain.outputs["Fac"]


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
    bump(tree, noise(tree, 90, 6), shader, 0.05, 0.004)
    tree.links.new(remap(tree, noise(tree, 1.2, 3), 0.55, 0.75), shader.inputs["Roughness"])
    return material
