"""What was ever done, in sums that can be added: of the batches that became final in a span of time, and of those that
are still open. What belongs to a final batch never changes again, so a span is counted once.

Reads only. Groups by words of closed vocabularies, never by customer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, or_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from storage.records.border_tables import deliveries, delivery_attempts
from storage.records.packaging import OPEN
from storage.records.tables import artifacts, batches, image_attempts, images
from storage.words import FINAL_IMAGE_STATES, ImageState

Sums = dict[tuple[str, ...], tuple[float, ...]]  # labels: numbers
DAY_S = 86400.0


def first_moment(tx: Connection) -> datetime | None:
    """When the first batch became final or the first delivery was attempted; None before that."""
    first = [tx.scalar(select(func.min(column))) for column in (batches.c.completed_at, delivery_attempts.c.at)]
    return min((moment for moment in first if moment is not None), default=None)


def final_within(low: datetime, high: datetime) -> ColumnElement[bool]:
    """Batches that became final in [low, high)."""
    return (batches.c.completed_at >= low) & (batches.c.completed_at < high)


def open_or_final_since(low: datetime) -> ColumnElement[bool]:
    """Every other batch than those that were final before `low`."""
    return or_(OPEN, batches.c.completed_at >= low)


def seconds_between(tx: Connection, start: Any, end: Any) -> ColumnElement[Any]:
    """The time between two columns, in seconds."""
    if tx.dialect.name == "postgresql":
        return func.extract("epoch", end - start)
    return (func.julianday(end) - func.julianday(start)) * DAY_S


def spread(seconds: ColumnElement[Any], bounds: Sequence[float]) -> list[ColumnElement[Any]]:
    """How many, how long together, and how many lasted at most each bound."""
    within = [func.sum(case((seconds <= bound, 1), else_=0)) for bound in bounds]
    return [func.count(), func.sum(seconds), *within]


def counted(tx: Connection, query: Any, labels: int) -> Sums:
    """A grouped query's rows: the first columns are labels, the others numbers."""
    return {
        tuple(str(word or "") for word in row[:labels]): tuple(float(number or 0) for number in row[labels:])
        for row in tx.execute(query)
    }


def batches_done(tx: Connection, which: ColumnElement[bool]) -> Sums:
    """(dialect, action, state): how many."""
    column = batches.c
    label = (column.dialect, column.action, column.state)
    query = select(*label, func.count()).where(which, ~OPEN).group_by(*label)
    return counted(tx, query, 3)


def batch_times(tx: Connection, which: ColumnElement[bool], bounds: Sequence[float]) -> Sums:
    """(dialect,): spread of the time from submit to final."""
    column = batches.c
    times = spread(seconds_between(tx, column.created_at, column.completed_at), bounds)
    return counted(tx, select(column.dialect, *times).where(which, ~OPEN).group_by(column.dialect), 1)


def credit_moves(tx: Connection, which: ColumnElement[bool]) -> Sums:
    """(): credits held at submit, captured, released."""
    column = batches.c
    released = column.credits_held - column.credits_charged - column.credits_open
    query = select(func.sum(column.credits_held), func.sum(column.credits_charged), func.sum(released)).where(which)
    return counted(tx, query, 0)


def images_done(tx: Connection, which: ColumnElement[bool]) -> Sums:
    """(dialect, action, outcome, code): how many images are final."""
    label: tuple[KeyedColumnElement[Any], ...] = (
        batches.c.dialect,
        batches.c.action,
        images.c.state,
        images.c.error_code,
    )
    joined = select(*label, func.count()).join_from(batches, images, images.c.batch_id == batches.c.id)
    final = images.c.state.in_([str(state) for state in FINAL_IMAGE_STATES])
    return counted(tx, joined.where(which, final).group_by(*label), 4)


def attempts_ended(tx: Connection, which: ColumnElement[bool], bounds: Sequence[float]) -> Sums:
    """(action, outcome, code): spread of the attempts' durations."""
    column = image_attempts.c
    label = (batches.c.action, column.outcome, column.code)
    times = spread(seconds_between(tx, column.started_at, column.finished_at), bounds)
    joined = (
        select(*label, *times)
        .join_from(batches, images, images.c.batch_id == batches.c.id)
        .join(image_attempts, column.image_id == images.c.id)
    )
    return counted(tx, joined.where(which, column.outcome != str(ImageState.RUNNING)).group_by(*label), 3)


def bytes_made(tx: Connection, which: ColumnElement[bool]) -> Sums:
    """(action, role): bytes of files."""
    label = (batches.c.action, artifacts.c.role)
    joined = select(*label, func.sum(artifacts.c.bytes)).join_from(
        batches, artifacts, artifacts.c.batch_id == batches.c.id
    )
    return counted(tx, joined.where(which).group_by(*label), 2)


def deliveries_attempted(tx: Connection, low: datetime, high: datetime | None) -> Sums:
    """(dialect, outcome): how many attempts at deliveries were made in [low, high)."""
    column = delivery_attempts.c
    label = (deliveries.c.dialect, func.coalesce(column.error, "ok"))
    joined = select(*label, func.count()).join_from(
        delivery_attempts, deliveries, deliveries.c.id == column.delivery_id
    )
    span = column.at >= low if high is None else (column.at >= low) & (column.at < high)
    return counted(tx, joined.where(span).group_by(*label), 2)
