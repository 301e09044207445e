"""The doorbell: which images and packagings RQ is told about, and when. Only this and worker.py know RQ.

Never a source of truth: everything here can be wiped and is planted again from SQL. One job per image on its pool's
queue, at most a window of them per batch; one packaging job that depends on all of them, as the dashboard shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Dependency, Job, JobStatus
from rq.registry import DeferredJobRegistry
from rq.serializers import JSONSerializer

from config import Settings
from jobs.queue_policy import read_policy
from jobs.turns import ACCOUNT, FEED, LOOK, SHARE, share_of
from storage.clock import Clock, now
from storage.model import Batch, Image, Pool
from storage.records import images as image_records
from storage.records.database import Database

PACKAGING = "packaging"
QUEUES = (Pool.PIXELS.value, Pool.MODELS.value, PACKAGING)
PAYLOAD_VERSION = 1
IMAGE_ENTRY = "jobs.image.process_image"
PACKAGING_ENTRY = "jobs.packaging.package"
RESULT_TTL_S = 24 * 3600
FAILURE_TTL_S = 7 * 24 * 3600
REDIS_TIMEOUT_S = 2.0
PROBE, PROBE_TTL_S = "darkroom:probe", 60

# KEYS queue, job, its dependencies, deferred registry  ARGV the time, job id, prefix and suffix of a dependents key
# Takes the packaging job over from RQ's dependency, so that RQ does not push it a second time, and pushes it.
RING = """
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
for _, image in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  redis.call('DEL', ARGV[3] .. image .. ARGV[4])
end
redis.call('DEL', KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('HSET', KEYS[2], 'status', 'queued', 'enqueued_at', ARGV[1])
redis.call('RPUSH', KEYS[1], ARGV[2])
return 1
"""


class DoorbellSilent(Exception):
    """The queue server did not answer. Nothing is lost: the sweep rings again from SQL."""


@dataclass(frozen=True)
class Present:
    """Job ids that RQ will go on with by itself: waiting in a list, or taken from it a moment ago."""

    listed: frozenset[str]
    taken: frozenset[str]


class Doorbell(Protocol):
    """What submit, image, packaging, cancel and the sweep know of the queue. Every method may raise DoorbellSilent."""

    def ring(self, batch: Batch, images: Sequence[Image]) -> None:
        """Plant a new batch: a job per image, the packaging job that depends on them; push the first window."""

    def feed(self, batch_id: str, count: int = 1) -> list[str]:
        """Push the next `count` images of a batch that were never pushed; gives their ids."""

    def push(self, images: Sequence[Image]) -> None:
        """Push these images now, whatever RQ believes of them; jobs that are gone are made again."""

    def restore(self, batch: Batch, images: Sequence[Image]) -> bool:
        """Plant again what is missing of a batch; True when something was."""

    def unpushed(self, image_ids: Sequence[str]) -> frozenset[str]:
        """Those whose job exists and was never pushed: they wait outside their batch's window."""

    def ring_packaging(self, batch_id: str) -> None:
        """Push the packaging of a batch now, making the job when it is gone."""

    def present(self) -> Present:
        """What waits in the lists of all queues."""

    def depth(self) -> int:
        """Jobs waiting in all queues."""

    def ping(self) -> None:
        """Return when the queue server answers and takes what is written."""

    def evicts(self) -> bool:
        """Whether the queue server throws jobs away when its memory is full."""


def connect(url: str) -> redis.Redis:
    """A client that gives up after two seconds; one fresh connection is tried when a pooled one was cut."""
    return redis.Redis.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
    )


def window(settings: Settings, pool: Pool) -> int:
    """How many images of one batch may be on the queue at a time, so that a big batch starves nobody."""
    workers = settings.pixel_workers if pool is Pool.PIXELS else settings.model_workers
    return max(4, 2 * workers)


def packaging_id(batch_id: str) -> str:
    return f"{batch_id}-pack"


@contextmanager
def answering() -> Iterator[None]:
    """Turns every fault of the queue server into DoorbellSilent."""
    try:
        yield
    except redis.exceptions.RedisError as fault:
        raise DoorbellSilent(str(fault)) from fault


