"""The front of the house for process tests: real gunicorn over its own records, store and queue server, a crew behind
it that is kept alive as the supervisor does, and a customer with a key of each dialect. Everything is ended by its pid.
"""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import factories
import requests
from closing import check_installation
from engine_rig import picture, test_settings
from front_member import OFFERS
from installation import Neighbour, free_port, neighbour
from servers import ROOT, TESTS, Crew, QueueServer, children_of, end, queue_server, wait_for
from sqlalchemy import select, text, update

from jobs.tools import Tools, open_tools
from storage.clock import now
from storage.model import Batch, Dialect
from storage.records import batches as batch_records
from storage.records.border_tables import idempotency_keys
from storage.records.tables import batches

PATHS = {
    Dialect.PRINT: "/v1/batch/upscale",
    Dialect.STUDIO: "/api/v1/batch.php",
    Dialect.SHELF: "/api/v1/analyses/batch",
}
ACCEPTED = {Dialect.PRINT: 202, Dialect.STUDIO: 200, Dialect.SHELF: 202}
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "4", "IMAGE_SECONDS": "30"}


class FrontCrew(Crew):
    """A crew that knows the blots of all dialects."""

    def begin(self, place: int) -> None:
        words = [sys.executable, str(Path(__file__).with_name("front_member.py")), self.roles[place]]
        self.members[place] = subprocess.Popen(words, env=self.environ, cwd=ROOT, stdout=self.log, stderr=self.log)
        self.starts += 1


@dataclass
class Front:
    folder: Path
    queue: QueueServer
    tools: Tools
    tenant: factories.Tenant
    near: Neighbour
    environ: dict[str, str]
    port: int = field(default_factory=free_port)
    web: "subprocess.Popen[bytes] | None" = None
    crew: FrontCrew | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, *before: str, **environ: str) -> None:
        """Start gunicorn and wait until it serves; `before` are words of a command that starts it."""
        told = {"PORT": str(self.port), "BASE_URL": self.base, "FRONT_ARMED": str(self.folder / "armed")}
        words = [*before, sys.executable, "-m", "gunicorn", "front_member:application()"]
        with (self.folder / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                [*words, "--config", "scripts/gunicorn.conf.py"],
                env={**self.environ, **told, **environ}, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(lambda: self.alive() or self.web and self.web.poll() is not None, 60, "the web server")
        assert self.web.poll() is None, (self.folder / "web.log").read_text()[-3000:]

    def close(self) -> None:
        if self.web is not None:
            end(self.web)
            self.web = None

    def web_workers(self) -> list[int]:
        return children_of(self.web.pid) if self.web else []

    def alive(self, seconds: float = 5.0) -> bool:
        return self.answers("/healthz", seconds)

    def ready(self) -> bool:
        return self.answers("/readyz", 15)

    def answers(self, path: str, seconds: float) -> bool:
        try:
            return requests.get(self.base + path, timeout=seconds).status_code == 200
        except requests.RequestException:
            return False

    def submit(self, dialect: Dialect = Dialect.PRINT, key: str = "", **more: Any) -> requests.Response:
        """Two small pictures, or `images` of them, sent ahead of `fields`; `by` a tenant, or the one of the front."""
        head = more.pop("by", self.tenant).headers(dialect, **({"Idempotency-Key": key} if key else {}))
        count, fields, timeout = more.pop("images", 2), more.pop("fields", {}), more.pop("timeout", 30)
        send: dict[str, Any] = {"headers": head, "timeout": timeout}
        if dialect is Dialect.SHELF:
            send["json"] = {"images": [{"imageUrl": f"{self.near.url}/{n}.png"} for n in range(count)], **fields}
        elif dialect is Dialect.STUDIO:
            send["files"] = [("image_files[]", (f"{n}.png", picture(n))) for n in range(count)]
            send["data"] = {"action": OFFERS[dialect], "options[async]": "1", **fields}
        else:
            send["files"] = [("images", (f"{n}.png", picture(n))) for n in range(count)]
            send["data"] = fields
        return requests.post(self.base + PATHS[dialect], **send)

    def arm(self, seam: str, action: str = "kill") -> None:
        """The first process that comes to the seam dies there, once."""
        folder = self.folder / "armed"
        folder.mkdir(exist_ok=True)
        (folder / f"{seam}.new").write_text(action)
        (folder / f"{seam}.new").rename(folder / seam)

    def reached(self, seam: str) -> bool:
        return not (self.folder / "armed" / seam).exists()

    def batches(self) -> list[Batch]:
        with self.tools.database.read() as tx:
            return [batch_records.get_batch(tx, each) for each in tx.scalars(select(batches.c.id))]

    def holds(self, batch_id: str) -> int:
        """How often the price of a batch was held."""
        with self.tools.database.read() as tx:
            words = "SELECT count(*) FROM ledger_entries WHERE kind = 'hold' AND batch_id = :batch"
            return int(tx.execute(text(words), {"batch": batch_id}).scalar_one())

    def let_locks_run_out(self) -> None:
        """As if two minutes had gone by: claims of requests that died may be taken over."""
        with self.tools.database.write() as tx:
            dead = idempotency_keys.c.expires_at.is_(None)
            tx.execute(update(idempotency_keys).where(dead).values(locked_until=now()))

    def wait_all_final(self, seconds: float = 90) -> None:
        wait_for(lambda: all(batch.final for batch in self.batches()), seconds, "the end of every batch")

    def check(self, seconds: float = 90) -> dict[str, int]:
        """All ends well within this time; what was found, in numbers."""
        self.wait_all_final(seconds)
        return check_installation(self.folder, self.queue.url, database_url=self.tools.settings.database_url)


@contextmanager
def open_front(folder: Path, database_url: str = "", **environ: str) -> Iterator[Front]:
    """Everything but the workers; the web server is started. `environ` goes to every process."""
    folder.mkdir(parents=True, exist_ok=True)
    with queue_server(folder / "queue") as queue, neighbour() as near:
        near.files = {f"/{n}.png": picture(n) for n in range(8)}
        settings = test_settings(folder, redis_url=queue.url, database_url=database_url)
        tools = open_tools(settings)
        tools.database.migrate()
        given = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{TESTS}:{Path(__file__).parent}",
            "SECRET_KEY": settings.secret_key,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": queue.url,
            "DISK_FLOOR_MB": "1",
            "WEB_THREADS": "24",
            "FAILPOINTS": "armed=raise",
            "RATE_LIMITS": "false",
            "EGRESS_ALLOW": f"127.0.0.1:{near.port}",
            **QUICK,
            **environ,
        }
        front = Front(folder, queue, tools, factories.tenant(tools, credits=1_000_000), near, given)
        try:
            front.open()
            yield front
        finally:
            front.close()
            tools.database.dispose()


