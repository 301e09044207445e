"""A whole engine for process tests: queue server, records, store, doorbell; and the checks that every run must pass."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine_rig import Rig, install_blot, open_rig
from rq import Queue, Worker
from servers import QueueServer, queue_server, wait_for
from sqlalchemy import text

from jobs.queue import RqDoorbell, connect
from jobs.submit import submit
from jobs.tools import Tools
from storage.clock import now
from storage.model import Batch, Image, Pool
from storage.records import artifacts, batches, images
from storage.records.invariants import verify

CALLBACK = "https://shop.example/hook"


@dataclass
class House:
    folder: Path
    server: QueueServer
    rig: Rig
    tools: Tools
    doorbell: RqDoorbell

    def submit(self, count: int, pool: Pool = Pool.PIXELS, callback: str = CALLBACK, **options: Any) -> Batch:
        asked = self.rig.order(count, options=options, callback_url=callback, callback_secret="whsec_" + "a" * 40)
        order = dataclasses.replace(asked, pool=pool)
        return submit(self.tools, order, self.doorbell).batch

    def batch(self, batch_id: str) -> Batch:
        with self.tools.database.read() as tx:
            return batches.get_batch(tx, batch_id)

    def images(self, batch_id: str) -> list[Image]:
        with self.tools.database.read() as tx:
            return images.list_images(tx, batch_id)

    def all_final(self, batch_ids: list[str]) -> bool:
        with self.tools.database.read() as tx:
            return all(batches.get_batch(tx, batch_id).final for batch_id in batch_ids)

    def arm(self, seam: str, action: str = "kill") -> None:
        """The first process of a crew with `armed` that comes to the seam dies there, once."""
        folder = self.folder / "armed"
        folder.mkdir(exist_ok=True)
        (folder / f"{seam}.new").write_text(action)
        (folder / f"{seam}.new").rename(folder / seam)

    @property
    def armed(self) -> dict[str, str]:
        """What a crew must be given so that seams can be armed."""
        return {"CREW_ARMED": str(self.folder / "armed"), "FAILPOINTS": "armed=raise"}

    def reached(self, seam: str) -> bool:
        """Whether somebody came to an armed seam."""
        return not (self.folder / "armed" / seam).exists()

    def wait_workers(self, pool: str, count: int) -> None:
        queue = Queue(pool, connection=self.server.client())
        wait_for(lambda: Worker.count(queue=queue) >= count, 30, f"{count} workers on {pool}")

    def ends_told(self, batch_id: str) -> int:
        """How many messages in the outbox tell of this batch's end."""
        with self.tools.database.read() as tx:
            found = tx.execute(
                text("SELECT count(*) FROM deliveries WHERE batch_id = :b AND event LIKE 'batch.%'"), {"b": batch_id}
            )
            return int(found.scalar_one())

    def check(self, batch_ids: list[str]) -> Counter[str]:
        """Ledger clean; each batch told of once, with one archive; every recorded file is there whole."""
        with self.tools.database.read() as tx:
            assert verify(tx) == []
        states: Counter[str] = Counter()
        for batch_id in batch_ids:
            batch = self.batch(batch_id)
            assert self.ends_told(batch_id) == 1, f"{batch_id} was told of {self.ends_told(batch_id)} times"
            states.update(image.state.value for image in self.images(batch_id))
            with self.tools.database.read() as tx:
                files = artifacts.list_artifacts(tx, batch_id)
            assert sum(file.role == "archive" for file in files) == 1
            for file in files:
                assert self.tools.objects.stat(file.key).bytes == file.bytes
            assert batch.succeeded + batch.failed + batch.cancelled == batch.total
        return states


@contextmanager
def open_house(folder: Path, **overrides: Any) -> Iterator[House]:
    with queue_server(folder / "queue") as server:
        install_blot()
        rig = open_rig(folder, redis_url=server.url, **overrides)
        tools = dataclasses.replace(rig.tools, clock=now)
        yield House(folder, server, rig, tools, RqDoorbell(connect(server.url), tools.settings, tools.database))
