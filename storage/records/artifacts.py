"""What was made: one row per file in the object store, belonging to an image or to the whole batch. Rows are written
by the settle or finish that made them true, never changed, and outlive the files (Batch.purged_at tells)."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from storage.errors import NotFound
from storage.model import Artifact
from storage.records.rows import artifact_json, artifact_of
from storage.records.tables import artifacts, images


def add_artifacts(tx: Connection, made: Sequence[Artifact]) -> None:
    """Write rows; only inside the transaction that settles their image or finishes their batch."""
    if made:
        tx.execute(insert(artifacts), [artifact_json(artifact) for artifact in made])


def list_artifacts(tx: Connection, batch_id: str, image_id: str | None = None) -> list[Artifact]:
    """All of a batch, or one image's: by the image's index, then position; the batch's own come last."""
    column = artifacts.c
    query = select(artifacts).outerjoin(images, images.c.id == column.image_id).where(column.batch_id == batch_id)
    if image_id is not None:
        query = query.where(column.image_id == image_id)
    query = query.order_by(column.image_id.is_(None), images.c.position, column.position, column.id)
    return [artifact_of(row) for row in tx.execute(query)]


def by_filename(tx: Connection, batch_id: str, filename: str) -> Artifact:
    """The first file of the batch that the customer sees under this name, or under this path in the ZIP.

    Raises NotFound.
    """
    for artifact in list_artifacts(tx, batch_id):
        if filename in (artifact.filename, artifact.archive_name):
            return artifact
    raise NotFound("There is no such file.")