@contextmanager
def tended(front: Front, roles: Sequence[str] = ("pixels", "packaging", "sweep")) -> Iterator[FrontCrew]:
    """Workers behind the front; whoever dies is started again."""
    members = FrontCrew(front.folder, front.queue.url, list(roles), **{
        name: front.environ[name] for name in (*QUICK, "EGRESS_ALLOW", "DATABASE_URL")
    })  # fmt: skip
    members.tend()
    front.crew = members
    done = threading.Event()

    def keep() -> None:
        while not done.wait(0.1):
            members.tend()

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield members
    finally:
        done.set()
        keeper.join()
        members.dismiss()


@dataclass
class Customer:
    """Submits all the time from a thread of its own, in many names, because rate limits are counted for each; keeps
    every answer with the seconds it took."""

    front: Front
    tenants: list[factories.Tenant]
    pause: float = 0.1
    answers: list[tuple[int | str, float]] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        for tenant in itertools.cycle(self.tenants):
            if stop.wait(self.pause):
                return
            began = time.monotonic()
            try:
                status: int | str = self.front.submit(images=1, by=tenant).status_code
            except requests.RequestException as fault:
                status = type(fault).__name__
            self.answers.append((status, time.monotonic() - began))

    def statuses(self) -> set[int | str]:
        return {status for status, _ in self.answers}

    def longest(self) -> float:
        return max(seconds for _, seconds in self.answers)


@contextmanager
def shopping(front: Front, pause: float = 0.1) -> Iterator[Customer]:
    """A customer who submits until the block ends."""
    tenants = [factories.tenant(front.tools, name=f"Shop {number}") for number in range(16)]
    customer, stop = Customer(front, tenants, pause), threading.Event()
    thread = threading.Thread(target=customer.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield customer
    finally:
        stop.set()
        thread.join(30)
