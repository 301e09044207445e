"""Request bodies streamed from disk: a multipart form, or one file. The length is known before the first byte, and a
file that is not what was planned is noticed before its last byte, so that the service never takes a changed batch."""

import hashlib
import mimetypes
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uploading.orders import Item

PIECE = 256 << 10
Told = Callable[[int], None]


class FileChanged(Exception):
    """A file is not any more what it was when its batch was planned. Not an OSError, which would mean the network."""

    def __init__(self, path: str) -> None:
        super().__init__(f"'{path}' changed or went away while it was being sent")
        self.path = path


def file_pieces(item: Item) -> Iterator[bytes]:
    """The file in pieces; the last one only once all of it has the planned hash. FileChanged otherwise."""
    found, left, held = hashlib.sha256(), item.size, b""
    try:
        with Path(item.path).open("rb", buffering=0) as file:
            while left > 0 and (piece := file.read(min(PIECE, left))):
                found.update(piece)
                left -= len(piece)
                if held:
                    yield held
                held = piece
            longer = bool(file.read(1))
    except OSError as fault:
        raise FileChanged(item.path) from fault
    if left or longer or found.hexdigest() != item.sha256:
        raise FileChanged(item.path)
    yield held


def content_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


@dataclass
class FileBody:
    """One file as a whole body."""

    item: Item
    told: Told = lambda count: None

    def __len__(self) -> int:
        return self.item.size

    def __iter__(self) -> Iterator[bytes]:
        for piece in file_pieces(self.item):
            yield piece
            self.told(len(piece))


@dataclass
class FormBody:
    """multipart/form-data: the texts, then the files, each under its field name (RFC 7578; names in UTF-8)."""

    texts: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, Item]]
    told: Told = lambda count: None
    boundary: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    def __len__(self) -> int:
        texts = sum(len(self._text(name, value)) for name, value in self.texts)
        files = sum(len(self._head(name, item)) + item.size + 2 for name, item in self.files)
        return texts + files + len(self._end())

    def __iter__(self) -> Iterator[bytes]:
        for name, value in self.texts:
            yield self._text(name, value)
        for name, item in self.files:
            yield self._head(name, item)
            for piece in file_pieces(item):
                yield piece
                self.told(len(piece))
            yield b"\r\n"
        yield self._end()

    def _text(self, name: str, value: str) -> bytes:
        head = f'--{self.boundary}\r\nContent-Disposition: form-data; name="{quoted(name)}"\r\n\r\n'
        return head.encode() + value.encode() + b"\r\n"

    def _head(self, name: str, item: Item) -> bytes:
        shown = f'name="{quoted(name)}"; filename="{quoted(item.name)}"'
        lines = f"--{self.boundary}\r\nContent-Disposition: form-data; {shown}\r\n"
        return f"{lines}Content-Type: {content_type(item.name)}\r\n\r\n".encode()

    def _end(self) -> bytes:
        return f"--{self.boundary}--\r\n".encode()


def quoted(text: str) -> str:
    """As browsers write it: only the quote and line ends are escaped. Bytes that are no UTF-8 are replaced."""
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
