"""More surfaces to put products on: concrete, linen, sand and water. Never textures from files."""

from typing import Any

from scripts.baking.materials import (
    Triple,
    bump,
    cells,
    grey,
    mix,
    noise,
    place,
    principled,
    ramp,
    reckon,
    remap,
)


def concrete(
    name: str, tone: float = 0.36, roughness: float = 0.62, pits: float = 1.0, tint: Triple = (1.0, 0.99, 0.965)
) -> Any:
    """Cast concrete: cloudy greys, faint tide marks, air holes and fine grit."""
    material, tree, shader = principled(name, (tone, tone, tone), roughness)
    cloud = noise(tree, 0.9, 8, 0.5, place(tree, warp=0.3, around=1.1), 0.62)
    warm, even, cool = (tuple(tone * share * each for each in tint) for share in (1.16, 1.0, 0.80))
    ground = ramp(tree, cloud, (0.30, cool), (0.52, even), (0.72, warm))
    grit = noise(tree, 130, 2)
    gritty = mix(tree, 0.16, ground, ramp(tree, grit, (0.3, (0.1, 0.1, 0.1)), (0.7, (0.9, 0.9, 0.9))), "OVERLAY")
    where = remap(tree, noise(tree, 2.2, 2), 0, 1, 0.45, 0.7)
    hole = reckon(
        tree, "MULTIPLY", remap(tree, cells(tree, 17, place(tree, warp=0.03, around=30)), 1, 0, 0.05, 0.12), where
    )
    small = remap(tree, cells(tree, 60), 1, 0, 0.08, 0.16)
    pit = reckon(tree, "MULTIPLY", reckon(tree, "MAXIMUM", hole, reckon(tree, "MULTIPLY", small, 0.35)), pits)
    dark = tuple(tone * 0.42 for _ in range(3))
    tree.links.new(mix(tree, reckon(tree, "MULTIPLY", pit, 0.75), gritty, dark), shader.inputs["Base Color"])
    bump(tree, noise(tree, 5, 6, 0.4, rough=0.6), shader, 0.12, 0.03)
    bump(tree, grit, shader, 0.12, 0.004)
    bump(tree, reckon(tree, "SUBTRACT", 1.0, pit), shader, 0.7, 0.012)
    tree.links.new(remap(tree, cloud, roughness * 0.8, roughness * 1.2, 0.35, 0.65), shader.inputs["Roughness"])
    return material


def linen(name: str, colour: Triple, threads: float = 95.0) -> Any:
    """Washed linen: a plain weave of slubby threads over the UV map (one UV unit is one product unit), a soft sheen."""
    material, tree, shader = principled(name, colour, 0.9)
    shader.inputs["Sheen Weight"].default_value, shader.inputs["Sheen Roughness"].default_value = 0.25, 0.5

    def thread(direction: str, stretch: Triple) -> Any:
        wave = tree.nodes.new("ShaderNodeTexWave")
        wave.wave_type, wave.bands_direction, wave.wave_profile = "BANDS", direction, "SIN"
        wave.inputs["Scale"].default_value = threads / 6.2832 * 2
        wave.inputs["Distortion"].default_value = 1.6
        wave.inputs["Detail"].default_value, wave.inputs["Detail Scale"].default_value = 1.0, 0.6
        tree.links.new(place(tree, space="UV"), wave.inputs["Vector"])
        slub = noise(tree, 1.0, 2, 0, place(tree, stretch, space="UV"))
        return wave.outputs["Fac"], slub

    warp, warp_slub = thread("X", (threads, 2.5, 1))
    weft, weft_slub = thread("Y", (2.5, threads, 1))
    weave = reckon(tree, "ADD", reckon(tree, "MULTIPLY", warp, weft_slub), reckon(tree, "MULTIPLY", weft, warp_slub))
    dark, light = (tuple(min(0.9, c * s) for c in colour) for s in (0.74, 1.10))
    slubs = reckon(tree, "ADD", reckon(tree, "MULTIPLY", warp_slub, 0.5), reckon(tree, "MULTIPLY", weft_slub, 0.5))
    tone = reckon(tree, "ADD", reckon(tree, "MULTIPLY", weave, 0.45), reckon(tree, "MULTIPLY", slubs, 0.6))
    tree.links.new(ramp(tree, tone, (0.25, dark), (0.8, light)), shader.inputs["Base Color"])
    bump(tree, weave, shader, 0.45, 0.006)
    return material


