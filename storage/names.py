"""Every object key in one place. Keys are made of server ids only; what a customer typed never becomes a path."""

STAGING = "staging"
OUTPUTS = "out"
ARCHIVES = "zip"


def staging_key(upload_id: str) -> str:
    """A part that was uploaded but belongs to no batch yet; collected after a day when nothing refers to it."""
    return f"{STAGING}/{upload_id}"


def output_prefix(batch_id: str) -> str:
    return f"{OUTPUTS}/{batch_id}/"


def artifact_key(batch_id: str, image_id: str, token: str, number: int, extension: str) -> str:
    """One key per attempt: a worker that lost its lease can only ever write beside the winner, never over it."""
    return f"{OUTPUTS}/{batch_id}/{image_id}/{token}/{number:03d}.{extension}"


def batch_artifact_key(batch_id: str, token: str, number: int, extension: str) -> str:
    return f"{OUTPUTS}/{batch_id}/batch/{token}/{number:03d}.{extension}"


def archive_key(batch_id: str, token: str) -> str:
    return f"{ARCHIVES}/{batch_id}/{token}.zip"
