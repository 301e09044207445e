"""What the dialects share of direct uploads: opening a slot with a signed address, and naming a filled one in a batch.
The bytes never pass through a submission, and another account's slot looks like none."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import Connection

from batch_api.auth import Caller
from batch_api.service import Service
from batch_api.sniffing import HEAD_BYTES, picture_format
from storage.errors import Invalid, NotFound, TooLarge
from storage.model import Upload
from storage.objects import ObjectMissing, UploadTicket
from storage.records import uploads

LIFE_S = 3600
LONGEST_NAME = 120
DIGITS = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class SentFile:
    """A filled slot: its length, and the format that its first bytes tell (None: no picture)."""

    slot: Upload
    bytes: int
    format: str | None


def declared_bytes(value: object, most: int) -> int:
    """The length that the sender announces; the address takes no longer body."""
    text = str(value if value is not None else most)
    if not DIGITS.fullmatch(text) or int(text) < 1:
        raise Invalid("bytes must be a positive number.", field="bytes", reason="out_of_range")
    if int(text) > most:
        raise TooLarge(
            f"A file may have {most} bytes; {text} are announced.",
            code="file_too_large",
            details={"max_bytes": most, "given_bytes": int(text)},
        )
    return int(text)


def open_slot(
    found: Service, tx: Connection, who: Caller, *, filename: str, max_bytes: int, content_type: str
) -> tuple[Upload, UploadTicket]:
    """A new slot of the caller's account, and the address that fills it within the hour."""
    slot = uploads.create_upload(
        tx, who.account.id, filename=filename, max_bytes=max_bytes, now=found.now(), ttl_s=LIFE_S
    )
    ticket = found.tools.objects.upload_url(slot.key, ttl_s=LIFE_S, max_bytes=max_bytes, content_type=content_type)
    return slot, ticket


def sent_file(found: Service, who: Caller, upload_id: str, field: str) -> SentFile:
    """The file in a slot of this account; Invalid when there is no such slot or nothing was sent to it."""
    try:
        with found.tools.database.read() as tx:
            slot = uploads.get_upload(tx, who.account.id, upload_id)
    except NotFound as fault:
        raise Invalid("There is no such upload.", field=field, reason="unknown") from fault
    try:
        size = found.tools.objects.stat(slot.key).bytes
        with found.tools.objects.read(slot.key, 0, HEAD_BYTES) as stream:
            head = stream.read(HEAD_BYTES)
    except ObjectMissing as fault:
        raise Invalid("Nothing was sent to this upload slot yet.", field=field, reason="empty") from fault
    return SentFile(slot, size, picture_format(head))


def clean_name(name: str, otherwise: str) -> str:
    """The last part of a path without control characters, at most 120 characters; never used as a path."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip()
    if len(kept) > LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}" if dot and len(ending) < 10 else kept[:LONGEST_NAME]
    return kept if kept.strip(".") else otherwise
