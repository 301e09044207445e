"""A folder that cron sends with scripts/upload to a running installation, and what that installation says it took: each
picture by the hash of its content. Asks the database directly, so that no reply can hide a second one."""

import hashlib
import json
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutting_proxy import CuttingProxy
from installation import ROOT, Installation
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import text

from storage.records import ledger
from storage.records.database import Database, open_database
from storage.sealing import Sealer

COMMAND = [sys.executable, str(ROOT / "scripts" / "upload")]
SIDE = 500  # the smallest that clip-art takes
RESULT_LIMIT = 100_000  # bytes: more than a journal, less than a result


@dataclass
class CronFolder:
    """`folder/in` is sent as clip-art, one picture a batch; results go to `folder/out`."""

    folder: Path
    service: Installation
    proxy: CuttingProxy
    pictures: dict[str, str] = field(default_factory=dict)  # name by hash
    dry: bool = True  # small stand-ins are made instead of clip-art, at no price

    def picture(self, name: str) -> Path:
        """A new picture, unlike any other of this installation."""
        path = self.folder / "in" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        drawn, words = Image.new("RGB", (SIDE, SIDE), "white"), PngInfo()
        drawn.paste("navy", (SIDE // 4, SIDE // 4, SIDE * 3 // 4, SIDE * 3 // 4))
        words.add_text("note", random.Random(str(path)).randbytes(200_000).hex())  # unlike any other, large, soon done
        drawn.save(path, pnginfo=words)
        self.pictures[hashlib.sha256(path.read_bytes()).hexdigest()] = name
        return path

    def words(self, *more: str, out: str = "out") -> list[str]:
        account = str(self.service.data_dir / "demo_account.json")
        given = ["in", "--account", account, "--action", "clipart", "--out", out, "--batch-size", "1", "--settle", "0"]
        return [*COMMAND, *given, "--option", f"dry_run={str(self.dry).lower()}", "--json", *more]

    def start(self, *more: str, out: str = "out", small_files: bool = False) -> "subprocess.Popen[str]":
        limit = {"preexec_fn": limit_files} if small_files else {}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": {}}
        return subprocess.Popen(self.words(*more, out=out), cwd=self.folder, **pipes, **limit)  # type: ignore[call-overload,no-any-return]

    def run(self, *more: str, out: str = "out", small_files: bool = False) -> "Ended":
        return ended(self.start(*more, out=out, small_files=small_files))

    def accepted(self) -> Counter[str]:
        """How often each of this folder's pictures was taken, by name; "?" is what it never held."""
        with records(self.service) as database, database.read() as tx:
            rows = tx.execute(text("SELECT sources FROM images")).scalars().all()
        hashes = [source["sha256"] for row in rows for source in json.loads(row)]
        return Counter(self.pictures[each] for each in hashes if each in self.pictures)

    def unsettled(self) -> int:
        """Batches of the installation that are not final yet."""
        with records(self.service) as database, database.read() as tx:
            query = "SELECT count(*) FROM batches WHERE state IN ('queued', 'processing')"
            return int(tx.scalar(text(query)) or 0)

    def results(self, out: str = "out") -> Counter[str]:
        """How many result files lie there for each picture's folder."""
        top = self.folder / out
        found = [path.relative_to(top) for path in top.rglob("*") if path.is_file()]
        return Counter(path.parts[0] for path in found if not path.parts[0].startswith((".", "batch-")))

    def check(self, out: str = "out") -> None:
        """Everything was taken once, and its result is here; the money agrees."""
        assert self.accepted() == Counter(dict.fromkeys(self.pictures.values(), 1))
        assert set(self.results(out)) == set(self.pictures.values())
        assert not [*(self.folder / out).rglob("*.part")]
        with records(self.service) as database, database.read(snapshot=True) as tx:
            assert ledger.verify(tx) == []


@dataclass(frozen=True)
class Ended:
    code: int
    told: str
    summary: dict[str, Any]


def ended(process: "subprocess.Popen[str]", seconds: float = 120) -> Ended:
    """What a run left behind; it is killed when it takes too long."""
    try:
        out, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, told, json.loads(out) if out else {})


def limit_files() -> None:
    """No file of this process may grow beyond the limit: what a full disk does to a result."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (RESULT_LIMIT, RESULT_LIMIT))


@contextmanager
def records(service: Installation) -> Iterator[Database]:
    """The installation's own database."""
    opened = open_database(f"sqlite:///{service.data_dir / 'darkroom.sqlite3'}", Sealer("not needed for this" * 2))
    try:
        yield opened
    finally:
        opened.dispose()


def leave_credits(service: Installation, amount: int) -> None:
    """Correct the demo account's balance to `amount`."""
    now = datetime.now(UTC)
    with records(service) as database, database.write() as tx:
        account = str(tx.scalar(text("SELECT id FROM accounts")))
        change = amount - ledger.balance(tx, account).available
        ledger.adjust(tx, account, change, ref=f"test {now}", actor="test", reason="test", now=now)
