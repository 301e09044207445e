"""The one way of a submission, for every dialect: body into staging, translation into an order, idempotency, options,
capacity, one transaction, reply. A dialect brings only the translation and the words; never the order of the steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from flask import Request, Response, g
from sqlalchemy import Connection

from batch_api import idempotency, intake
from batch_api.auth import Caller
from batch_api.door import Door
from batch_api.intake import Intake, IntakeLimits
from batch_api.service import Service, request_id
from jobs.actions import find_action
from jobs.capacity import check_capacity
from jobs.failpoints import reach
from jobs.submit import StoredReply, submit
from storage.errors import Unavailable
from storage.model import Batch, Image, ImageOrder, Order

Reply = Callable[[Batch, list[Image]], StoredReply]
Also = Callable[[Connection, list[Image]], None]


@dataclass(frozen=True)
class Submission:
    """What a dialect understood: neutral, checked for form, options still as they were sent (canonical names)."""

    action: str
    images: tuple[ImageOrder, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    callback_url: str | None = None
    callback_secret: str | None = None
    warnings: tuple[str, ...] = ()
    dry_run: bool = False


class Execute(Protocol):
    """`execute` for one request: what is left to say is the submission, its ticket, and other words for the reply."""

    def __call__(
        self,
        submission: Submission,
        ticket: idempotency.Ticket | None,
        words: Reply | None = None,
        also: Also | None = None,
    ) -> Response: ...


@dataclass(frozen=True)
class Task:
    """What a dialect hands in for one submission.

    `route` names the operation for idempotency, the same for all its addresses. `translate` may add staged files to the
    intake and returns both, so that a failure removes them. `charge` counts rate-limit places for the images, and is
    not called for a replay. `around` takes the place of the execution, which it is handed, where single images may be
    known already.
    """

    route: str
    limits: IntakeLimits
    translate: Callable[[Intake], tuple[Intake, Submission]]
    reply: Reply
    charge: Callable[[int], None] | None = None
    around: Callable[[Submission, idempotency.Ticket | None, Execute], Response] | None = None


def accept(request: Request, found: Service, door: Door, who: Caller, task: Task) -> Response:
    """Take one submission from its first byte to its reply. After any refusal nothing is stored, held or staged."""
    g.submitting = True
    key = idempotency.presented_key(request, door.idempotency)
    received = intake.receive(request, found.tools, task.limits)
    g.received_bytes = sum(file.bytes for file in received.files)
    kept = False
    try:
        reach(found.settings.failpoints, "submit.after_staging")
        received, submission = task.translate(received)
        ticket: idempotency.Ticket | None = None
        if key is not None:
            print_of_request = idempotency.fingerprint(request.method, task.route, received)
            claimed = idempotency.claim(
                found.tools, door.idempotency, who.account.id, task.route, key, print_of_request
            )
            if isinstance(claimed, Response):
                g.replayed = True
                return claimed
            ticket = claimed
        with idempotency.held(found.tools, ticket):
            reach(found.settings.failpoints, "submit.after_claim")
            run = partial(execute, found, door, who, task)
            reply = run(submission, ticket) if task.around is None else task.around(submission, ticket, run)
        kept = True
        return reply
    finally:
        if not kept:
            intake.discard(found.tools, received)


def execute(
    found: Service,
    door: Door,
    who: Caller,
    task: Task,
    submission: Submission,
    ticket: idempotency.Ticket | None,
    words: Reply | None = None,
    also: Also | None = None,
) -> Response:
    """Options, capacity, price, and the transaction that makes the batch; the reply is the one stored with it. `words`
    replaces the task's reply; what `also` records is part of the transaction."""
    order = order_of(found, door, who, submission)
    check_capacity(found.tools, who.account, door.dialect, len(order.images))
    if task.charge is not None:
        task.charge(len(order.images))
    extra = idempotency.expiry_headers(door.idempotency, ticket)

    def worded(batch: Batch, images: list[Image]) -> StoredReply:
        said = (words or task.reply)(batch, images)
        return StoredReply(said.status, {**said.headers, **extra}, said.body)

    done = submit(
        found.tools, order, found.doorbell, idempotency=ticket.engine if ticket else None, reply=worded, also=also
    )
    g.log_fields = {"batch_id": done.batch.id, "images": len(done.images)}
    said = done.reply or worded(done.batch, list(done.images))
    reply = Response(said.body, said.status)
    reply.headers.update(said.headers)
    return reply


def order_of(found: Service, door: Door, who: Caller, submission: Submission) -> Order:
    """The neutral order: options parsed by the action, priced, labelled. Invalid, Unavailable(action_unavailable)."""
    action = find_action(door.dialect, submission.action)
    missing = action.available(found.settings.models_dir)
    if missing:
        raise Unavailable(missing, code="action_unavailable")
    options = action.parse(submission.options, len(submission.images))
    return Order(
        account_id=who.account.id,
        dialect=door.dialect,
        action=submission.action,
        pool=action.pool,
        images=submission.images,
        quote=action.quote(options.values, len(submission.images)),
        options=options.values,
        labels=submission.labels,
        callback_url=submission.callback_url,
        callback_secret=submission.callback_secret,
        warnings=(*submission.warnings, *options.warnings),
        request_id=request_id(),
        dry_run=submission.dry_run,
        charge=not (submission.dry_run or who.test),
    )
