"""Skies: a gradient of any colours, or one of bpy's world pictures with its sun held down.

The visible sky and the light it sheds belong to the group `sky`. Never adds a sun; that is the key's or the rim's.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from scripts.baking.bench import Bench, overhead
from scripts.baking.spec import Triple


def picture(
    bench: Bench,
    source: str,
    strength: float,
    rotation: float,
    *,
    most: float = 6.0,
    seen: float = 1.0,
    own: float = 0.0,
) -> Any:
    """A world picture balanced to 1 on what faces up; none of it brighter than `most` before `strength`, and
    `seen` times as bright before the camera as it shines; `own` 0..1 is how much of its own colour it keeps."""
    world = bench.world("sky", (1.0, 1.0, 1.0), strength)
    tree = world.node_tree
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    view = tree.nodes.new("ShaderNodeTexEnvironment")
    view.image = bpy.data.images.load(str(folder / f"{source}.exr"))
    turn, place = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("ShaderNodeTexCoord")
    turn.inputs["Rotation"].default_value = (0, 0, math.radians(rotation))
    light = overhead(view.image)
    grey = float(np.prod(light) ** (1 / 3))
    balance = _blend(tree, "MULTIPLY", tuple((1 - own) / light + own / grey))
    held = _blend(tree, "DARKEN", (most, most, most))
    background = tree.nodes["Background"]
    tree.links.new(place.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs["Vector"], view.inputs["Vector"])
    tree.links.new(view.outputs["Color"], balance.inputs["Color1"])
    tree.links.new(balance.outputs[0], held.inputs["Color1"])
    tree.links.new(held.outputs[0], background.inputs["Color"])
    _seen(tree, background, strength, seen)
    return world


def _blend(tree: Any, kind: str, colour: tuple[float, ...]) -> Any:
    node = tree.nodes.new("ShaderNodeMixRGB")
    node.blend_type = kind
    node.inputs["Fac"].default_value = 1.0
    node.inputs["Color2"].default_value = (*colour, 1)
    return node


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
