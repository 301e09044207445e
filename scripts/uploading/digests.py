"""SHA-256 of files, remembered by path, size and time of change, so that a cron job does not read everything each time.
A file that was changed a moment ago is not remembered: it might change again within the clock's grain."""

import hashlib
import json
import time
from pathlib import Path

PIECE = 1 << 20
GRAIN_NS = 2_000_000_000
Facts = tuple[int, int]  # size, mtime in ns


def sha256_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest()


class Digests:
    """The memory of one state folder; losing it costs time only, so it is not synced."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "digests.jsonl"
        self._known: dict[str, tuple[Facts, str]] = {}
        lines = self._load()
        if lines > 4 * len(self._known) + 100:
            self._compact()

    def of(self, path: Path) -> tuple[str, int]:
        """(sha256, size) of the file as it is now. OSError when it cannot be read."""
        facts = facts_of(path)
        before = self._known.get(str(path))
        if before is not None and before[0] == facts:
            return before[1], facts[0]
        found = sha256_of(path)
        if facts_of(path) == facts and time.time_ns() - facts[1] > GRAIN_NS:
            self._known[str(path)] = (facts, found)
            with self._path.open("a", encoding="utf-8") as out:
                out.write(line_of(str(path), facts, found))
        return found, facts[0]

    def _load(self) -> int:
        lines = self._path.read_text("utf-8").splitlines() if self._path.exists() else []
        for line in lines:
            try:
                path, size, changed, found = json.loads(line)
            except (ValueError, TypeError):
                continue  # torn by a crash
            self._known[path] = ((size, changed), found)
        return len(lines)

    def _compact(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_text("".join(line_of(path, facts, found) for path, (facts, found) in self._known.items()), "utf-8")
        part.replace(self._path)


def facts_of(path: Path) -> Facts:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def line_of(path: str, facts: Facts, found: str) -> str:
    return "\n" + json.dumps([path, *facts, found]) + "\n"
