"""Skies: a gradient of any colours, or one of bpy's world pictures with its sun held down and its near side out of the way.

The visible sky and the light it sheds belong to the group `sky`. Never adds a sun; that is the key's or the rim's.
"""

from __future__ import annotations

from typing import Any

from scripts.baking.bench import Bench
from scripts.baking.spec import Triple


def picture(
    bench: Bench, source: str, strength: float, rotation: float, *, most: float = 6.0, seen: float = 1.0, own: float = 0.0
) -> Any:
    """A world picture as `bench.world` takes it; none of it brighter than `most` before `strength`, and `seen` times as
    bright before the camera as it shines; `own` 0..1 is how much of its own colour it keeps."""
    world = bench.world("sky", source, strength, rotation)
    tree = world.node_tree
    background = tree.nodes["Background"]
    link = background.inputs["Color"].links[0]
    white = link.from_node.inputs["B"].default_value
    grey = (white[0] * white[1] * white[2]) ** (1 / 3)
    white[:3] = [value * (1 - own) + grey * own for value in white[:3]]
    held = tree.nodes.new("ShaderNodeMixRGB")
    held.blend_type = "DARKEN"
    held.inputs["Fac"].default_value = 1.0
    held.inputs["Color2"].default_value = (most, most, most, 1)
    tree.links.new(link.from_socket, held.inputs["Color1"])
    tree.links.new(held.outputs[0], background.inputs["Color"])
    _seen(tree, background, strength, seen)
    return world


def gradient(bench: Bench, stops: tuple[tuple[float, Triple], ...], strength: float = 1.0, seen: float = 1.0) -> Any:
    """A sky that changes with the height over the horizon; stops are (sine of the height, linear colour)."""
    world = bench.world("sky", (1.0, 1.0, 1.0), strength)
    tree = world.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place.outputs["Generated"], split.inputs[0])
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    shift = tree.nodes.new("ShaderNodeMapRange")
    shift.inputs["From Min"].default_value = -1.0
    tree.links.new(split.outputs["Z"], shift.inputs["Value"])
    tree.links.new(shift.outputs[0], ramp.inputs["Fac"])
    elements = ramp.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(1.0)
    for element, (height, colour) in zip(elements, stops, strict=True):
        element.position, element.color = (height + 1) / 2, (*colour, 1)
    background = tree.nodes["Background"]
    tree.links.new(ramp.outputs[0], background.inputs["Color"])
    _seen(tree, background, strength, seen)
    return world


def _seen(tree: Any, background: Any, strength: float, seen: float) -> None:
    if seen == 1.0:
        return
    path = tree.nodes.new("ShaderNodeLightPath")
    choice = tree.nodes.new("ShaderNodeMapRange")
    choice.inputs["To Min"].default_value, choice.inputs["To Max"].default_value = strength, strength * seen
    tree.links.new(path.outputs["Is Camera Ray"], choice.inputs["Value"])
    tree.links.new(choice.outputs[0], background.inputs["Strength"])


def eye_place(bench: Bench) -> Triple:
    """Where the camera stands."""
    at = bench.scene.camera.location
    return (at[0], at[1], at[2])
