"""How a mock-up object's materials answer two questions at once: the red channel sees them black, the green white.

Never lights or renders anything; never imported by the product.
"""

import bpy

from scripts.baking.print_areas import ObjectSpec

WHITE = 0.8  # reflectance that a printed white stands for


def prepare_materials(spec: ObjectSpec) -> None:
    """Body colours become black in red and white in green; fixed colours leave their hue in the AOV "tint"."""
    for stuff in bpy.data.materials:
        if not stuff.use_nodes or stuff.name == "unseen ground":
            continue
        for node in [n for n in stuff.node_tree.nodes if n.type == "BSDF_PRINCIPLED"]:
            split_colour(stuff.node_tree, node, is_body=stuff.name in spec.body)
    for name in spec.printed:
        for stuff in {slot.material for slot in bpy.data.objects[name].material_slots if slot.material}:
            sheet_pass(stuff.node_tree)


def split_colour(tree: bpy.types.NodeTree, node: bpy.types.Node, *, is_body: bool) -> None:
    """Base colour -> (0, 0.8 value, 0); of a fixed material the hue goes to the tint pass."""
    socket = node.inputs["Base Color"]
    nodes, links = tree.nodes, tree.links
    apart, joined = nodes.new("ShaderNodeSeparateColor"), nodes.new("ShaderNodeCombineColor")
    apart.mode = "HSV"
    if socket.is_linked:
        links.new(socket.links[0].from_socket, apart.inputs[0])
    else:
        apart.inputs[0].default_value = socket.default_value
    scale = nodes.new("ShaderNodeMath")
    scale.operation, scale.inputs[1].default_value = "MULTIPLY", WHITE if is_body else 1.0
    links.new(apart.outputs[2], scale.inputs[0])
    links.new(scale.outputs[0], joined.inputs[1])
    links.new(joined.outputs[0], socket)
    if is_body:
        return
    hue = nodes.new("ShaderNodeCombineColor")
    hue.mode, hue.inputs[2].default_value = "HSV", 1.0
    links.new(apart.outputs[0], hue.inputs[0])
    links.new(apart.outputs[1], hue.inputs[1])
    emit_pass(tree, "tint", hue.outputs[0])
    emit_pass(tree, "fixed", None)


def emit_pass(tree: bpy.types.NodeTree, name: str, colour: bpy.types.NodeSocket | None) -> None:
    node = tree.nodes.new("ShaderNodeOutputAOV")
    node.aov_name = name
    if colour is None:
        node.inputs["Color"].default_value = (1, 1, 1, 1)
    else:
        tree.links.new(colour, node.inputs["Color"])


def sheet_pass(tree: bpy.types.NodeTree) -> None:
    """(u, v, 1) inside the print sheet, nothing outside of it."""
    nodes, links = tree.nodes, tree.links
    place, parts, joined = (nodes.new(f"ShaderNode{kind}") for kind in ("UVMap", "SeparateXYZ", "CombineColor"))
    place.uv_map = "print"
    links.new(place.outputs[0], parts.inputs[0])
    inside = None
    for axis in (0, 1):
        near = nodes.new("ShaderNodeMath")
        near.operation, near.inputs[1].default_value, near.inputs[2].default_value = "COMPARE", 0.5, 0.5
        links.new(parts.outputs[axis], near.inputs[0])
        inside = near.outputs[0] if inside is None else product(tree, inside, near.outputs[0])
    for axis in (0, 1):
        links.new(product(tree, parts.outputs[axis], inside), joined.inputs[axis])
    links.new(inside, joined.inputs[2])
    emit_pass(tree, "sheet", joined.outputs[0])


def product(tree: bpy.types.NodeTree, left: bpy.types.NodeSocket, right: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = "MULTIPLY"
    tree.links.new(left, node.inputs[0])
    tree.links.new(right, node.inputs[1])
    return node.outputs[0]
