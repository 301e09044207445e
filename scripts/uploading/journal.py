"""What has been done, one JSON record a line, on disk before the next step: replayed at every start. A run that dies at
any moment finds here what it had planned, sent and fetched. Never rewrites a line and never guesses.

planned → (slot …) → submitted → saved | failed for every picture → closed; or planned → split | dropped.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uploading.exits import Locked, Misused
from uploading.orders import Plan, plan_from
from uploading.seams import Seams

NAME = "journal.jsonl"
Known = tuple[str, str]  # (order id, item id)


@dataclass
class Batch:
    """A plan on its way. `batch_id` is None until the service has taken it; `parts` are the shelf's analysis ids."""

    plan: Plan
    batch_id: str | None = None
    parts: tuple[str, ...] = ()
    slots: dict[int, tuple[str, float]] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)


@dataclass
class State:
    """All that the journal tells: batches on their way, and how every picture ended."""

    open: dict[str, Batch] = field(default_factory=dict)
    done: dict[Known, str] = field(default_factory=dict)
    failed: dict[Known, str] = field(default_factory=dict)
    failures: Counter[Known] = field(default_factory=Counter)
    folders: dict[str, str] = field(default_factory=dict)

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take one record in; KeyError for one that cannot follow the others."""
        getattr(self, "_" + str(record["do"]), self._unknown)(record)

    def in_flight(self, order: str) -> set[str]:
        """Ids of this order's pictures that are planned or sent and not settled."""
        batches = [batch for batch in self.open.values() if batch.plan.order == order]
        return {item.id for b in batches for at, item in enumerate(b.plan.items) if at not in b.settled}

    def failures_of(self, order: str) -> dict[str, int]:
        return {item: count for (own, item), count in self.failures.items() if own == order}

    def _opened(self, record: Mapping[str, Any]) -> None:
        if record["version"] != 1:
            raise Misused(f"The journal is of version {record['version']}; this program reads version 1.")

    def _planned(self, record: Mapping[str, Any]) -> None:
        plan = plan_from(record["plan"])
        self.open[plan.key] = Batch(plan)
        for item in plan.items:
            self.folders[item.folder.casefold()] = item.source

    def _slot(self, record: Mapping[str, Any]) -> None:
        self.open[record["key"]].slots[record["index"]] = (record["id"], record["until"])

    def _submitted(self, record: Mapping[str, Any]) -> None:
        batch = self.open[record["key"]]
        batch.batch_id, batch.parts = record["batch"], tuple(record["parts"])

    def _split(self, record: Mapping[str, Any]) -> None:
        del self.open[record["key"]]
        for part in record["into"]:
            self._planned({"plan": part})

    def _dropped(self, record: Mapping[str, Any]) -> None:
        del self.open[record["key"]]

    def _saved(self, record: Mapping[str, Any]) -> None:
        item = self._settle(record)
        self.done[item] = record["folder"]
        self.failed.pop(item, None)

    def _failed(self, record: Mapping[str, Any]) -> None:
        item = self._settle(record)
        self.failed[item] = record["error"]
        self.failures[item] += 1

    def _closed(self, record: Mapping[str, Any]) -> None:
        del self.open[record["key"]]

    def _settle(self, record: Mapping[str, Any]) -> Known:
        batch = self.open[record["key"]]
        batch.settled.add(record["index"])
        return batch.plan.order, batch.plan.items[record["index"]].id

    def _unknown(self, record: Mapping[str, Any]) -> None:
        raise KeyError(record["do"])


class Journal:
    """The open journal of a state folder. `state` is always what a replay would give."""

    def __init__(self, folder: Path, seams: Seams) -> None:
        self.path, self.state, self._seams = folder / NAME, State(), seams
        fresh = not self.path.exists()
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._replay(drop_torn_line(self._file))
        if fresh:
            directory = os.open(folder, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
        if os.fstat(self._file).st_size == 0:
            self.write({"do": "opened", "version": 1})

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one record; it is on disk when this returns."""
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        if self._seams.due("torn"):
            os.write(self._file, line[: len(line) // 2])
            self._seams.die()
        left = memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self.state.apply(record)
        self._seams.reach(str(record["do"]))

    def close(self) -> None:
        os.close(self._file)

    def _replay(self, text: bytes) -> None:
        for number, line in enumerate(text.splitlines(), 1):
            try:
                self.state.apply(json.loads(line))
            except (ValueError, KeyError, IndexError, TypeError) as fault:
                raise Misused(f"Line {number} of {self.path} cannot be read; move it away to start anew.") from fault


def drop_torn_line(file: int) -> bytes:
    """The whole lines of a journal; what a crash left of the last line is cut off, for it was never acted upon."""
    size = os.fstat(file).st_size
    text = b""
    while len(text) < size:
        text += os.pread(file, size - len(text), len(text))
    whole = text.rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(file, whole)
        os.fsync(file)
    return text[:whole]


def take_lock(folder: Path) -> int:
    """An open file that holds the state folder for this process alone; Locked when another run has it."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        holder = os.pread(file, 20, 0).decode("ascii", "replace").strip()
        os.close(file)
        raise Locked(f"Another run (process {holder or 'unknown'}) works with {folder}.") from fault
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file
