"""Procedural materials of rooms and studios: paint, velvet, brass, brick, tile, leaves, acrylic, ceramic, lamps, views.

One unit is about 25 cm. Colours are linear RGB albedos. Every material carries some variation of roughness, tone or
relief, because an even surface is what gives a rendering away. No material's roughness runs across 0.27 (below that the
denoiser is guided by what is mirrored, and a seam shows). A baking tool: it never runs in the product.
"""

from pathlib import Path
from typing import Any

import bpy

from scripts.baking.graph import RGB, Graph


def painted(name: str, colour: RGB, roughness: float = 0.62, depth: float = 0.004) -> Any:
    """Wall or wood paint: rolled grain, faint cloudiness in tone (2 %) and gloss."""
    g = Graph(name, colour, roughness)
    cloud = g.noise(0.7, 2.0)
    g.feed("Base Color", g.mix(g.span(cloud, 0.0, 1.0), tuple(0.975 * c for c in colour), colour))
    g.feed("Roughness", g.span(cloud, roughness - 0.06, roughness + 0.08))
    g.relief(g.noise(70.0, 2.0), depth, 0.35)
    return g.material


def plastered(name: str, colour: RGB, grain: float = 0.012, roughness: float = 0.9) -> Any:
    """Hand-smoothed mineral plaster: broad trowel waves, strokes and fine sand; tone within 4 %."""
    g = Graph(name, colour, roughness)
    wave = g.noise(1.6, 2.0, 0.8)
    g.feed("Base Color", g.mix(g.span(wave, 0.0, 1.0), tuple(0.96 * c for c in colour), colour))
    waves = g.relief(wave, grain * 4.0, 0.5)
    strokes = g.relief(g.noise(7.0, 3.0, 1.2), grain * 1.6, 0.6, waves)
    g.relief(g.noise(110.0, 1.0), grain * 0.5, 0.7, strokes)
    return g.material


def velvet(name: str, colour: RGB) -> Any:
    """Pile fabric: dark face-on, bright at grazing angles, with brushed patches."""
    g = Graph(name, colour, 0.85)
    brushed = g.noise(2.2, 4.0, 1.2)
    g.feed("Base Color", g.mix(g.span(brushed, 0.0, 1.0), tuple(0.55 * c for c in colour), colour))
    g.feed("Sheen Weight", 0.9).feed("Sheen Roughness", 0.35)
    g.feed("Sheen Tint", (*(min(1.0, 1.6 * c + 0.12) for c in colour), 1.0))
    g.relief(g.noise(160.0, 3.0), 0.004, 0.5, g.relief(brushed, 0.02, 0.3))
    return g.material


def weave(name: str, colour: RGB, threads: float = 70.0, depth: float = 0.006) -> Any:
    """Upholstery or linen: crossed threads, slubs, and a little sheen."""
    g = Graph(name, colour, 0.92)
    slub = g.noise(9.0, 6.0, vector=g.place((1.0, 6.0, 1.0)))
    g.feed("Base Color", g.mix(g.span(slub, 0.0, 1.0), tuple(0.8 * c for c in colour), colour))
    g.feed("Sheen Weight", 0.25)
    across = g.node("TexWave", {"Vector": g.place(), "Scale": threads, "Distortion": 1.5}, bands_direction="X")
    along = g.node("TexWave", {"Vector": g.place(), "Scale": threads, "Distortion": 1.5}, bands_direction="Z")
    first = g.relief(across.outputs["Fac"], depth, 0.5)
    g.relief(along.outputs["Fac"], depth, 0.5, first)
    return g.material


def metal(name: str, colour: RGB, roughness: float = 0.25, brushed: float = 1.0) -> Any:
    """Metal with handling marks: brass (0.74, 0.50, 0.22), steel (0.6, 0.6, 0.6), black iron (0.03, 0.03, 0.03)."""
    g = Graph(name, colour, roughness)
    g.feed("Metallic", 1.0)
    smudge = g.noise(5.0, 6.0, vector=g.place((1.0, 1.0, brushed)))
    g.feed("Roughness", g.span(smudge, roughness * 0.8, roughness * 1.25))
    g.relief(g.noise(40.0, 4.0), 0.003, 0.15)
    return g.material


