"""Materials of mock-up objects: coated board, labels, foil, aluminium, vinyl, plastic. Procedural, in linear light.

Where a material takes the object's colour, its base colour here is a grey variation of it around 1.
"""

from typing import Any

from scripts.baking.materials import bump, node, noise, place, principled, ramp, remap


def varied(tree: Any, shader: Any, low: float, scale: float) -> None:
    """Let the base colour waver between `low` and 1."""
    value = remap(tree, noise(tree, scale, 5), low, 1.0, 0.3, 0.7)
    joined = node(tree, "CombineColor")
    for channel in range(3):
        tree.links.new(value, joined.inputs[channel])
    tree.links.new(joined.outputs[0], shader.inputs["Base Color"])


def uneven(tree: Any, shader: Any, roughness: float, scale: float) -> None:
    """Let the roughness waver as handling and coating leave it."""
    value = remap(tree, noise(tree, scale, 6), roughness - 0.07, roughness + 0.1, 0.3, 0.7)
    tree.links.new(value, shader.inputs["Roughness"])


def board(name: str, roughness: float = 0.42, coat: float = 0.0, shine: float = 0.4) -> Any:
    """Coated carton: satin, with the board's faint waviness and fibre."""
    material, tree, shader = principled(
        name, (1, 1, 1), roughness, coat_weight=coat, coat_roughness=0.12, specular_ior_level=shine
    )
    uneven(tree, shader, roughness, 9)
    bump(tree, noise(tree, 4, 3), shader, 0.1, 0.02)
    bump(tree, noise(tree, 260, 3), shader, 0.06, 0.002)
    varied(tree, shader, 0.965, 5)
    return material


def paper_stock(name: str, roughness: float = 0.6, grain: float = 0.1) -> Any:
    """Uncoated or matt paper with visible tooth."""
    material, tree, shader = principled(name, (1, 1, 1), roughness, specular_ior_level=0.35)
    bump(tree, noise(tree, 180, 5), shader, grain, 0.002)
    varied(tree, shader, 0.97, 30)
    return material


def printed_foil(name: str, metal: float = 0.35, roughness: float = 0.34) -> Any:
    """Laminated foil or lacquered aluminium: ink over metal, so the colour both scatters and mirrors."""
    material, tree, shader = principled(
        name, (1, 1, 1), roughness, metallic=metal, coat_weight=0.3, coat_roughness=0.15
    )
    uneven(tree, shader, roughness, 6)
    return material


def aluminium(name: str, roughness: float = 0.24) -> Any:
    """Bare rolled aluminium with fine grain."""
    material, tree, shader = principled(name, (0.78, 0.79, 0.8), roughness, metallic=1.0)
    bump(tree, noise(tree, 30, 6, at=place(tree, (1, 14, 1))), shader, 0.04, 0.004)
    return material


def plastic(name: str, colour: tuple[float, float, float], roughness: float = 0.35) -> Any:
    """Moulded plastic with a fine texture and traces of handling."""
    material, tree, shader = principled(name, colour, roughness)
    uneven(tree, shader, roughness, 8)
    bump(tree, noise(tree, 220, 2), shader, 0.04, 0.002)
    return material


def page_edges(name: str, axis: tuple[float, float, float]) -> Any:
    """The cut edge of a block of pages; `axis` counts the sheets."""
    material, tree, shader = principled(name, (0.74, 0.69, 0.6), 0.8)
    sheets = noise(tree, 1.0, 6, at=place(tree, axis))
    tree.links.new(ramp(tree, sheets, (0.3, (0.42, 0.37, 0.3)), (0.7, (0.82, 0.78, 0.7))), shader.inputs["Base Color"])
    bump(tree, sheets, shader, 0.4, 0.004)
    return material


def wood_grain(name: str, along: tuple[float, float, float]) -> Any:
    """Planed wood as a grey variation, for a frame that may take any colour; `along` squeezes the grain's direction."""
    material, tree, shader = principled(name, (1, 1, 1), 0.5)
    rings, pores = noise(tree, 5, 6, 1.2, place(tree, along)), noise(tree, 46, 4, 0.2, place(tree, along))
    grain = node(tree, "Math")
    grain.operation = "MULTIPLY"
    tree.links.new(remap(tree, rings, 0.6, 1.15, 0.3, 0.7), grain.inputs[0])
    tree.links.new(remap(tree, pores, 0.78, 1.05, 0.35, 0.6), grain.inputs[1])
    joined = node(tree, "CombineColor")
    for channel in range(3):
        tree.links.new(grain.outputs[0], joined.inputs[channel])
    tree.links.new(joined.outputs[0], shader.inputs["Base Color"])
    bump(tree, grain.outputs[0], shader, 0.12, 0.004)
    return material
