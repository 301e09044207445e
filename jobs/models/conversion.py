"""Turns a small ncnn network (.param + .bin) into an ONNX file, weight for weight.

Covers exactly the layers of SPAN and of waifu2x upconv_7. It never guesses: an unknown layer, an unknown weight
encoding or a byte of the .bin that no layer asked for is a ConversionError. The same input gives the same bytes every
time, so the result can be pinned by sha256. `onnx` is imported only while converting, never to run a network.

Source of the format: ncnn's wiki pages "param and model file structure" and "operation param weight table".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

Floats = NDArray[np.float32]

HALF_PRECISION = 0x01306B47
SINGLE_PRECISION = (0, 0x0002C056)
ARRAY_KEY = -23300
ARITHMETIC = {0: "Add", 1: "Sub", 2: "Mul", 3: "Div"}
OPSET, IR_VERSION = 17, 8


class ConversionError(ValueError):
    """The network holds something this converter does not know."""


class Weights:
    """Reads an ncnn .bin front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, dtype: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self._at + size > len(self._data):
            raise ConversionError("the weights end before the layers do")
        values = np.frombuffer(self._data, dtype, count, self._at)
        self._at += size
        return values

    def plain(self, count: int) -> Floats:
        """`count` float32 values."""
        return self._take("<f4", count).astype(np.float32)

    def tagged(self, count: int) -> Floats:
        """`count` values behind a four-byte tag that names their encoding; half precision is widened."""
        tag = int(self._take("<u4", 1)[0])
        if tag == HALF_PRECISION:
            values = self._take("<f2", count).astype(np.float32)
            self._at += -2 * count % 4
            return values
        if tag in SINGLE_PRECISION:
            return self.plain(count)
        raise ConversionError(f"weight encoding {tag:#x} is not known")

    def left(self) -> int:
        """Bytes that nobody has read yet."""
        return len(self._data) - self._at