def sand(name: str, light: Triple = (0.66, 0.53, 0.40), dark: Triple = (0.46, 0.345, 0.235)) -> Any:
    """Fine dry sand: grains of several colours, some dark, some glinting pale."""
    material, tree, shader = principled(name, light, 0.85)
    shader.inputs["Specular IOR Level"].default_value = 0.3
    cloud = noise(tree, 1.4, 6, 0.3)
    grain = cells(tree, 300, output="Color")
    speck = reckon(tree, "ADD", reckon(tree, "MULTIPLY", grain, 0.55), reckon(tree, "MULTIPLY", cloud, 0.5))
    ground = ramp(
        tree, speck, (0.22, dark), (0.55, tuple((a + b) / 2 for a, b in zip(light, dark, strict=True))), (0.85, light)
    )
    odd = remap(tree, cells(tree, 190, output="Color"), 0, 1, 0.82, 0.95)
    tree.links.new(
        mix(tree, reckon(tree, "MULTIPLY", odd, 0.4), ground, (0.20, 0.14, 0.09)), shader.inputs["Base Color"]
    )
    bump(tree, noise(tree, 26, 4, rough=0.6), shader, 0.25, 0.012)
    bump(tree, cells(tree, 300), shader, 0.45, 0.004)
    return material


def water(name: str, colour: Triple, ripple: float = 1.0) -> Any:
    """A film of water over a pale floor: a mirror under rings that spread from the origin, and a breath of wind."""
    material, tree, shader = principled(name, colour, 0.025, ior=1.45)
    rings = tree.nodes.new("ShaderNodeTexWave")
    rings.wave_type, rings.rings_direction, rings.wave_profile = "RINGS", "SPHERICAL", "SIN"
    rings.inputs["Scale"].default_value, rings.inputs["Distortion"].default_value = 1.75, 1.3
    rings.inputs["Detail"].default_value, rings.inputs["Detail Scale"].default_value = 1.0, 0.8
    tree.links.new(place(tree, (1, 1, 0)), rings.inputs["Vector"])
    length = tree.nodes.new("ShaderNodeVectorMath")
    length.operation = "LENGTH"
    tree.links.new(place(tree, (1, 1, 0)), length.inputs[0])
    fade = remap(tree, length.outputs["Value"], 1.0, 0.05, 0.12, 2.1)
    height = reckon(tree, "MULTIPLY", rings.outputs["Fac"], fade)
    bump(tree, height, shader, 0.22 * ripple, 0.035)
    bump(tree, noise(tree, 2.1, 3, 0.4, place(tree, (1, 1.6, 1), 12)), shader, 0.16 * ripple, 0.06)
    floor = noise(tree, 1.2, 4, 0.5)
    dark, light = (tuple(c * s for c in colour) for s in (0.9, 1.06))
    tree.links.new(ramp(tree, floor, (0.3, dark), (0.7, light)), shader.inputs["Base Color"])
    return material


def dapple(name: str, scale: float = 2.4) -> Any:
    """A filter to hang into the sun: lets it through as light bent by water falls, in a net of bright lines."""
    material, tree, shader = principled(name, (1, 1, 1))
    tree.nodes.remove(shader)
    nets = []
    for size, warp in ((1.0, 0.32), (1.7, 0.25)):
        edge = cells(tree, scale * size, place(tree, warp=warp, around=scale * 0.8), feature="DISTANCE_TO_EDGE")
        nets.append(reckon(tree, "POWER", remap(tree, edge, 1, 0, 0, 0.34 / size), 3.5))
    net = reckon(tree, "ADD", reckon(tree, "MULTIPLY", nets[0], 0.75), reckon(tree, "MULTIPLY", nets[1], 0.4))
    through = remap(tree, net, 0.42, 1.0, 0.0, 1.0)
    glass = tree.nodes.new("ShaderNodeBsdfTransparent")
    tree.links.new(grey(tree, through), glass.inputs["Color"])
    tree.links.new(glass.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material
