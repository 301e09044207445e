"""What every store takes as an object's bytes, written through its writer in pieces; never holds a whole file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from storage.objects.contract import ObjectWriter

CHUNK = 1 << 20


def pour(source: bytes | Path | BinaryIO, out: ObjectWriter) -> None:
    """Write all of `source`: bytes as they are, a file opened and read to its end, a stream read and left open."""
    if isinstance(source, bytes):
        out.write(source)
        return
    if isinstance(source, Path):
        with source.open("rb", buffering=0) as file:
            while piece := file.read(CHUNK):
                out.write(piece)
        return
    while piece := source.read(CHUNK):
        out.write(piece)
