"""What the queue server says of queues and workers, for whoever watches. Reads only; the truth is in SQL."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker_registration import get_keys

from jobs.queue import QUEUES, answering

IDLE, BUSY = "idle", "busy"
SILENCE = timedelta(seconds=90)  # an idle worker reports every 45 s


@dataclass(frozen=True)
class QueueState:
    """By queue: jobs waiting, since when the next one waits; by queue and state: workers."""

    jobs: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, datetime | None] = field(default_factory=dict)
    workers: dict[tuple[str, str], int] = field(default_factory=dict)


def read_queues(client: redis.Redis, now: datetime) -> QueueState:
    """Raises DoorbellSilent."""
    workers: dict[tuple[str, str], int] = {}
    with answering():
        queues = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}
        for name, queue in queues.items():
            counts = workers_of(client, queue, now)
            workers |= {(name, state): counts[state] for state in (IDLE, BUSY)}
        return QueueState(
            jobs={name: len(queue) for name, queue in queues.items()},
            oldest={name: next_since(client, queue) for name, queue in queues.items()},
            workers=workers,
        )


def workers_of(client: redis.Redis, queue: Queue, now: datetime) -> Counter[str]:
    """Workers by state. One at work reports when its job ends, so one that was killed at work is counted until its
    job's time is up; an idle one is missed after SILENCE."""
    keys = sorted(get_keys(queue=queue))
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hmget(key, ["state", "last_heartbeat"])
        told = pipe.execute()
    found: Counter[str] = Counter()
    for state, reported in told:
        heard = moment((reported or b"").decode())
        if state == b"busy":
            found[BUSY] += 1
        elif heard is not None and now - heard < SILENCE:
            found[IDLE] += 1
    return found


def next_since(client: redis.Redis, queue: Queue) -> datetime | None:
    """Since when the job at the head of the list waits; None without one."""
    head = client.lindex(queue.key, 0)
    told = client.hget(Job.key_for(head.decode()), "enqueued_at") if isinstance(head, bytes) else None
    return moment(told.decode()) if isinstance(told, bytes) else None


def moment(text: str) -> datetime | None:
    """RQ's way of writing a time; None when it is not one."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
