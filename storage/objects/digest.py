"""Counts and hashes a stream once, while it is written; never reads anything a second time."""

from __future__ import annotations

import hashlib
import zlib

from storage.objects.contract import Stored


class Digest:
    """Length, SHA-256 and CRC-32 of the bytes seen so far."""

    def __init__(self) -> None:
        self.bytes = 0
        self.crc32 = 0
        self._sha256 = hashlib.sha256()

    def update(self, data: bytes | memoryview) -> None:
        """Take one more piece; both hashes let other threads run while they work on large pieces."""
        self._sha256.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.bytes += data.nbytes if isinstance(data, memoryview) else len(data)

    def stored(self, key: str) -> Stored:
        """The record of what was seen, under `key`."""
        return Stored(key, self.bytes, self._sha256.hexdigest(), self.crc32)