class RqDoorbell:
    """The Doorbell over RQ."""

    def __init__(self, client: redis.Redis, settings: Settings, database: Database, *, clock: Clock = now) -> None:
        self._redis = client
        self._settings = settings
        self._database = database
        self._clock = clock
        self._queues = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}
        self._feed = client.register_script(FEED)
        self._ring = client.register_script(RING)

    def ring(self, batch: Batch, images: Sequence[Image]) -> None:
        """Two round trips, whatever the number of images; those that are final already are left out."""
        images = [image for image in images if not image.final]
        with answering():
            self._plant(images, batch, after=images)
            self._push_unpushed(batch.pool, [image.id for image in images], window(self._settings, batch.pool))

    def feed(self, batch_id: str, count: int = 1) -> list[str]:
        """Asks SQL which images are next, and RQ's hashes which of them were pushed before."""
        limit = count + 2 * max(window(self._settings, pool) for pool in Pool)
        with self._database.read() as tx:
            due = image_records.feedable(tx, batch_id, self._clock(), limit)
        if not due:
            return []
        with answering():
            return self._push_unpushed(due[0].pool, [image.id for image in due], count)

    def push(self, images: Sequence[Image]) -> None:
        """The job is written anew under its id, so that it runs whatever state RQ had left it in."""
        with answering():
            with self._redis.pipeline() as pipe:
                for image in images:
                    self._image_job(image, pipe)
                pipe.execute()
            for pool in Pool:
                ids = [image.id for image in images if image.pool is pool]
                if ids:
                    self._push_unpushed(pool, ids, len(ids))

    def restore(self, batch: Batch, images: Sequence[Image]) -> bool:
        """Existing jobs are left alone."""
        with answering():
            with self._redis.pipeline(transaction=False) as pipe:
                for key in [packaging_id(batch.id), *(image.id for image in images)]:
                    pipe.exists(Job.key_for(key))
                packaging, *planted = pipe.execute()
            missing = [image for image, there in zip(images, planted, strict=True) if not there]
            if missing or not packaging:
                self._plant(missing, batch, after=[] if packaging else images)
            return bool(missing or not packaging)

    def unpushed(self, image_ids: Sequence[str]) -> frozenset[str]:
        with answering(), self._redis.pipeline(transaction=False) as pipe:
            for image_id in image_ids:
                pipe.hget(Job.key_for(image_id), "status")
            states = pipe.execute()
        return frozenset(i for i, state in zip(image_ids, states, strict=True) if state == b"created")

    def ring_packaging(self, batch_id: str) -> None:
        """One script; a job that is gone is made without its dependencies, which are all settled by now."""
        queue = self._queues[PACKAGING]
        job_id = packaging_id(batch_id)
        head, tail = Job.dependents_key_for("|").split("|")
        deferred = DeferredJobRegistry(PACKAGING, connection=self._redis, serializer=JSONSerializer)
        keys = [queue.key, Job.key_for(job_id), Job(job_id, self._redis).dependencies_key, deferred.key]
        with answering():
            if not self._ring(keys=keys, args=[self._stamp(), job_id, head, tail]):
                with self._redis.pipeline() as pipe:
                    self._packaging_job(batch_id, [], JobStatus.QUEUED, pipe)
                    queue.push_job_id(job_id, pipeline=pipe)
                    pipe.execute()

    def present(self) -> Present:
        """Lists are read before the intermediate ones: a job moves only in that direction."""
        with answering():
            listed = self._ids(queue.key for queue in self._queues.values())
            taken = self._ids(queue.intermediate_queue.key for queue in self._queues.values())
        return Present(listed, taken)

    def _ids(self, keys: Iterable[str]) -> frozenset[str]:
        """What these lists hold; junk that is no text is nobody's id, and must not keep the sweep from its work."""
        found: Iterable[Any] = (i for key in keys for i in self._redis.lrange(key, 0, -1))  # type: ignore[union-attr]
        return frozenset(bytes(i).decode(errors="replace") for i in found)

    def depth(self) -> int:
        with answering():
            return sum(len(queue) for queue in self._queues.values())

    def ping(self) -> None:
        """A server that is full, or whose file cannot be written, answers a PING all the same."""
        with answering():
            self._redis.set(PROBE, 1, ex=PROBE_TTL_S)

    def evicts(self) -> bool:
        with answering():
            return read_policy(self._redis).evicts

    def _plant(self, images: Sequence[Image], batch: Batch, *, after: Sequence[Image]) -> None:
        """Jobs of `images`, and the packaging job that depends on `after` when there are any."""
        with self._redis.pipeline() as pipe:
            pipe.sadd(Queue.redis_queues_keys, *(queue.key for queue in self._queues.values()))
            for image in images:
                pipe.hset(self._image_job(image, pipe).key, SHARE, str(share_of(batch.plan)))
            if after:
                job = self._packaging_job(batch.id, [image.id for image in after], JobStatus.DEFERRED, pipe)
                job.register_dependency(pipeline=pipe)
            pipe.execute()

    def _push_unpushed(self, pool: Pool, image_ids: Sequence[str], count: int) -> list[str]:
        keys = [self._queues[pool.value].key, *(Job.key_for(image_id) for image_id in image_ids)]
        facts = [count, self._stamp(), LOOK, Job.key_for("")]
        pushed: Iterable[Any] = self._feed(keys=keys, args=[*facts, *image_ids])
        return [bytes(image_id).decode() for image_id in pushed]

    def _image_job(self, image: Image, pipe: Any) -> Job:
        """Planted, not pushed."""
        # Four times the limit: waiting for memory counts here, and the image's own watchdog is the real limit.
        timeout = 4 * self._settings.image_seconds + 60
        pool, status = image.pool.value, JobStatus.CREATED
        job = self._job(IMAGE_ENTRY, image.id, image.id, "image", pool, timeout, status, pipe)
        pipe.hset(job.key, ACCOUNT, image.account_id)
        return job

    def _packaging_job(self, batch_id: str, image_ids: Sequence[str], status: JobStatus, pipe: Any) -> Job:
        after = Dependency(jobs=list(image_ids), allow_failure=True) if image_ids else None
        return self._job(
            PACKAGING_ENTRY, packaging_id(batch_id), batch_id, PACKAGING, PACKAGING, 3600, status, pipe, after
        )

    def _job(
        self,
        entry: str,
        job_id: str,
        subject: str,
        description: str,
        queue: str,
        timeout: int,
        status: JobStatus,
        pipe: Any,
        after: Dependency | None = None,
    ) -> Job:
        job = Job.create(
            entry,
            args=[subject],
            kwargs={"v": PAYLOAD_VERSION},
            id=job_id,
            connection=self._redis,
            serializer=JSONSerializer,
            result_ttl=RESULT_TTL_S,
            failure_ttl=FAILURE_TTL_S,
            timeout=timeout,
            description=description,
            origin=queue,
            status=status,
            depends_on=after,
        )
        job.enqueued_at = self._clock() if status is JobStatus.QUEUED else None
        job.save(pipeline=pipe)
        # A job that is never run (its batch was cancelled) must not stay in memory for ever.
        keep = timedelta(hours=self._settings.batch_deadline_hours, seconds=RESULT_TTL_S)
        pipe.expire(job.key, keep)
        return job

    def _stamp(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
