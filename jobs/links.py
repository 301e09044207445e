"""Every address that is handed out, and when what it leads to is deleted. Links are minted at each read; nothing
here is stored except inside a webhook body, which is kept as it was sent."""

from datetime import datetime, timedelta

from config import Settings
from jobs.tools import Tools
from storage.model import Artifact, Batch, Dialect


def expires_at(settings: Settings, dialect: Dialect, completed_at: datetime) -> datetime:
    """End of a finished batch's retention: links die and artifacts are deleted then."""
    hours = settings.studio_retention_hours if dialect is Dialect.STUDIO else settings.link_hours
    return completed_at + timedelta(hours=hours)


def link_seconds(tools: Tools, batch: Batch) -> int:
    """Life of a link minted now: to the batch's end, or LINK_HOURS while it is still open; 0 once it is over."""
    if batch.expires_at is None:
        return tools.settings.link_hours * 3600
    left = int((batch.expires_at - tools.clock()).total_seconds())
    return max(0, min(left, 7 * 24 * 3600))  # 7 days is the longest that S3's signatures allow


def artifact_url(tools: Tools, artifact: Artifact, batch: Batch) -> str | None:
    """A signed download address; None once the batch's files are gone."""
    seconds = link_seconds(tools, batch)
    if seconds == 0 or batch.purged_at is not None:
        return None
    return tools.objects.url(
        artifact.key, ttl_s=seconds, filename=artifact.filename, content_type=artifact.content_type
    )


def output_url(tools: Tools, artifact: Artifact, batch: Batch) -> str | None:
    """The studio's plain `/output/<job>/result_001.jpg`; its id is unguessable. Signed when the setting says so."""
    if tools.settings.studio_signed_output:
        return artifact_url(tools, artifact, batch)
    if batch.purged_at is not None or link_seconds(tools, batch) == 0:
        return None
    return f"{tools.settings.base_url}/output/{batch.id}/{artifact.filename}"


def batch_url(settings: Settings, batch: Batch) -> str:
    """Where this batch can be polled, in its dialect's own spelling."""
    paths = {
        Dialect.PRINT: f"/v1/batch/{batch.id}",
        Dialect.STUDIO: f"/api/v1/batch.php?job_id={batch.id}",
        Dialect.SHELF: f"/api/v1/analyses/batch/{batch.id}",
    }
    return settings.base_url + paths[batch.dialect]
