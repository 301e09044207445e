"""The framed print: a mitred wood frame with a bevel-cut passe-partout behind glass that catches a window."""

from typing import Any

import bpy
import numpy as np

from scripts.baking.materials import bump, node, noise, principled
from scripts.baking.materials_objects import paper_stock, wood_grain
from scripts.baking.object_shapes import built, sheet
from scripts.baking.print_areas import ObjectSpec, PrintArea

OUTER, BAR, DEEP = (0.8, 1.06), 0.042, 0.06
WINDOW = (0.49, 0.70)


def bar(across: float, along: str, sign: int) -> None:
    """One mitred moulding: a rounded section swept along its side of the frame."""
    profile = [(0, 0), (0, DEEP - 0.006), (0.002, DEEP - 0.0015), (0.006, DEEP), (BAR - 0.006, DEEP - 0.002)]
    profile += [(BAR - 0.0015, DEEP - 0.0035), (BAR, DEEP - 0.008), (BAR, 0.012)]
    wide, high = (side / 2 for side in OUTER)
    ends = []
    for side in (-1, 1):
        if along == "y":
            ends.append([(sign * (wide - p), side * (high - p), z) for p, z in profile])
        else:
            ends.append([(side * (wide - p), sign * (high - p), z) for p, z in profile])
    count = len(profile)
    faces = [(i, i + 1, count + i + 1, count + i) for i in range(count - 1)]
    stretch = (14, 0.7, 14) if along == "y" else (0.7, 14, 14)
    name = f"wood {along}"
    stuff = bpy.data.materials.get(name) or wood_grain(name, stretch)
    thing = built(f"bar {along}{sign}", np.asarray(ends).reshape(-1, 3), faces, None, stuff)
    for polygon in thing.data.polygons:
        polygon.use_smooth = False
    thing.location = (0, 0, across)


def mount() -> None:
    """The passe-partout with its white bevel around the window."""
    card, tree, shader = principled("mount", (0.84, 0.83, 0.81), 0.85)
    bump(tree, noise(tree, 220, 4), shader, 0.08, 0.002)
    core, _, _ = principled("core", (0.9, 0.9, 0.89), 0.8)
    (ow, oh), (iw, ih) = ((side / 2 - BAR * 0.7 for side in OUTER), (side / 2 for side in WINDOW))
    for name, (aw, ah, az), (bw, bh, bz), stuff in (
        ("mount", (ow, oh, 0.018), (iw + 0.007, ih + 0.007, 0.018), card),
        ("bevel", (iw + 0.007, ih + 0.007, 0.018), (iw, ih, 0.011), core),
    ):
        rings = [[(-w, -h, z), (w, -h, z), (w, h, z), (-w, h, z)] for w, h, z in ((aw, ah, az), (bw, bh, bz))]
        faces = [(i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i) for i in range(4)]
        thing = built(name, np.asarray(rings).reshape(-1, 3), faces, None, stuff)
        for polygon in thing.data.polygons:
            polygon.use_smooth = False


def glazing() -> None:
    """A pane that is clear but for Fresnel's share of gloss, and the window it shows, high above to the left."""
    pane = bpy.data.materials.new("pane")
    pane.use_nodes = True
    tree = pane.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    share, mix = node(tree, "Fresnel", IOR=1.45), node(tree, "MixShader")
    clear, gloss = node(tree, "BsdfTransparent"), node(tree, "BsdfGlossy")
    gloss.inputs["Roughness"].default_value = 0.03
    for source, target in ((share.outputs[0], 0), (clear.outputs[0], 1), (gloss.outputs[0], 2)):
        tree.links.new(source, mix.inputs[target])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    half = [side / 2 - BAR * 0.8 for side in OUTER]
    corners = np.array([(x * half[0], y * half[1], 0.027) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    built("pane", corners, [(0, 1, 2, 3)], None, pane).visible_shadow = False
    for number, x in enumerate((-1.32, -0.74)):
        lamp = bpy.data.lights.new("window", "AREA")
        lamp.shape, lamp.size, lamp.size_y, lamp.energy = "RECTANGLE", 0.46, 3.4, 28
        thing = bpy.data.objects.new(f"window {number}", lamp)
        thing.location, thing.rotation_euler, thing.lightgroup = (x, 0.5, 9.0), (0, 0, -0.32), "fill"
        bpy.context.scene.collection.objects.link(thing)


def build(bench: Any) -> ObjectSpec:
    for sign in (-1, 1):
        bar(0.0, "x", sign)
        bar(0.0, "y", sign)
    mount()
    glazing()
    paper = paper_stock("picture", 0.6)
    picture = sheet("picture", WINDOW, lambda x, y: np.stack([x, y, np.full_like(x, 0.008)], -1), paper, cells=(4, 4))
    picture.scale = (1.03, 1.03, 1)
    return ObjectSpec(
        id="object-framed-print",
        title="Framed print",
        keywords=("framed-print", "framed print", "frame", "framed", "picture frame", "gallery", "canvas", "rahmen"),
        pose="hanging",
        body=("wood x", "wood y", "picture"),
        printed=("picture",),
        sheet=WINDOW,
        areas=(
            PrintArea("front", (0.0, 0.0, 1.0, 1.0)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#c19a6b",
        material="oak",
        stock=(0.9, 0.89, 0.87),
        stages=("plaster-top", "linen-top"),
        effects=("print", "foil", "emboss"),
    )
