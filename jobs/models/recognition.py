"""Tells from a network file's name and input how a cut-out network of an operator's own is fed.

Never opens the file; whoever opened it says what its input looks like.
"""

from collections.abc import Sequence
from pathlib import Path

# By words in the file's name, first match wins: the families that are published as ONNX files.
NAMES: tuple[tuple[str, str], ...] = (
    ("birefnet", "birefnet"),
    ("isnet", "isnet"),
    ("dis-", "isnet"),
    ("dis_", "isnet"),
    ("rmbg", "isnet"),
    ("u2net", "u2net"),
    ("silueta", "u2net"),
)
_LARGE = 640


def recognise(path: Path, shape: Sequence[object] = ()) -> str:
    """A kind of `jobs.imaging.matting.KINDS`: by the file's name, else by its input (N, C, H, W), else u2net.

    A network with a large square input that has no known name is fed as ISNet, whose normalisation is the plain one.
    """
    name = path.stem.lower()
    for word, kind in NAMES:
        if word in name:
            return kind
    side = shape[-1] if shape else None
    return "isnet" if isinstance(side, int) and side >= _LARGE else "u2net"
