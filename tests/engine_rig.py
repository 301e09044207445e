"""A small real engine for tests: SQLite, a local store, a doorbell that writes down, and an action that paints blots.

The action is registered by `install_blot` in the test process only; the product's catalogue never lists it.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from config import Settings
from jobs.actions import CATALOGUE
from jobs.actions.offer import Gathering, Limits, Options, Outcome, Produced, Work
from jobs.queue import Present
from jobs.tools import Tools, open_tools
from storage.errors import ImageFault
from storage.model import Batch, Dialect, Image, ImageOrder, Order, Pool, Quote, Role, Source
from storage.names import staging_key
from storage.records import accounts

BLOT = "upscale"  # a name that webhook bodies know; the real action is not run by these tests


class Clock:
    """A clock that tests move by hand."""

    def __init__(self, moment: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class SilentDoorbell:
    """Notes who was rung for; what is on the queue is what a test says."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.fed: list[str] = []
        self.pushed: list[str] = []
        self.packaging: list[str] = []
        self.listed: set[str] = set()
        self.taken: set[str] = set()
        self.outside: set[str] = set()
        self.restored: list[str] = []

    def ring(self, batch: Batch, images: Sequence[Image]) -> None:
        self.rung.append(batch.id)

    def feed(self, batch_id: str, count: int = 1) -> list[str]:
        self.fed.append(batch_id)
        return []

    def push(self, images: Sequence[Image]) -> None:
        self.pushed += [image.id for image in images]

    def restore(self, batch: Batch, images: Sequence[Image]) -> bool:
        self.restored.append(batch.id)
        return False

    def unpushed(self, image_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(self.outside & set(image_ids))

    def ring_packaging(self, batch_id: str) -> None:
        self.packaging.append(batch_id)

    def present(self) -> Present:
        return Present(frozenset(self.listed), frozenset(self.taken))

    def depth(self) -> int:
        return len(self.listed)

    def ping(self) -> None:
        return None

    def evicts(self) -> bool:
        return False


class NoEngines:
    """Networks for actions that need none."""

    def cutout(self) -> Any:
        raise ImageFault("model_missing")

    nets = reader = cutout


@dataclass
class Blot:
    """Thumbnails its source; `work` lets a test do what it likes in the middle of a run."""

    pool: Pool = Pool.PIXELS
    work: Callable[[Work], None] = lambda work: None
    name: str = BLOT
    dialect: Dialect = Dialect.PRINT
    limits: Limits = field(default_factory=lambda: Limits(formats=("JPEG", "PNG")))

    def available(self, models_dir: Path) -> str | None:
        return None

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        return Options(dict(raw))

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        return Quote(per_image=2, per_batch=1)

    def run(self, work: Work) -> Outcome:
        self.work(work)
        work.check()
        if work.options.get("bare"):
            return Outcome({})
        with Pillow.open(work.sources[0], formats=["JPEG", "PNG"]) as picture:
            small = picture.convert("RGB").resize((8, 8))
        out = io.BytesIO()
        small.save(out, "PNG")
        work.store(Produced(Role.PRINT, "blot.png", "print/blot.png", out.getvalue(), "image/png", "png", 8, 8, 300))
        return Outcome({"method": "blot"}, ("Only a test.",))

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        yield Produced(Role.PREVIEW, "sheet.txt", "previews/sheet.txt", b"sheet", "text/plain", "txt")


def install_blot(action: Blot | None = None) -> Blot:
    """Offer the action in this process, replacing an earlier one."""
    action = action or Blot()
    CATALOGUE[(action.dialect, action.name)] = action
    return action


def test_settings(folder: Path, **overrides: Any) -> Settings:
    """Settings over a temporary folder, with nothing taken from the environment."""
    given = {"secret_key": "s" * 40, "data_dir": folder, "disk_floor_mb": 1, "image_seconds": 20, **overrides}
    return Settings.from_env({"SECRET_KEY": "s" * 40}, **given)


test_settings.__test__ = False  # type: ignore[attr-defined]


@dataclass
class Rig:
    """An opened engine with one account that has credits."""

    tools: Tools
    clock: Clock
    account_id: str
    doorbell: SilentDoorbell = field(default_factory=SilentDoorbell)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def upload(self, data: bytes, filename: str = "art.png") -> Source:
        """Put a file into staging as the web process does."""
        key = staging_key(f"upl_{next(self.numbers):06d}")
        stored = self.tools.objects.put(key, data, content_type="image/png")
        return Source("upload", filename, key=key, bytes=stored.bytes, sha256=stored.sha256, crc32=stored.crc32)

    def order(self, count: int = 1, **more: Any) -> Order:
        """`count` images, each its own picture."""
        orders = tuple(ImageOrder((self.upload(picture(n), f"art {n}.png"),)) for n in range(count))
        quote = Quote(per_image=2, per_batch=1)
        return Order(self.account_id, Dialect.PRINT, BLOT, Pool.PIXELS, more.pop("images", orders), quote, **more)


def open_rig(folder: Path, **overrides: Any) -> Rig:
    """A migrated engine in `folder`; its clock stands still."""
    clock = Clock()
    tools = open_tools(test_settings(folder, **overrides), clock=clock)
    tools.database.migrate()
    with tools.database.write() as tx:
        account = accounts.create_account(tx, name="Rig", plan="scale", credits=100_000, actor="test", now=clock())
    return Rig(tools, clock, account.id)


def picture(number: int, size: tuple[int, int] = (32, 24)) -> bytes:
    """A PNG unlike any other number's."""
    out = io.BytesIO()
    Pillow.new("RGB", size, (number % 256, number // 256 % 256, 99)).save(out, "PNG")
    return out.getvalue()
