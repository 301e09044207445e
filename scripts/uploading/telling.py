"""What a run tells: bars on a terminal, one line per event elsewhere, a JSON summary when asked for. Decides nothing,
and shows file names as they are, never as markup."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


@dataclass
class Counts:
    """The run in figures; pictures unless said otherwise."""

    found: int = 0
    already_done: int = 0
    same_content: int = 0
    sent: int = 0
    done: int = 0
    failed: int = 0
    files: int = 0
    bytes: int = 0


@dataclass
class Teller:
    """`quiet` leaves faults only; `as_json` keeps standard output for the summary alone."""

    quiet: bool = False
    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    counts: Counts = field(default_factory=Counts)
    failures: list[dict[str, str]] = field(default_factory=list)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._bars: Progress | None = None
        self._sending: TaskID | None = None
        self._working: TaskID | None = None

    def start(self) -> None:
        """Bars, where somebody is looking."""
        if self.quiet or not self.err.isatty():
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        console = Console(file=self.err)
        self._bars = Progress(*columns, MofOrBytes(), TimeElapsedColumn(), console=console, transient=True)
        self._bars.start()

    def stop(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def event(self, sentence: str) -> None:
        if not self.quiet:
            self._line(sentence, self.err if self.as_json else self.out)

    def fault(self, sentence: str) -> None:
        self._line(sentence, self.err)

    def warning(self, sentence: str) -> None:
        """What the service says about an option or a picture; each sentence once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
            self.event(f"the service says: {sentence}")

    def left_out(self, path: str, why: str) -> None:
        """A picture that this run does not take because it is not finished."""
        self.left.add(path)
        self.event(f"{path} {why}; the next run looks at it again")

    def batch(self, key: str, batch_id: str, images: int, *, final: bool) -> None:
        """Note a batch for the summary."""
        self.batches[key] = {"batch_id": batch_id, "key": key, "images": images, "final": final}

    def sending(self, total: int) -> None:
        """A batch of so many bytes is on its way up."""
        if self._bars is not None:
            if self._sending is not None:
                self._bars.remove_task(self._sending)
            self._sending = self._bars.add_task("sending", total=max(1, total), in_bytes=True)

    def sent_bytes(self, count: int) -> None:
        if self._bars is not None and self._sending is not None:
            self._bars.advance(self._sending, count)

    def working(self, done: int, total: int) -> None:
        """So many pictures of the open batches are done."""
        if self._bars is None:
            return
        if self._working is None:
            self._working = self._bars.add_task("working", total=total, in_bytes=False)
        self._bars.update(self._working, completed=done, total=total)

    def summary(self, code: int, waiting: int) -> None:
        """The last word: one line, or one JSON document on standard output."""
        counts = self.counts
        if self.as_json:
            told = {
                "exit_code": code,
                "images": {
                    "found": counts.found,
                    "already_done": counts.already_done,
                    "same_content": counts.same_content,
                    "sent": counts.sent,
                    "done": counts.done,
                    "failed": counts.failed,
                    "waiting": waiting,
                    "left_out": len(self.left),
                },
                "files": counts.files,
                "bytes": counts.bytes,
                "batches": list(self.batches.values()),
                "warnings": self.warnings,
                "failures": self.failures,
            }
            print(json.dumps(told, ensure_ascii=False, indent=2), file=self.out, flush=True)
        else:
            self.event(
                f"{counts.found} found, {counts.already_done} done before, {counts.sent} sent, {counts.done} done "
                f"({counts.files} files, {counts.bytes / 1e6:.1f} MB), {counts.failed} failed, {waiting} waiting"
                + (f", {len(self.left)} left out" if self.left else "")
            )

    def _line(self, sentence: str, stream: TextIO) -> None:
        clean = "".join(character if character.isprintable() else "?" for character in sentence)
        if self._bars is not None:
            self._bars.console.print(Text(clean), soft_wrap=True)
        else:
            print(clean.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8"), file=stream,
                  flush=True)  # fmt: skip


class MofOrBytes(MofNCompleteColumn):
    """Bytes for what is sent, pictures for what is worked on."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = DownloadColumn()

    def render(self, task: Any) -> Text:
        return self._bytes.render(task) if task.fields.get("in_bytes") else super().render(task)
