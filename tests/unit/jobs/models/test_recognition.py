"""An operator's own cut-out networks: recognised by name or input, and fed as their family wants to be."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from jobs.imaging.matting import KINDS, input_size, probability
from jobs.imaging.sessions import open_session
from jobs.models.recognition import recognise


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("BiRefNet-general-lite-epoch_232.onnx", (1, 3, 1024, 1024), "birefnet"),
        ("isnet-general-use.onnx", (), "isnet"),
        ("DIS-TR.onnx", ("batch", 3, "h", "w"), "isnet"),
        ("rmbg-1.4.onnx", (1, 3, 1024, 1024), "isnet"),
        ("u2net_cloth.onnx", (1, 3, 320, 320), "u2net"),
        ("mine.onnx", (1, 3, 1024, 1024), "isnet"),
        ("mine.onnx", ("n", 3, "h", "w"), "u2net"),
        ("mine.onnx", (), "u2net"),
    ],
)
def test_a_file_is_recognised(name: str, shape: tuple[object, ...], kind: str) -> None:
    assert recognise(Path(name), shape) == kind and kind in KINDS


def network(path: Path, side: int | str, gain: float, half: bool = False) -> Path:
    """A network that answers gain x the mean of the three channels."""
    number = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    entry = helper.make_tensor_value_info("picture", number, [1, 3, side, side])
    answer = helper.make_tensor_value_info("alpha", number, [1, 1, side, side])
    precision = np.float16 if half else np.float32
    weights = onnx.numpy_helper.from_array(np.full((1, 3, 1, 1), gain / 3, precision), "weights")
    node = helper.make_node("Conv", ["picture", "weights"], ["alpha"])
    graph = helper.make_graph([node], "mean", [entry], [answer], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


@pytest.mark.parametrize(
    ("name", "side", "gain", "half", "kind", "bright"),
    [
        ("birefnet.onnx", 256, 40.0, False, "birefnet", 1.0),  # logits: the sigmoid is ours
        ("birefnet-fp16.onnx", 256, 40.0, True, "birefnet", 1.0),
        ("isnet.onnx", 128, 1.0, False, "isnet", 0.5),  # (1 - 0.5) / 1
        ("u2netp.onnx", "side", 0.25, False, "u2net", 0.57),  # (1 - mean) / std, a quarter of it
    ],
)
def test_each_family_is_fed_its_own_way(
    tmp_path: Path, name: str, side: int | str, gain: float, half: bool, kind: str, bright: float
) -> None:
    path = network(tmp_path / name, side, gain, half)
    session = open_session(path, 1)
    entry = session.get_inputs()[0]
    assert recognise(path, entry.shape) == kind
    expected = side if isinstance(side, int) else KINDS[kind].size
    assert input_size(entry, KINDS[kind]) == (expected, expected)
    picture = np.zeros((90, 120, 3), np.uint8)
    picture[:, 60:] = 255
    answer = probability(picture, session, KINDS[kind])
    assert answer.shape == (90, 120) and float(answer[:, :40].max()) < 0.05
    assert float(answer[:, 80:].mean()) == pytest.approx(bright, abs=0.06)
