"""What was ever done, in sums that can be added: of the batches that became final in a span of time, and of those that
are still open. What belongs to a final batch never changes again, so a span is counted once.

Reads only. Groups by words of closed vocabularies, never by customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, case, func, or_, select

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


@dataclass(frozen=True)
class Span:
    """Batches that became final in [low, high); without an end, those since `low` and all that are still open."""

    low: datetime
    high: datetime | None = None

    @property
    def final(self) -> ColumnElement[bool]:
        moment = batches.c.completed_at
        return moment >= self.low if self.high is None else (moment >= self.low) & (moment < self.high)

    @property
    def chosen(self) -> CTE:
        """The batches as a table of its own, to be joined first: their images are few among all."""
        which = or_(OPEN, self.final) if self.high is None else self.final
        query = select(batches.c.id, batches.c.dialect, batches.c.action).where(which)
        return query.cte("chosen").prefix_with("MATERIALIZED")


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


def batches_done(tx: Connection, span: Span) -> Sums:
    """(dialect, action, state): how many."""
    column = batches.c
    label = (column.dialect, column.action, column.state)
    return counted(tx, select(*label, func.count()).where(span.final).group_by(*label), 3)


def batch_times(tx: Connection, span: Span, bounds: Sequence[float]) -> Sums:
    """(dialect,): spread of the time from submit to final."""
    column = batches.c
    times = spread(seconds_between(tx, column.created_at, column.completed_at), bounds)
    return counted(tx, select(column.dialect, *times).where(span.final).group_by(column.dialect), 1)


def credit_moves(tx: Connection, span: Span) -> Sums:
    """(): credits held at submit, captured, released."""
    column = batches.c
    released = column.credits_held - column.credits_charged - column.credits_open
    moved = select(func.sum(column.credits_held), func.sum(column.credits_charged), func.sum(released))
    return counted(tx, moved.where(column.id.in_(select(span.chosen.c.id))), 0)


def images_done(tx: Connection, span: Span) -> Sums:
    """(dialect, action, outcome, code): how many images are final."""
    chosen = span.chosen
    label = (chosen.c.dialect, chosen.c.action, images.c.state, images.c.error_code)
    joined = select(*label, func.count()).join_from(chosen, images, images.c.batch_id == chosen.c.id)
    # Other states are left out here: a condition on the state would lead SQLite to read every image of that state.
    found = counted(tx, joined.group_by(*label), 4)
    return {words: numbers for words, numbers in found.items() if words[2] in FINAL_IMAGE_STATES}


def attempts_ended(tx: Connection, span: Span, bounds: Sequence[float]) -> Sums:
    """(action, outcome, code): spread of the attempts' durations."""
    chosen, column = span.chosen, image_attempts.c
    label = (chosen.c.action, column.outcome, column.code)
    times = spread(seconds_between(tx, column.started_at, column.finished_at), bounds)
    joined = (
        select(*label, *times)
        .join_from(chosen, images, images.c.batch_id == chosen.c.id)
        .join(image_attempts, column.image_id == images.c.id)
    )
    return counted(tx, joined.where(column.outcome != str(ImageState.RUNNING)).group_by(*label), 3)


def bytes_made(tx: Connection, span: Span) -> Sums:
    """(action, role): bytes of files."""
    chosen = span.chosen
    label = (chosen.c.action, artifacts.c.role)
    joined = select(*label, func.sum(artifacts.c.bytes)).join_from(
        chosen, artifacts, artifacts.c.batch_id == chosen.c.id
    )
    return counted(tx, joined.group_by(*label), 2)


def deliveries_attempted(tx: Connection, span: Span) -> Sums:
    """(dialect, outcome): how many attempts at deliveries were made in [low, high), or since low."""
    column = delivery_attempts.c
    label = (deliveries.c.dialect, func.coalesce(column.error, "ok"))
    joined = select(*label, func.count()).join_from(
        delivery_attempts, deliveries, deliveries.c.id == column.delivery_id
    )
    within = column.at >= span.low if span.high is None else (column.at >= span.low) & (column.at < span.high)
    return counted(tx, joined.where(within).group_by(*label), 2)
