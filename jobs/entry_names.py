"""Names for the entries of a ZIP, safe to unpack anywhere; never a path from a customer's text.

Every name is NFC, at most 120 bytes of UTF-8, without separators, `..`, control or bidirectional characters and
without Windows' reserved names, so that no unpacking program writes outside its folder or stumbles.
"""

from __future__ import annotations

import unicodedata

MAX_BYTES = 120
_LONGEST_ENDING = 16
_FORBIDDEN = frozenset('/\\:*?"<>|')
# Microsoft, "Naming Files, Paths, and Namespaces": reserved with any ending, superscript digits included.
_PORTS = [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
_RESERVED = frozenset(["con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS])


def safe_entry_name(text: str, default: str = "file") -> str:
    """One file name made of `text`; `default` (itself safe) where nothing of it can be kept. Safe names stay as is."""
    name = unicodedata.normalize("NFC", "".join(map(_safe_character, unicodedata.normalize("NFC", text))))
    name = _trim(name)
    if len(name.encode()) > MAX_BYTES:
        stem, ending = split_ending(name)
        name = _trim(_cut(stem, MAX_BYTES - len(ending.encode())).rstrip(" .") + ending)
    if name.partition(".")[0].rstrip().casefold() in _RESERVED:
        name = _trim(_cut("_" + name, MAX_BYTES))
    return name or default


def split_ending(name: str) -> tuple[str, str]:
    """("photo", ".jpg"); an ending is at most 16 bytes and never the whole name."""
    stem, dot, ending = name.rpartition(".")
    if not stem or not ending or len(ending.encode()) >= _LONGEST_ENDING:
        return name, ""
    return stem, dot + ending


class EntryNames:
    """Gives every entry of one archive a name that no other has, also where upper and lower case are the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str, folder: str = "") -> str:
        """`folder`/name for `text`, with -2, -3 ... before the ending when it is taken; `folder` must be safe."""
        name = safe_entry_name(text)
        stem, ending = split_ending(name)
        number = 1
        while self._key(folder, name) in self._taken:
            number += 1
            suffix = f"-{number}{ending}"
            name = _cut(stem, MAX_BYTES - len(suffix.encode())).rstrip(" .") + suffix
        self._taken.add(self._key(folder, name))
        return f"{folder}/{name}" if folder else name

    @staticmethod
    def _key(folder: str, name: str) -> str:
        return unicodedata.normalize("NFC", f"{folder}/{name}".casefold())


def is_safe_path(path: str) -> bool:
    """Whether every part between slashes is a name that safe_entry_name would leave as it is."""
    return all(part and safe_entry_name(part, default="") == part for part in path.split("/"))


def _safe_character(character: str) -> str:
    if character in _FORBIDDEN:
        return "_"
    kind = unicodedata.category(character)
    if kind in ("Zl", "Zp", "Zs") or character in "\t\n\r":
        return " "
    return "" if kind[0] == "C" else character


def _trim(name: str) -> str:
    """No runs of dots or spaces, none at either end: ".." is a folder, and Windows drops trailing ones."""
    while ".." in name:
        name = name.replace("..", ".")
    return " ".join(name.split()).strip(" .")


def _cut(text: str, limit: int) -> str:
    """The longest start of `text` with at most `limit` bytes of UTF-8."""
    return text.encode()[: max(0, limit)].decode(errors="ignore")
