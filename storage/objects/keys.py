"""Which strings may be object keys, for every store alike; never builds a key (storage/names.py does)."""

from __future__ import annotations

import re

from storage.objects.faults import InvalidKey

MAX_KEY = 512
MAX_SEGMENT = 200
# A leading letter, digit, _ or - in every segment rules out dot files, "..", and empty segments; ASCII only rules
# out two spellings of one key on file systems that normalise Unicode.
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9_./-]*", re.ASCII)


def check_key(key: str) -> str:
    """Return `key` unchanged, or raise InvalidKey: relative, no dot segments, plain ASCII, at most 512 characters."""
    if not key or len(key) > MAX_KEY or ".." in key:
        raise InvalidKey(f"not an object key: {key[:80]!r}")
    for segment in key.split("/"):
        if len(segment) > MAX_SEGMENT or not _SEGMENT.fullmatch(segment):
            raise InvalidKey(f"not an object key: {key[:80]!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` unchanged ("" is everything), or raise InvalidKey when no key could start with it."""
    hidden = prefix.startswith((".", "/")) or "/." in prefix or "//" in prefix or ".." in prefix
    if len(prefix) > MAX_KEY or hidden or not _PREFIX.fullmatch(prefix):
        raise InvalidKey(f"not a key prefix: {prefix[:80]!r}")
    return prefix
