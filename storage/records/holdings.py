"""Which objects the records name: what must be there for as long as its batch lives. Reads only, touches no object."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, null, select

from storage.records.border_tables import uploads
from storage.records.tables import artifacts, batches, image_inputs

AT_ONCE = 2000


@dataclass(frozen=True)
class Holding:
    """`sha256` where the records know it. `until` is when it may be deleted: None, while its batch is open. `sure` is
    False for an upload slot, which may be waiting for its file."""

    key: str
    sha256: str | None
    until: datetime | None
    sure: bool = True

    def must_be_there(self, now: datetime) -> bool:
        return self.sure and (self.until is None or self.until > now)


def named_objects(tx: Connection) -> Iterator[Holding]:
    """Results and archives of batches that are not purged, the inputs that they need, and files in upload slots."""
    alive = batches.c.purged_at.is_(None)
    made = select(artifacts.c.key, artifacts.c.sha256, batches.c.expires_at.label("until"))
    given = select(image_inputs.c.key, null().label("sha256"), batches.c.expires_at.label("until")).distinct()
    waiting = select(uploads.c.key, null().label("sha256"), uploads.c.expires_at.label("until"))
    queries: tuple[Select[tuple[str, str | None, datetime | None]], ...] = (
        made.join(batches, batches.c.id == artifacts.c.batch_id).where(alive),
        given.join(batches, batches.c.id == image_inputs.c.batch_id).where(alive),
        waiting,
    )
    seen: dict[str, None] = {}
    for query in queries:
        for row in tx.execution_options(yield_per=AT_ONCE).execute(query):
            if row.key not in seen:
                seen[row.key] = None
                yield Holding(row.key, row.sha256, row.until, sure=query is not waiting)