def bricks(name: str, colour: RGB = (0.30, 0.125, 0.075), mortar: RGB = (0.36, 0.33, 0.29), scale: float = 1.0) -> Any:
    """Old brickwork in running bond on a vertical wall seen along y: bricks of 0.9 by 0.27 units."""
    g = Graph(name, colour, 0.88)
    flat = g.node("CombineXYZ")
    parts = g.node("SeparateXYZ", {"Vector": g.place((scale, scale, scale))})
    wobble = g.span(g.noise(3.0, 3.0), -0.02, 0.02)
    g.plug(flat.inputs[0], g.node("Math", {0: parts.outputs["X"], 1: wobble}, operation="ADD").outputs[0])
    g.plug(flat.inputs[1], g.node("Math", {0: parts.outputs["Z"], 1: wobble}, operation="ADD").outputs[0])
    inputs = {"Vector": flat.outputs[0], "Scale": 1.0, "Mortar Size": 0.018, "Mortar Smooth": 0.35, "Bias": -0.1}
    wall = g.node("TexBrick", {**inputs, "Brick Width": 0.9, "Row Height": 0.27}, offset=0.5)
    g.plug(wall.inputs["Color1"], (*colour, 1.0))
    g.plug(wall.inputs["Color2"], (*(0.55 * c + 0.02 for c in colour), 1.0))
    g.plug(wall.inputs["Mortar"], (*mortar, 1.0))
    worn = g.span(g.noise(1.3, 8.0, 0.6), 0.0, 0.35, 0.45, 0.75)
    g.feed("Base Color", g.mix(worn, wall.outputs["Color"], (0.42, 0.36, 0.31)))
    joints = g.node("Math", {0: 1.0, 1: wall.outputs["Fac"]}, operation="SUBTRACT").outputs[0]
    g.relief(g.noise(22.0, 8.0), 0.03, 0.5, g.relief(joints, 0.06, 0.9))
    return g.material


def tiles(name: str, colour: RGB, width: float = 0.42, height: float = 0.42, offset: float = 0.0) -> Any:
    """Hand-made glazed wall tiles on a wall seen along y: each tile of its own tone and tilt, with a wavy glaze."""
    g = Graph(name, colour, 0.12)
    parts = g.node("SeparateXYZ", {"Vector": g.place()})
    flat = g.node("CombineXYZ", {0: parts.outputs["X"], 1: parts.outputs["Z"]})
    inputs = {"Vector": flat.outputs[0], "Scale": 1.0, "Mortar Size": 0.008, "Mortar Smooth": 0.5}
    wall = g.node("TexBrick", {**inputs, "Brick Width": width, "Row Height": height}, offset=offset)
    g.plug(wall.inputs["Color1"], (*colour, 1.0))
    g.plug(wall.inputs["Color2"], (*(0.78 * c for c in colour), 1.0))
    g.plug(wall.inputs["Mortar"], (0.52, 0.50, 0.47, 1.0))
    pool = g.span(g.noise(4.0, 4.0, 0.5), 0.88, 1.0)
    g.feed(
        "Base Color",
        g.mix(1.0, wall.outputs["Color"], g.node("CombineColor", {0: pool, 1: pool, 2: pool}).outputs[0], "MULTIPLY"),
    )
    g.feed("Roughness", g.span(wall.outputs["Fac"], 0.10, 0.85, 0.0, 1.0))
    joints = g.node("Math", {0: 1.0, 1: wall.outputs["Fac"]}, operation="SUBTRACT").outputs[0]
    tilt = g.relief(g.node("SeparateColor", {0: wall.outputs["Color"]}).outputs[0], 0.02, 0.3)
    g.relief(g.noise(3.2, 3.0), 0.05, 0.35, g.relief(joints, 0.02, 1.0, tilt))
    return g.material


