"""What the engine costs per image over bare RQ: the same worker counts, a no-op action against a bare no-op job.

Prints both times per job, their ratio and their difference. Starts its own queue server and workers in a temporary
folder, and stops them. `python scripts/bench_queue.py [--images 200] [--workers 1] [--rounds 3]`
"""

import argparse
import dataclasses
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "process")]

from engine_rig import BLOT, open_rig, picture  # noqa: E402
from rq import Queue, Worker  # noqa: E402
from rq.serializers import JSONSerializer  # noqa: E402
from servers import QueueServer, crew, end, queue_server, wait_for  # noqa: E402

from jobs.queue import RqDoorbell, connect  # noqa: E402
from jobs.submit import submit  # noqa: E402
from storage.clock import now  # noqa: E402
from storage.model import ImageOrder  # noqa: E402
from storage.records import batches  # noqa: E402


def bare_seconds(server: QueueServer, images: int, workers: int) -> float:
    """Seconds for `images` no-op jobs by forking RQ workers, from the first push to the last end."""
    client = server.client()
    queue = Queue("bare", connection=client, serializer=JSONSerializer)
    words = [sys.executable, "-m", "rq.cli", "worker", "bare", "--url", server.url, "-S", "json", "--quiet"]
    started = [subprocess.Popen(words) for _ in range(workers)]
    try:
        wait_for(lambda: Worker.count(queue=queue) == workers, what="bare workers")
        began = time.perf_counter()
        jobs = [Queue.prepare_data("operator.not_", (1,), job_id=f"bare-{time.time_ns()}-{n}") for n in range(images)]
        queue.enqueue_many(jobs)
        wait_for(lambda: client.zcard("rq:finished:bare") >= images, 120, "bare jobs")
        return time.perf_counter() - began
    finally:
        client.delete("rq:finished:bare")
        for process in started:
            end(process)


def engine_seconds(server: QueueServer, folder: Path, images: int, workers: int) -> float:
    """Seconds for one batch of `images` tiny pictures, from submit to the last settled image."""
    rig = open_rig(folder, redis_url=server.url, pixel_workers=workers)
    tools = dataclasses.replace(rig.tools, clock=now)
    doorbell = RqDoorbell(connect(server.url), tools.settings, tools.database)
    source = rig.upload(picture(1))
    roles = ["pixels"] * workers + ["sweep"]
    with crew(folder, server.url, roles, PIXEL_WORKERS=str(workers), LOG_LEVEL="WARNING"):
        queue = Queue("pixels", connection=server.client())
        wait_for(lambda: Worker.count(queue=queue) == workers, what="workers")
        order = rig.order(0, images=tuple(ImageOrder((source,)) for _ in range(images)), options={"bare": True})
        began = time.perf_counter()
        batch = submit(tools, order, doorbell).batch

        def settled() -> bool:
            with tools.database.read() as tx:
                return batches.get_batch(tx, batch.id).pending == 0

        wait_for(settled, 300, f"{BLOT} images")
        return time.perf_counter() - began


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--images", type=int, default=200)
    words.add_argument("--workers", type=int, default=1)
    words.add_argument("--rounds", type=int, default=3)
    asked = words.parse_args()
    bare, engine = [], []
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory(prefix="bench") as name, queue_server(Path(name) / "queue") as server:
            bare.append(bare_seconds(server, asked.images, asked.workers) / asked.images * 1000)
            engine.append(engine_seconds(server, Path(name), asked.images, asked.workers) / asked.images * 1000)
    low, high = statistics.median(bare), statistics.median(engine)
    print(f"bare RQ {low:.1f} ms/job, engine {high:.1f} ms/image: ratio {high / low:.2f}, over {high - low:.1f} ms")


if __name__ == "__main__":
    main()
