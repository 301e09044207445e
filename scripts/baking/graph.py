"""A material under construction: nodes are made, linked and fed to a Principled shader in one line each.

Colours are linear RGB. Knows no material of its own. A baking tool: it never runs in the product.
"""

from typing import Any

import bpy

RGB = tuple[float, float, float]


class Graph:
    """A material under construction: a Principled shader and the nodes that feed it."""

    def __init__(self, name: str, colour: RGB = (0.5, 0.5, 0.5), roughness: float = 0.5) -> None:
        """Start material `name` with a linear base colour and a roughness of 0 to 1."""
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.output = self.tree.nodes["Material Output"]
        self.feed("Base Color", (*colour, 1.0))
        self.feed("Roughness", roughness)

    def feed(self, name: str, value: Any) -> "Graph":
        """Give input `name` of the shader a number, a colour or the socket of another node."""
        self.plug(self.shader.inputs[name], value)
        return self

    def plug(self, socket: Any, value: Any) -> None:
        """Link `value` to `socket` if it is an output, else store it as the socket's own value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def node(self, kind: str, inputs: dict[Any, Any] | None = None, **settings: Any) -> Any:
        """A new node of type `kind` with settings and inputs (by name or number)."""
        made = self.tree.nodes.new(f"ShaderNode{kind}")
        for key, value in settings.items():
            setattr(made, key, value)
        for key, value in (inputs or {}).items():
            self.plug(made.inputs[key], value)
        return made

    def place(self, scale: tuple[float, float, float] = (1.0, 1.0, 1.0), turn: RGB = (0.0, 0.0, 0.0)) -> Any:
        """Object coordinates, stretched and turned: one texture space per object, in units."""
        mapping = self.node("Mapping", {"Vector": self.node("TexCoord").outputs["Object"], "Scale": scale})
        mapping.inputs["Rotation"].default_value = turn
        return mapping.outputs["Vector"]

    def noise(self, scale: float, detail: float = 4.0, distortion: float = 0.0, vector: Any = None) -> Any:
        """Fractal noise of 0 to 1; `scale` is the number of blotches a unit."""
        where = vector if vector is not None else self.place()
        inputs = {"Vector": where, "Scale": scale, "Detail": detail, "Distortion": distortion}
        return self.node("TexNoise", inputs).outputs["Fac"]

    def ramp(self, factor: Any, *stops: tuple[float, RGB]) -> Any:
        """Colour of `factor` by linear stops (position, colour)."""
        made = self.node("ValToRGB", {"Fac": factor})
        elements = made.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position, element.color = position, (*colour, 1.0)
        return made.outputs["Color"]

    def span(self, factor: Any, low: float, high: float, start: float = 0.15, end: float = 0.85) -> Any:
        """A number that runs from `low` to `high` while `factor` runs from `start` to `end`."""
        inputs = {"Value": factor, "From Min": start, "From Max": end, "To Min": low, "To Max": high}
        return self.node("MapRange", inputs).outputs["Result"]

    def mix(self, factor: Any, first: Any, second: Any, how: str = "MIX") -> Any:
        """Two colours mixed by `factor`, or combined by the blend mode `how`."""
        made = self.node("Mix", data_type="RGBA", blend_type=how)
        for socket, value in zip(
            (made.inputs[0], made.inputs[6], made.inputs[7]), (factor, first, second), strict=True
        ):
            self.plug(socket, (*value, 1.0) if isinstance(value, tuple) and len(value) == 3 else value)
        return made.outputs[2]

    def relief(self, height: Any, depth: float, strength: float = 1.0, normal: Any = None) -> Any:
        """Make `height` (0 to 1) a bump of `depth` units; answers the normal, to put another bump upon."""
        made = self.node("Bump", {"Height": height, "Distance": depth, "Strength": strength})
        if normal is not None:
            self.plug(made.inputs["Normal"], normal)
        self.feed("Normal", made.outputs["Normal"])
        return made.outputs["Normal"]
