"""Surfaces of the open air as shader graphs: wet asphalt, stone, weathered wood, sand, concrete, water, leaves, brick.

Every surface carries its own variation of colour, roughness and relief; lengths are product units in object space. This
file makes materials only: it never makes an object, a lamp or a render.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

Colour = tuple[float, float, float]
Socket = Any


class Graph:
    """A material's shader graph, written as nested calls; every call returns an output socket."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add(self, kind: str, out: str | int = 0, **values: Any) -> Socket:
        """A node: lower-case names are its properties, `i0`, `i1` inputs by place, all others inputs by name."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in values.items():
            if name[0] == "i" and name[1:].isdigit():
                self._feed(node.inputs[int(name[1:])], value)
            elif name.islower():
                setattr(node, name, value)
            else:
                self._feed(node.inputs[name.replace("_", " ")], value)
        return node.outputs[out]

    def _feed(self, socket: Socket, value: Any) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and socket.type == "RGBA":
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def place(self, scale: Sequence[float] = (1, 1, 1), turn: float = 0.0) -> Socket:
        """Object coordinates, stretched by `scale` and turned about z by `turn` radians."""
        where = self.add("TexCoord", out="Object")
        return self.add("Mapping", Vector=where, Scale=tuple(scale), Rotation=(0.0, 0.0, turn))

    def noise(
        self, scale: float, detail: float = 6, rough: float = 0.55, warp: float = 0.0, at: Socket = None
    ) -> Socket:
        """Fractal noise 0..1 around 0.5."""
        at = at or self.place()
        return self.add("TexNoise", Vector=at, Scale=scale, Detail=detail, Roughness=rough, Distortion=warp)

    def cells(self, scale: float, feature: str = "F1", out: str = "Distance", at: Socket = None) -> Socket:
        """Voronoi cells: distance, or a random colour for each cell."""
        at = at or self.place()
        return self.add("TexVoronoi", out=out, feature=feature, Vector=at, Scale=scale)

    def ramp(self, value: Socket, *stops: tuple[float, Colour | float]) -> Socket:
        """A colour or grey scale over `value`, linear between the stops."""
        colour = self.add("ValToRGB", Fac=value)
        elements = colour.node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(1.0)
        for element, (position, tone) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*tone, 1.0) if isinstance(tone, tuple) else (tone, tone, tone, 1.0)
        return colour

    def mix(self, share: Socket | float, a: Any, b: Any, blend: str = "MIX") -> Socket:
        """a where `share` is 0, b where it is 1."""
        a, b = (((v,) * 3 if isinstance(v, float | int) else v) for v in (a, b))
        return self.add("MixRGB", blend_type=blend, Fac=share, Color1=a, Color2=b)

    def math(self, operation: str, a: Any, b: Any = 0.0) -> Socket:
        """One arithmetic operation of two numbers."""
        return self.add("Math", operation=operation, i0=a, i1=b)

    def bump(self, height: Socket, strength: float | Socket, distance: float, below: Socket = None) -> Socket:
        """A normal bent by `height` over `distance` units, on top of the normal `below`."""
        values = {"Normal": below} if below else {}
        return self.add("Bump", Height=height, Strength=strength, Distance=distance, **values)

    def shade(self, colour: Any, rough: Any, normal: Socket = None, **values: Any) -> bpy.types.Material:
        """The finished material: one principled surface."""
        if normal:
            values["Normal"] = normal
        surface = self.add("BsdfPrincipled", Base_Color=colour, Roughness=rough, **values)
        return self.end(surface)

    def end(self, surface: Socket) -> bpy.types.Material:
        """The finished material over any closure."""
        self.tree.links.new(surface, self.tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
        return self.material


def asphalt(
    name: str = "asphalt", wet: float = 0.5, tone: float = 0.07, line: float | None = None
) -> bpy.types.Material:
    """Asphalt of pressed chippings; `wet` 0..1 is the share under puddles, the rest is damp. A worn white line runs
    along y at x = `line`."""
    g = Graph(name)
    chips, chip = g.cells(40.0), g.cells(40.0, out="Color")
    grain = g.noise(9.0, 8, 0.7)
    edge = 0.72 - 0.42 * wet
    puddle = g.ramp(g.noise(0.85, 3, 0.5, 0.35), (edge - 0.035, 0.0), (edge + 0.035, 1.0))
    dry = g.math("SUBTRACT", 1.0, puddle)
    shade = g.add("SeparateColor", Color=chip)
    tint = g.mix(shade, tone * 0.6, (tone * 1.5, tone * 1.45, tone * 1.38))
    tint = g.mix(g.ramp(grain, (0.3, 0.0), (0.75, 0.75)), tint, tone * 0.35)
    if line is not None:
        x = g.add("SeparateXYZ", Vector=g.place())
        inside = g.math("LESS_THAN", g.math("ABSOLUTE", g.math("SUBTRACT", x, line)), 0.11)
        worn = g.ramp(g.noise(5.0, 8, 0.75), (0.44, 0.0), (0.6, 0.9))
        tint = g.mix(g.math("MULTIPLY", inside, worn), tint, (0.5, 0.49, 0.45))
    relief = g.math("ADD", g.math("MULTIPLY", chips, -1.0), g.math("MULTIPLY", grain, 0.35))
    normal = g.bump(relief, g.add("Math", operation="MULTIPLY_ADD", i0=dry, i1=1.0, i2=0.015), 0.045)
    swell = g.bump(g.noise(3.0, 2), 0.02, 0.1, normal)
    damp = g.add("Math", operation="MULTIPLY_ADD", i0=grain, i1=0.34, i2=0.1)
    rough = g.add("Math", operation="MULTIPLY_ADD", i0=dry, i1=damp, i2=0.03)
    return g.shade(g.mix(puddle, tint, g.mix(0.55, tint, 0.0)), rough, swell, IOR=1.5)


def stone(name: str, light: Colour, dark: Colour, rough: float = 0.6, relief: float = 0.35) -> bpy.types.Material:
    """Cut natural stone: clouds of two colours, fine grain, pits."""
    g = Graph(name)
    cloud = g.noise(1.3, 10, 0.62, 0.6)
    grain = g.noise(38.0, 4, 0.7)
    pits = g.ramp(g.cells(16.0), (0.03, 0.0), (0.16, 1.0))
    tint = g.mix(g.ramp(cloud, (0.36, 0.0), (0.64, 1.0)), dark, light)
    tint = g.mix(0.35, tint, g.ramp(grain, (0.3, 0.25), (0.7, 0.85)), "OVERLAY")
    tint = g.mix(g.add("Math", operation="MULTIPLY_ADD", i0=pits, i1=-0.5, i2=0.5), tint, tuple(c * 0.4 for c in dark))
    patch = g.ramp(g.noise(4.5, 9, 0.75, 0.4), (0.56, 0.0), (0.62, 0.55))
    tint = g.mix(patch, tint, tuple(0.5 * (c + 0.5) for c in light))
    tint = g.mix(0.45, tint, g.ramp(g.noise(9.0, 6, 0.75), (0.3, 0.22), (0.7, 0.76)), "OVERLAY")
    height = g.math("ADD", g.math("MULTIPLY", grain, 0.3), g.math("MULTIPLY", g.math("ADD", pits, cloud), 0.5))
    spread = g.ramp(cloud, (0.3, max(rough - 0.15, 0.05)), (0.7, min(rough + 0.12, 1.0)))
    return g.shade(tint, spread, g.bump(height, relief, 0.025))


def granite(name: str, tone: Colour, rough: float = 0.42) -> bpy.types.Material:
    """Flamed granite: grains of feldspar, quartz and mica, clouds of damp, a few pits."""
    g = Graph(name)
    warp = g.add("VectorMath", operation="ADD", i0=g.place(), i1=g.mix(0.94, g.noise(9.0, 4), 0.0))
    grain = g.add("SeparateColor", Color=g.cells(40.0, out="Color", at=warp))
    fine = g.add("SeparateColor", Color=g.cells(60.0, out="Color"))
    flow = g.noise(1.2, 8, 0.65, 0.5)
    tint = g.ramp(grain, (0.0, 0.1), (0.16, 0.28), (0.5, 0.5), (0.86, 0.62), (1.0, 0.85))
    tint = g.mix(0.35, tint, fine, "OVERLAY")
    tint = g.mix(1.0, tint, tuple(2.0 * c for c in tone), "MULTIPLY")
    tint = g.mix(0.55, tint, g.ramp(flow, (0.3, 0.22), (0.7, 0.7)), "OVERLAY")
    height = g.math("ADD", g.math("MULTIPLY", grain, 0.3), g.noise(14.0, 7, 0.75))
    return g.shade(tint, g.ramp(flow, (0.35, rough - 0.14), (0.65, rough + 0.12)), g.bump(height, 0.35, 0.015))


def planks(name: str, light: Colour, dark: Colour, rough: float = 0.62) -> bpy.types.Material:
    """Weathered wood with the grain along x; each object takes its own tone and its own piece of the tree."""
    g = Graph(name)
    own = g.add("ObjectInfo", out="Random")
    shift = g.add("CombineXYZ", X=g.math("MULTIPLY", own, 37.0), Y=g.math("MULTIPLY", own, 13.0), Z=own)
    here = g.add("VectorMath", operation="ADD", i0=g.place(), i1=shift)
    rings = g.noise(1.5, 9, 0.65, 1.3, g.add("Mapping", Vector=here, Scale=(0.4, 5.0, 5.0)))
    fibre = g.noise(9.0, 6, 0.72, 0.0, g.add("Mapping", Vector=here, Scale=(0.45, 11.0, 11.0)))
    split = g.noise(2.0, 5, 0.6, 0.6, g.add("Mapping", Vector=here, Scale=(0.35, 9.0, 9.0)))
    knot = g.ramp(g.cells(1.0, at=g.add("Mapping", Vector=here, Scale=(0.9, 2.6, 2.6))), (0.05, 1.0), (0.19, 0.0))
    grey = g.noise(1.3, 6, 0.65, 0.0, here)
    tint = g.mix(g.ramp(rings, (0.38, 0.0), (0.62, 1.0)), dark, light)
    tint = g.mix(g.math("MULTIPLY", own, 0.5), tint, tuple(c * 0.45 for c in light))
    tint = g.mix(g.ramp(grey, (0.42, 0.0), (0.72, 0.5)), tint, (0.3, 0.28, 0.25))
    tint = g.mix(g.math("MULTIPLY", knot, 0.8), tint, tuple(c * 0.5 for c in dark))
    tint = g.mix(0.5, tint, g.ramp(fibre, (0.3, 0.22), (0.7, 0.76)), "OVERLAY")
    whole = g.ramp(split, (0.27, 0.0), (0.34, 1.0))
    tint = g.mix(whole, tuple(c * 0.22 for c in dark), tint)
    height = g.math("ADD", g.math("MULTIPLY", rings, 0.4), g.math("ADD", g.math("MULTIPLY", fibre, 0.5), whole))
    return g.shade(tint, g.ramp(rings, (0.3, rough + 0.14), (0.7, rough - 0.1)), g.bump(height, 0.55, 0.016))


def sand(name: str, light: Colour, dark: Colour, damp: float = 0.0) -> bpy.types.Material:
    """Sand of separate grains; `damp` 0..1 darkens it and makes it shine."""
    g = Graph(name)
    grain = g.cells(95.0, out="Color")
    cloud = g.noise(1.4, 6, 0.6)
    tint = g.mix(g.ramp(cloud, (0.3, 0.0), (0.7, 1.0)), dark, light)
    tint = g.mix(0.42, tint, g.add("SeparateColor", Color=grain), "OVERLAY")
    tint = g.mix(
        g.ramp(g.add("SeparateColor", out=1, Color=grain), (0.9, 0.0), (0.93, 0.6)), tint, g.mix(0.65, tint, 0.03)
    )
    height = g.math("ADD", g.cells(95.0), g.noise(30.0, 4, 0.7))
    wet = tuple(1.0 - 0.5 * damp for _ in range(3))
    return g.shade(g.mix(1.0, tint, wet, "MULTIPLY"), 0.85 - 0.45 * damp, g.bump(height, 0.35, 0.012))


def concrete(
    name: str, tone: Colour = (0.36, 0.35, 0.33), rough: float = 0.75, stains: float = 0.5
) -> bpy.types.Material:
    """Cast concrete: cloudy, stained by water, speckled with sand, with air holes and hairline cracks."""
    g = Graph(name)
    cloud, fine = g.noise(0.9, 8, 0.6, 0.3), g.noise(17.0, 8, 0.78)
    flow = g.noise(2.6, 7, 0.65, 0.5)
    holes = g.ramp(g.cells(8.0), (0.05, 0.0), (0.1, 1.0))
    speck = g.add("SeparateColor", Color=g.cells(55.0, out="Color"))
    crack = g.cells(0.55, "DISTANCE_TO_EDGE", at=g.add("VectorMath", i0=g.place(), i1=g.noise(2.2, 6, 0.6)))
    crack = g.ramp(crack, (0.0, 0.0), (0.004, 1.0))
    tint = g.mix(g.ramp(cloud, (0.3, 0.0), (0.7, 1.0)), tuple(c * (1 - 0.55 * stains) for c in tone), tone)
    tint = g.mix(0.5, tint, g.ramp(flow, (0.32, 0.28), (0.68, 0.7)), "OVERLAY")
    tint = g.mix(0.55, tint, g.ramp(fine, (0.3, 0.25), (0.7, 0.75)), "OVERLAY")
    tint = g.mix(0.3, tint, speck, "OVERLAY")
    sound = g.math("MINIMUM", holes, crack)
    tint = g.mix(sound, tuple(c * 0.4 for c in tone), tint)
    height = g.math("ADD", g.math("MULTIPLY", fine, 0.6), g.math("ADD", sound, g.math("MULTIPLY", flow, 0.5)))
    spread = g.ramp(flow, (0.35, max(rough - 0.25, 0.06)), (0.65, rough))
    return g.shade(tint, spread, g.bump(height, 0.4, 0.02))


def water(name: str, tint: Colour, wave: float = 0.35, length: float = 1.0, rough: float = 0.06) -> bpy.types.Material:
    """Open water: short crested waves that run along y, `length` units from crest to crest."""
    g = Graph(name)
    long = g.noise(0.7 / length, 5, 0.6, 0.4, g.place((0.45, 1.0, 1.0)))
    short = g.noise(4.0 / length, 4, 0.6, 0.2, g.place((0.6, 1.0, 1.0)))
    normal = g.bump(short, wave * 0.5, 0.08 * length, g.bump(long, wave, 0.4 * length))
    return g.shade(tint, rough, normal, IOR=1.33)


def leaf(name: str, light: Colour, dark: Colour, glow: float = 0.45, rough: float = 0.42) -> bpy.types.Material:
    """A leaf: its face attribute `tint` 0..1 picks between dark and light; `glow` is the share that shines through."""
    g = Graph(name)
    tint = g.mix(g.add("Attribute", out="Fac", attribute_name="tint"), dark, light)
    bright = g.mix(1.0, tint, (1.15, 1.3, 0.55), "MULTIPLY")
    surface = g.add("BsdfPrincipled", out=0, Base_Color=tint, Roughness=rough)
    through = g.add("BsdfTranslucent", Color=bright)
    return g.end(g.add("MixShader", Fac=glow, i1=surface, i2=through))


def moss(name: str = "moss") -> bpy.types.Material:
    """Cushions of moss: bright tips, brown hollows; for blades and for the ground under them."""
    g = Graph(name)
    patch = g.noise(2.4, 6, 0.6)
    tips = g.add("Attribute", out="Fac", attribute_name="tint")
    tint = g.mix(tips, (0.035, 0.055, 0.01), (0.34, 0.44, 0.055))
    tint = g.mix(g.ramp(patch, (0.4, 0.0), (0.7, 0.7)), tint, (0.3, 0.26, 0.06))
    surface = g.add("BsdfPrincipled", Base_Color=tint, Roughness=0.8)
    return g.end(g.add("MixShader", Fac=0.3, i1=surface, i2=g.add("BsdfTranslucent", Color=tint)))


def bark(name: str = "bark") -> bpy.types.Material:
    """Rough bark with furrows along x."""
    g = Graph(name)
    furrow = g.cells(
        3.2, "DISTANCE_TO_EDGE", at=g.add("VectorMath", i0=g.place((0.5, 2.2, 2.2)), i1=g.noise(2.0, 6, 0.7))
    )
    fine = g.noise(14.0, 7, 0.7)
    tint = g.mix(g.ramp(furrow, (0.0, 0.0), (0.4, 1.0)), (0.02, 0.014, 0.009), (0.17, 0.125, 0.085))
    tint = g.mix(0.5, tint, g.ramp(fine, (0.3, 0.25), (0.7, 0.75)), "OVERLAY")
    height = g.math("ADD", furrow, g.math("MULTIPLY", fine, 0.3))
    return g.shade(tint, 0.85, g.bump(height, 0.9, 0.08))


def brick(name: str, tone: Colour, length: float = 1.0) -> bpy.types.Material:
    """A brick wall that stands along x or y, bricks `length` units long."""
    g = Graph(name)
    x, y, z = (g.add("SeparateXYZ", out=i, Vector=g.place()) for i in range(3))
    at = g.add("CombineXYZ", X=g.math("ADD", x, y), Y=z, Z=0.0)
    dark = tuple(c * 0.55 for c in tone)
    wall = g.add("TexBrick", Vector=at, Color1=tone, Color2=dark, Mortar=(0.4, 0.38, 0.35), Scale=1.0 / length)
    wall.node.inputs["Brick Width"].default_value = 1.0
    wall.node.inputs["Row Height"].default_value = 0.33
    tint = g.mix(0.5, wall, g.ramp(g.noise(1.2, 8), (0.3, 0.3), (0.7, 0.7)), "OVERLAY")
    return g.shade(tint, 0.85, g.bump(g.noise(6.0, 6), 0.5, 0.05))


def plain(name: str, tone: Colour, rough: float = 0.6, metal: float = 0.0) -> bpy.types.Material:
    """Paint, plaster or metal with clouds and rubbed roughness: for things out of focus."""
    g = Graph(name)
    cloud = g.noise(1.1, 8, 0.65)
    tint = g.mix(0.4, tone, g.ramp(cloud, (0.3, 0.3), (0.7, 0.68)), "OVERLAY")
    spread = g.ramp(g.noise(4.0, 6), (0.35, max(rough - 0.12, 0.04)), (0.65, min(rough + 0.1, 1.0)))
    return g.shade(tint, spread, g.bump(cloud, 0.1, 0.02), Metallic=metal)


def glow(name: str, strength: float = 1.0) -> bpy.types.Material:
    """Light of the face attribute `glow` (linear RGB); adds to what stands behind it, so a disc looks like a lens's."""
    g = Graph(name)
    colour = g.add("Attribute", out="Color", attribute_name="glow")
    shine = g.add("Emission", Color=colour, Strength=strength)
    return g.end(g.add("AddShader", i0=shine, i1=g.add("BsdfTransparent")))


def lamp(name: str, strength: float = 1.0) -> bpy.types.Material:
    """Opaque light of the face attribute `glow` (linear RGB): windows, tubes, screens."""
    g = Graph(name)
    return g.end(g.add("Emission", Color=g.add("Attribute", out="Color", attribute_name="glow"), Strength=strength))