def foliage(name: str, colour: RGB = (0.07, 0.16, 0.045)) -> Any:
    """Leaves: waxy, light passes through, each plant mottled."""
    g = Graph(name, colour, 0.42)
    tone = g.noise(3.0, 3.0)
    g.feed("Base Color", g.mix(g.span(tone, 0.0, 1.0), tuple(0.6 * c for c in colour), tuple(1.5 * c for c in colour)))
    glow = g.node("BsdfTranslucent", {"Color": (colour[0] * 2.4, colour[1] * 2.2, colour[2] * 1.2, 1.0)})
    both = g.node("MixShader", {0: 0.3, 1: g.shader.outputs[0], 2: glow.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    return g.material


def sheer(name: str, colour: RGB = (0.8, 0.78, 0.74), through: float = 0.35) -> Any:
    """Sheer curtain: partly open weave, the rest scatters light to both sides."""
    g = Graph(name, colour, 0.95)
    glow = g.node("BsdfTranslucent", {"Color": (*colour, 1.0)})
    cloth = g.node("MixShader", {0: 0.5, 1: g.shader.outputs[0], 2: glow.outputs[0]})
    hole = g.node("BsdfTransparent")
    both = g.node("MixShader", {0: through, 1: cloth.outputs[0], 2: hole.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    return g.material


def pane(name: str = "pane", tint: RGB = (0.97, 0.985, 0.98)) -> Any:
    """Thin glass or tinted film: a mirror by Fresnel over plain transparency; light passes without caustics."""
    g = Graph(name)
    clear = g.node("BsdfTransparent", {"Color": (*tint, 1.0)})
    shine = g.node("BsdfGlossy", {"Roughness": 0.02})
    fresnel = g.node("Fresnel", {"IOR": 1.45})
    both = g.node("MixShader", {0: fresnel.outputs[0], 1: clear.outputs[0], 2: shine.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    return g.material


def acrylic(name: str, colour: RGB, frosted: float = 0.0, shade: float = 0.75) -> Any:
    """Cast acrylic (IOR 1.49), clear or frosted; shadow rays pass tinted instead of casting slow caustics."""
    g = Graph(name, colour, max(0.0, frosted))
    g.feed("Transmission Weight", 1.0).feed("IOR", 1.49)
    passing = g.node("BsdfTransparent", {"Color": (*(shade * c for c in colour), 1.0)})
    ray = g.node("LightPath").outputs["Is Shadow Ray"]
    both = g.node("MixShader", {0: ray, 1: g.shader.outputs[0], 2: passing.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    return g.material


def polished(name: str, colour: RGB, roughness: float = 0.3, tone: float = 0.985) -> Any:
    """Lacquer, varnished floor or polished stone without veins: mirrors at its Fresnel share, gloss a little uneven."""
    g = Graph(name, colour, roughness)
    mark = g.noise(2.4, 3.0, 0.4)
    g.feed("Base Color", g.mix(g.span(mark, 0.0, 1.0), tuple(tone * c for c in colour), colour))
    g.feed("Roughness", g.span(mark, roughness * 0.9, roughness * 1.15)).feed("IOR", 1.5)
    return g.material


def marble(name: str, ground: RGB, vein: RGB, roughness: float = 0.14, scale: float = 1.0) -> Any:
    """Polished marble: clouds, a net of fine veins along a bent grain and a few broad ones, all in one stone."""
    g = Graph(name, ground, roughness)
    where = g.place((scale, 1.6 * scale, scale), (0.3, 0.2, 0.7))
    bend = g.node("Mix", {0: 0.16}, data_type="RGBA")
    g.plug(bend.inputs[6], where)
    g.plug(bend.inputs[7], g.node("TexNoise", {"Vector": where, "Scale": 1.7, "Detail": 5.0}).outputs["Color"])
    cloud = g.noise(1.3, 5.0, 1.0, where)
    fine = g.node("Math", {0: g.noise(2.6, 7.0, 0.6, bend.outputs[2]), 1: 0.5}, operation="SUBTRACT").outputs[0]
    thin = g.span(g.node("Math", {0: fine}, operation="ABSOLUTE").outputs[0], 0.75, 0.0, 0.0, 0.022)
    wide = g.node("Math", {0: g.noise(0.8, 6.0, 1.4, bend.outputs[2]), 1: 0.52}, operation="SUBTRACT").outputs[0]
    broad = g.span(g.node("Math", {0: wide}, operation="ABSOLUTE").outputs[0], 0.85, 0.0, 0.0, 0.05)
    cloudy = g.mix(g.span(cloud, 0.0, 0.35), ground, vein)
    veined = g.mix(g.span(cloud, 0.0, thin, 0.35, 0.6), cloudy, vein)
    g.feed("Base Color", g.mix(broad, veined, vein)).feed("IOR", 1.5)
    return g.material


def oak(name: str, light: RGB, dark: RGB, roughness: float = 0.4) -> Any:
    """Oiled wood with its grain along x: bent year rings, long fibres and pores; every board is cut elsewhere."""
    g = Graph(name, light, roughness)
    shift = g.node("VectorMath", {0: (37.0, 11.0, 23.0), 3: 1.0}, operation="SCALE")
    g.plug(shift.inputs[3], g.node("ObjectInfo").outputs["Random"])
    moved = g.node("VectorMath", {0: g.place((0.35, 3.2, 3.2)), 1: shift.outputs[0]}, operation="ADD").outputs[0]
    rings = g.node("TexWave", {"Vector": moved, "Scale": 1.6, "Distortion": 5.0, "Detail": 2.0, "Detail Scale": 0.8})
    rings.bands_direction, rings.wave_profile = "Y", "SAW"
    fibre = g.noise(
        9.0, 4.0, vector=g.node("VectorMath", {0: moved, 1: (0.6, 6.0, 6.0)}, operation="MULTIPLY").outputs[0]
    )
    tone = g.mix(g.span(rings.outputs["Fac"], 0.0, 0.9, 0.1, 1.0), light, dark)
    worn = g.mix(g.span(fibre, 0.0, 0.6, 0.35, 0.75), tone, dark)
    varied = g.node(
        "HueSaturation", {"Color": worn, "Value": g.span(g.node("ObjectInfo").outputs["Random"], 0.82, 1.15, 0.0, 1.0)}
    )
    g.feed("Base Color", varied.outputs[0])
    g.feed("Roughness", g.span(fibre, roughness * 0.9, roughness * 1.2))
    g.relief(fibre, 0.006, 0.5)
    return g.material


def terrazzo(name: str, colour: RGB, roughness: float = 0.33) -> Any:
    """Quartz or granite worktop: a fine salt of chips, dark and light, in a cloudy ground."""
    g = Graph(name, colour, roughness)
    chips = g.node("TexVoronoi", {"Vector": g.place(), "Scale": 26.0})
    pick = g.node("SeparateColor", {0: chips.outputs["Color"]}).outputs[0]
    inner = g.span(chips.outputs["Distance"], 1.0, 0.0, 0.18, 0.42)
    dark = g.node("Math", {0: g.span(pick, 0.0, 0.7, 0.70, 0.95), 1: inner}, operation="MULTIPLY").outputs[0]
    pale = g.node("Math", {0: g.span(pick, 0.6, 0.0, 0.05, 0.30), 1: inner}, operation="MULTIPLY").outputs[0]
    ground = g.mix(g.span(g.noise(1.1, 2.0), 0.0, 1.0), tuple(0.93 * c for c in colour), colour)
    salted = g.mix(
        pale, g.mix(dark, ground, tuple(0.42 * c for c in colour)), tuple(min(0.8, 1.25 * c) for c in colour)
    )
    g.feed("Base Color", salted).feed("IOR", 1.5)
    return g.material


def milky(name: str, colour: RGB, through: float = 0.4, roughness: float = 0.06) -> Any:
    """Opal acrylic: a polished skin over a body that lets light glow through to the far side without being clear."""
    g = Graph(name, colour, roughness)
    g.feed("Roughness", g.span(g.noise(3.0, 5.0), roughness * 0.8, roughness * 1.5)).feed("IOR", 1.5)
    body = g.node("BsdfTranslucent", {"Color": (*colour, 1.0)})
    both = g.node("MixShader", {0: through, 1: g.shader.outputs[0], 2: body.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    return g.material


def ceramic(name: str, colour: RGB, roughness: float = 0.35, speckle: float = 0.0) -> Any:
    """Stoneware: throwing rings, uneven glaze and, if asked, iron speckles (0 to 1)."""
    g = Graph(name, colour, roughness)
    spots = g.span(g.noise(38.0, 1.0), 0.0, speckle, 0.66, 0.70)
    cloud = g.mix(g.span(g.noise(2.5, 4.0), 0.0, 1.0), tuple(0.88 * c for c in colour), colour)
    g.feed("Base Color", g.mix(spots, cloud, (0.09, 0.06, 0.04)))
    g.feed("Roughness", g.span(g.noise(7.0, 2.0), roughness * 0.9, roughness * 1.1))
    rings = g.node("TexWave", {"Vector": g.place(), "Scale": 7.0, "Distortion": 1.0}, bands_direction="Z")
    g.relief(rings.outputs["Fac"], 0.006, 0.3)
    return g.material


def shade_cloth(name: str, colour: RGB = (0.85, 0.78, 0.66)) -> Any:
    """Lampshade: woven, and glowing when a bulb stands inside."""
    g = Graph(name, colour, 0.95)
    glow = g.node("BsdfTranslucent", {"Color": (*colour, 1.0)})
    both = g.node("MixShader", {0: 0.55, 1: g.shader.outputs[0], 2: glow.outputs[0]})
    g.plug(g.output.inputs[0], both.outputs[0])
    g.relief(g.noise(60.0, 3.0), 0.004, 0.4)
    return g.material


def glow(name: str, colour: RGB, strength: float) -> Any:
    """A luminous surface of radiance colour times strength."""
    g = Graph(name)
    light = g.node("Emission", {"Color": (*colour, 1.0), "Strength": strength})
    g.plug(g.output.inputs[0], light.outputs[0])
    return g.material


def outlook(name: str, world: str, strength: float, left: float, right: float, low: float, high: float) -> Any:
    """A far view: a part of one of Blender's own CC0 panoramas, bounded to 1.6, glowing on a plane in its uv space.

    The part is given in panorama coordinates (0 to 1, v upwards); the plane must carry a uv map.
    """
    g = Graph(name)
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    image = bpy.data.images.load(str(folder / f"{world}.exr"), check_existing=True)
    mapping = g.node("Mapping", {"Vector": g.node("TexCoord").outputs["UV"]})
    mapping.inputs["Location"].default_value = (left, low, 0.0)
    mapping.inputs["Scale"].default_value = (right - left, high - low, 1.0)
    seen = g.node("TexImage", {"Vector": mapping.outputs[0]}, image=image)
    bounded = g.mix(1.0, seen.outputs["Color"], (1.6, 1.6, 1.6), "DARKEN")
    light = g.node("Emission", {"Color": bounded, "Strength": strength})
    g.plug(g.output.inputs[0], light.outputs[0])
    return g.material
