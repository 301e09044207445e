"""What the engine costs an image over bare RQ: a no-op action against a bare no-op job, one forking worker each.

Engine: from submit to the last settled image, with leases, fences, ledger and outbox in SQLite (WAL, FULL). Bare: from
the first push to the last end. The same queue server with an append-only file on both sides.
"""

import dataclasses
import secrets
import subprocess
import sys
import time
from pathlib import Path

from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import ROOT, Reading, Setup, cpu_seconds, largest_peak_mib

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "process")]

from engine_rig import BLOT, open_rig, picture  # noqa: E402
from rq import Queue, Worker  # noqa: E402
from rq.serializers import JSONSerializer  # noqa: E402
from servers import QueueServer, crew, end, queue_server, wait_for  # noqa: E402

from jobs.queue import RqDoorbell, connect  # noqa: E402
from jobs.submit import submit  # noqa: E402
from storage.clock import now  # noqa: E402
from storage.model import ImageOrder  # noqa: E402
from storage.records import batches  # noqa: E402

ROUNDS = 5
_PAIR = Figure("engine", "each", "service"), Figure("bare", "each", "bare RQ")
ROWS = (
    Row("queue", "overhead of one image", "ms", *_PAIR, "difference", Target("at most", 20)),
    Row("queue", "the same", "ms", *_PAIR),
    Row("queue", "overhead of one image, CPU", "ms", Figure("engine", "cpu", "service"),
        Figure("bare", "cpu", "bare RQ"), "difference"),
)  # fmt: skip


def run(side: str, setup: Setup) -> Reading:
    """Milliseconds of one image, over 200 (quick: 30): on the wall, and CPU of worker, children and sweep."""
    images = 30 if setup.quick else 200
    folder = setup.folder / secrets.token_hex(4)
    folder.mkdir()
    with queue_server(folder / "queue") as server:
        way = engine if side == "engine" else bare
        seconds, cpu, peak = way(server, folder, images)
    return Reading({"each": seconds / images * 1000, "cpu": cpu / images * 1000}, peak)


def bare(server: QueueServer, folder: Path, images: int) -> tuple[float, float, float]:
    """(seconds, CPU seconds and peak MiB of the worker)."""
    client = server.client()
    queue = Queue("bare", connection=client, serializer=JSONSerializer)
    words = [sys.executable, "-m", "rq.cli", "worker", "bare", "--url", server.url, "-S", "json", "--quiet"]
    worker = subprocess.Popen(words)
    try:
        wait_for(lambda: Worker.count(queue=queue) == 1, what="the bare worker")
        cpu, began = cpu_seconds(worker.pid), time.perf_counter()
        jobs = [Queue.prepare_data("operator.not_", (1,), job_id=f"bare-{number}") for number in range(images)]
        queue.enqueue_many(jobs)
        wait_for(lambda: int(client.execute_command("ZCARD", "rq:finished:bare")) >= images, 120, "bare jobs")
        seconds = time.perf_counter() - began
        return seconds, cpu_seconds(worker.pid) - cpu, largest_peak_mib(worker.pid)
    finally:
        end(worker)


def engine(server: QueueServer, folder: Path, images: int) -> tuple[float, float, float]:
    """(seconds, CPU seconds of worker and sweep, peak MiB of the larger)."""
    rig = open_rig(folder, redis_url=server.url, pixel_workers=1)
    tools = dataclasses.replace(rig.tools, clock=now)
    doorbell = RqDoorbell(connect(server.url), tools.settings, tools.database)
    source = rig.upload(picture(1))
    with crew(folder, server.url, ["pixels", "sweep"], PIXEL_WORKERS="1", LOG_LEVEL="WARNING") as members:
        queue = Queue("pixels", connection=server.client())
        wait_for(lambda: Worker.count(queue=queue) == 1, what="the worker")
        order = rig.order(0, images=tuple(ImageOrder((source,)) for _ in range(images)), options={"bare": True})
        pids = [member.pid for member in members.members.values()]
        cpu, began = sum(map(cpu_seconds, pids)), time.perf_counter()
        batch = submit(tools, order, doorbell).batch

        def settled() -> bool:
            with tools.database.read() as tx:
                return batches.get_batch(tx, batch.id).pending == 0

        wait_for(settled, 300, f"{BLOT} images")
        seconds = time.perf_counter() - began
        return seconds, sum(map(cpu_seconds, pids)) - cpu, max(map(largest_peak_mib, pids))