@dataclass(frozen=True)
class Layer:
    """One line of a .param file; `numbers` are its key=value pairs, `arrays` those with a negative key."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: dict[int, float]
    arrays: dict[int, tuple[float, ...]]

    def integer(self, key: int, default: int = 0) -> int:
        return int(self.numbers.get(key, default))


@dataclass
class Graph:
    """The ONNX nodes and constants collected so far; `alias` maps the outputs of Split layers to their source."""

    weights: Weights
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    alias: dict[str, str] = field(default_factory=dict)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"{output}_{operator}", **attributes))
        return output

    def sources(self, layer: Layer) -> list[str]:
        return [self.alias.get(name, name) for name in layer.inputs]


def parse_layer(line: str) -> Layer:
    """One line of a .param file, e.g. `Convolution conv1 1 1 in out 0=16 1=3 -23310=1,0.1`."""
    words = line.split()
    if len(words) < 4 or not (words[2].isdecimal() and words[3].isdecimal()):
        raise ConversionError(f"not a layer: {line[:80]!r}")
    ins, outs = int(words[2]), int(words[3])
    numbers: dict[int, float] = {}
    arrays: dict[int, tuple[float, ...]] = {}
    for pair in words[4 + ins + outs :]:
        key, _, value = pair.partition("=")
        if int(key) <= ARRAY_KEY:
            arrays[ARRAY_KEY - int(key)] = tuple(float(v) for v in value.split(",")[1:])
        else:
            numbers[int(key)] = float(value)
    return Layer(words[0], words[1], tuple(words[4 : 4 + ins]), tuple(words[4 + ins : 4 + ins + outs]), numbers, arrays)


def _activation(graph: Graph, layer: Layer, source: str) -> None:
    kind = layer.integer(9)
    if kind == 1:
        graph.add("Relu", [source], layer.outputs[0])
    elif kind == 2:
        graph.add("LeakyRelu", [source], layer.outputs[0], alpha=layer.arrays[10][0])
    else:
        raise ConversionError(f"activation {kind} of {layer.name} is not known")


def _convolution(graph: Graph, layer: Layer) -> None:
    turned = layer.kind == "Deconvolution"
    outputs, kernel, count = layer.integer(0), layer.integer(1), layer.integer(6)
    weights = graph.weights.tagged(count).reshape(outputs, count // (outputs * kernel * kernel), kernel, kernel)
    bias = graph.weights.plain(outputs) if layer.integer(5) else np.zeros(outputs, np.float32)
    inputs = [
        *graph.sources(layer),
        graph.constant(f"{layer.name}_w", weights.transpose(1, 0, 2, 3) if turned else weights),
        graph.constant(f"{layer.name}_b", bias),
    ]
    activated = bool(layer.integer(9))
    raw = layer.outputs[0] + "_raw" if activated else layer.outputs[0]
    stride, pad = layer.integer(3, 1), layer.integer(4)
    operator = "ConvTranspose" if turned else "Conv"
    graph.add(operator, inputs, raw, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
    if activated:
        _activation(graph, layer, raw)


def _memory(graph: Graph, layer: Layer) -> None:
    width, height, channels = (max(1, layer.integer(key)) for key in (0, 1, 2))
    graph.constant(layer.outputs[0], graph.weights.plain(width * height * channels).reshape(1, channels, height, width))


def _arithmetic(graph: Graph, layer: Layer) -> None:
    output, inputs = layer.outputs[0], graph.sources(layer)
    if layer.integer(1):
        inputs = [*inputs, graph.constant(f"{output}_c", np.array(layer.numbers.get(2, 0.0), np.float32))]
    graph.add(ARITHMETIC[layer.integer(0)], inputs, output)


def _swish(graph: Graph, layer: Layer) -> None:
    source, output = graph.sources(layer)[0], layer.outputs[0]
    graph.add("Mul", [source, graph.add("Sigmoid", [source], f"{output}_gate")], output)


def _split(graph: Graph, layer: Layer) -> None:
    source = graph.sources(layer)[0]
    graph.alias.update(dict.fromkeys(layer.outputs, source))


LAYERS: dict[str, Callable[[Graph, Layer], object]] = {
    "Input": lambda graph, layer: None,
    "MemoryData": _memory,
    "Convolution": _convolution,
    "Deconvolution": _convolution,
    "BinaryOp": _arithmetic,
    "Swish": _swish,
    "Split": _split,
    "Sigmoid": lambda graph, layer: graph.add("Sigmoid", graph.sources(layer), layer.outputs[0]),
    "Concat": lambda graph, layer: graph.add("Concat", graph.sources(layer), layer.outputs[0], axis=1),
    "PixelShuffle": lambda graph, layer: graph.add(
        "DepthToSpace", graph.sources(layer), layer.outputs[0], blocksize=layer.integer(0), mode="CRD"
    ),
}


def convert(param: str, weights: bytes) -> bytes:
    """The ONNX file of an ncnn network: NCHW float32, three channels in and out, any height and width.

    Raises ConversionError when a layer, activation or encoding is unknown, or when weights are missing or left over.
    """
    import onnx
    from onnx import TensorProto, helper

    layers = [parse_layer(line) for line in param.splitlines()[2:] if line.strip()]
    if not layers or layers[0].kind != "Input":
        raise ConversionError("the first layer is not an Input")
    graph = Graph(Weights(weights))
    for layer in layers:
        if layer.kind not in LAYERS:
            raise ConversionError(f"layer kind {layer.kind} is not known")
        LAYERS[layer.kind](graph, layer)
    if graph.weights.left():
        raise ConversionError(f"{graph.weights.left()} bytes of weights belong to no layer")
    ends = (layers[0].outputs[0], "h", "w"), (layers[-1].outputs[0], "H", "W")
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, h, w]) for name, h, w in ends]
    whole = helper.make_graph(graph.nodes, "ncnn", values[:1], values[1:], graph.constants)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
