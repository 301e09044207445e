"""The ncnn converter on small made-up networks: exact values, and refusal of everything it does not know."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from jobs.models.conversion import HALF_PRECISION, ConversionError, convert, parse_layer

HEAD = "7767517\n2 2\n"
INPUT = "Input in 0 1 data\n"


def tagged_half(values: np.ndarray) -> bytes:
    body = values.astype("<f2").tobytes()
    return np.uint32(HALF_PRECISION).tobytes() + body + b"\0" * (-len(body) % 4)


def run(model: bytes, picture: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: picture})[0]


def test_a_half_precision_convolution_with_bias_and_leaky_activation_gives_the_exact_values():
    identity = np.zeros((3, 3, 1, 1))
    identity[[0, 1, 2], [0, 1, 2]] = -1
    param = HEAD + INPUT + "Convolution c 1 1 data out 0=3 1=1 5=1 6=9 9=2 -23310=1,0.5\n"
    weights = tagged_half(identity.ravel()) + np.array([0, 2, 0], "<f4").tobytes()
    picture = np.random.default_rng(1).uniform(0, 1, (1, 3, 4, 5)).astype(np.float32)
    raw = -picture + np.array([0, 2, 0], np.float32).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(run(convert(param, weights), picture), np.where(raw > 0, raw, raw * 0.5), atol=1e-6)


def test_split_swish_and_arithmetic_follow_the_graph():
    param = (
        HEAD + INPUT + "Split s 1 2 data a b\nSwish w 1 1 a sw\nBinaryOp k 1 1 b twice 0=2 1=1 2=2.0e+00\n"
        "BinaryOp p 2 1 sw twice out 0=0\n"
    )
    picture = np.linspace(-2, 2, 12, dtype=np.float32).reshape(1, 3, 2, 2)
    expected = picture / (1 + np.exp(-picture)) + 2 * picture
    np.testing.assert_allclose(run(convert(param, b""), picture), expected, rtol=1e-5, atol=1e-6)


def test_pixel_shuffle_orders_channels_as_ncnn_does():
    param = HEAD + INPUT + "Convolution c 1 1 data many 0=12 1=1 6=36\nPixelShuffle p 1 1 many out 0=2\n"
    weights = np.zeros((12, 3), "<f4")
    weights[:4, 0] = [1, 2, 3, 4]
    out = run(convert(param, np.uint32(0).tobytes() + weights.tobytes()), np.ones((1, 3, 1, 1), np.float32))
    np.testing.assert_array_equal(out[0, 0], [[1, 2], [3, 4]])


def test_the_same_network_gives_the_same_bytes():
    param = HEAD + INPUT + "Sigmoid s 1 1 data out\n"
    assert convert(param, b"") == convert(param, b"")


@pytest.mark.parametrize(
    ("param", "weights", "message"),
    [
        (INPUT + "Pooling p 1 1 data out\n", b"", "layer kind Pooling"),
        (INPUT + "Sigmoid s 1 1 data out\n", b"1234", "4 bytes of weights"),
        (INPUT + "Convolution c 1 1 data out 0=3 1=1 6=9\n", b"\0\0\0\0", "weights end"),
        (INPUT + "Convolution c 1 1 data out 0=3 1=1 6=9\n", b"\1\0\0\0" + b"\0" * 36, "weight encoding 0x1"),
        (INPUT + "Convolution c 1 1 data out 0=3 1=1 6=9 9=5\n", b"\0" * 40, "activation 5"),
        ("Sigmoid s 1 1 data out\n", b"", "first layer"),
        (INPUT + "what is this\n", b"", "not a layer"),
    ],
)
def test_what_it_does_not_know_is_refused(param: str, weights: bytes, message: str):
    with pytest.raises(ConversionError, match=message):
        convert(HEAD + param, weights)


def test_a_layer_line_is_read_with_its_arrays():
    layer = parse_layer("Convolution c 1 1 data out 0=3 2=2.5e-01 -23310=1,0.1")
    assert (layer.kind, layer.inputs, layer.outputs) == ("Convolution", ("data",), ("out",))
    assert layer.numbers == {0: 3, 2: 0.25}
    assert layer.arrays == {10: (0.1,)}
