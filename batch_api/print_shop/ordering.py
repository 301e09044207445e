"""From a print request to a neutral submission: images in order (addresses, upload slots, files), labels, callback.
Never reads an option's meaning and never fetches an address; a bad upload fails the request, a bad address its job."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import request

from batch_api.addresses import callback_address, image_address
from batch_api.auth import Caller
from batch_api.intake import Intake, IntakeLimits, ReceivedFile, stage_data_uri, with_files
from batch_api.print_shop.reading import as_list, canonical_fields, job_type
from batch_api.refusals import too_many_images
from batch_api.service import Service
from batch_api.submissions import Submission
from batch_api.upload_slots import clean_name, sent_file
from config import Settings
from jobs.actions.schema import parse_flag
from storage.errors import Invalid, UnsupportedMedia
from storage.model import ImageOrder, Source

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
REQUEST_BYTES = 1 << 30
WEBHOOK_SECRET = re.compile(r"whsec_(?:[A-Za-z0-9+/]{4}){5,28}(?:[A-Za-z0-9+/]{2}={0,2}|[A-Za-z0-9+/]{3}=?)?", re.ASCII)
NOT_OPTIONS = ("images", "image_urls", "upload_ids", "webhook_secret")
IMAGE_FIELDS = ("url", "image_url", "src", "upload_id", "filename", "title")
LONGEST_LABEL = 128


def limits_of(settings: Settings) -> IntakeLimits:
    """What a print request may hold: 50 files, 1 GB (print contract §3.4)."""
    most = settings.print_max_batch
    return IntakeLimits(
        files=most,
        file_bytes=settings.max_file_bytes,
        request_bytes=min(REQUEST_BYTES, settings.max_request_mb << 20),
        refusal=too_many(most, None),
    )


def too_many(most: int, came: int | None) -> Invalid:
    return too_many_images(most, came, field="images", code="batch_size_exceeded")


def translate(found: Service, who: Caller, named: str | None, intake: Intake) -> tuple[Intake, Submission]:
    """The intake (with files made of data: addresses) and what it orders."""
    fields = canonical_fields(intake)
    action = job_type(fields, named)
    intake, images = all_images(found, who, intake, fields)
    labels = {
        "client_job_id": label("client_job_id", fields.get("client_job_id")),
        "on_behalf_of": label("X-On-Behalf-Of", request.headers.get("X-On-Behalf-Of")),
    }
    callback, given = fields.get("webhook_url") or None, fields.get("webhook_secret")
    submission = Submission(
        action=action,
        images=tuple(images),
        options={name: value for name, value in fields.items() if name not in NOT_OPTIONS},
        labels={name: value for name, value in labels.items() if value is not None},
        callback_url=callback_address(found.settings, "webhook_url", callback) if callback else None,
        callback_secret=(signing_secret(given) or who.account.webhook_secret) if callback else None,
        warnings=unread(fields),
        dry_run=flag("dry_run", fields.get("dry_run", False)),
    )
    return intake, submission


def all_images(
    found: Service, who: Caller, intake: Intake, fields: Mapping[str, Any]
) -> tuple[Intake, list[ImageOrder]]:
    """Addresses and slots first, in their order, then uploaded files in order of arrival; the sum is capped."""
    wanted = [entry(item) for name in ("image_urls", "images") for item in as_list(name, fields.get(name))]
    wanted += [entry({"upload_id": item}) for item in as_list("upload_ids", fields.get("upload_ids"))]
    most = found.settings.print_max_batch
    if len(wanted) + len(intake.files) > most:
        raise too_many(most, len(wanted) + len(intake.files))
    if not wanted and not intake.files:
        raise Invalid("Send at least one image.", field="images", reason="required", code="no_images")
    files = list(intake.files)
    orders = []
    for number, item in enumerate(wanted):
        url = str(item.get("url") or "")
        if url[:5].lower() == "data:":
            intake = with_files(
                intake, [stage_data_uri(found.tools, limits_of(found.settings), f"images[{number}]", url)]
            )
            source = upload_source(intake.files[-1], number, item.get("filename"))
        elif item.get("upload_id"):
            source = slot_source(found, who, str(item["upload_id"]), item.get("filename"), number)
        else:
            source = address_source(url, item.get("filename"), number)
        orders.append(ImageOrder((source,), own_labels(item)))
    orders += [ImageOrder((upload_source(file, len(wanted) + number),)) for number, file in enumerate(files)]
    return intake, orders


def entry(item: Any) -> dict[str, Any]:
    """One member of a list of images: an address, or an object with `url` or `upload_id`."""
    if isinstance(item, str):
        return {"url": item}
    if not isinstance(item, dict):
        raise Invalid("An image is an address or an object with 'url'.", field="images", code="invalid_image_url")
    url = item.get("url") or item.get("image_url") or item.get("src")
    return {**{str(name): value for name, value in item.items()}, "url": url}


def unread(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """What to say of members of image objects that nobody reads, the first twenty."""
    items = [item for name in ("image_urls", "images") for item in as_list(name, fields.get(name))]
    strange = {str(name)[:60] for item in items if isinstance(item, dict) for name in item if name not in IMAGE_FIELDS}
    return tuple(f"Image field '{name}' is not known and was ignored." for name in sorted(strange)[:20])


def own_labels(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a single image brings along: its title."""
    title = item.get("title")
    return {"title": str(title).replace("\0", "").strip()[:140]} if title else {}


def upload_source(file: ReceivedFile, index: int, name: object = None) -> Source:
    """A file of this request; refused when its first bytes are no picture that print takes."""
    shown = clean_name(str(name or file.filename), f"image-{index + 1:03d}")
    refuse_format(file.format, shown)
    return Source("upload", shown, file.key, None, file.bytes, file.sha256, file.crc32)


def slot_source(found: Service, who: Caller, upload_id: str, name: object, index: int) -> Source:
    """A file that was sent to an upload slot before; its first bytes are looked at here, its digest is the worker's."""
    sent = sent_file(found, who, upload_id, f"upload_ids[{index}]")
    shown = clean_name(str(name or sent.slot.filename), f"image-{index + 1:03d}")
    refuse_format(sent.format, shown)
    return Source("upload", shown, sent.slot.key, None, sent.bytes)


def refuse_format(found: str | None, name: str) -> None:
    if found not in FORMATS:
        kind = f"is {found}" if found else "is not a picture"
        raise UnsupportedMedia(
            f"'{name}' {kind}; JPEG, PNG, WebP and TIFF are accepted.",
            code="unsupported_image_type",
            details={"field": "images", "reason": "unsupported", "filename": name},
        )


def address_source(url: str, name: object, index: int) -> Source:
    address = image_address(f"images[{index}]", url)
    last = unquote(urlsplit(address).path.rpartition("/")[2])
    return Source("url", clean_name(str(name or last), f"image-{index + 1:03d}"), None, address)


def label(field: str, value: object) -> str | None:
    """A caller's own id: any text up to 128 characters, kept as it is."""
    if value is None or value == "":
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Invalid(f"{field} must be a text.", field=field, reason="not_a_text")
    text = unicodedata.normalize("NFC", str(value))
    if len(text) > LONGEST_LABEL or any(unicodedata.category(character) == "Cc" for character in text):
        raise Invalid(f"{field} may have {LONGEST_LABEL} printable characters.", field=field, reason="too_long")
    return text


def signing_secret(value: object) -> str | None:
    """The caller's own secret for this batch's callback, in the spelling that signatures need, or None."""
    text = label("webhook_secret", value)
    if text is not None and not WEBHOOK_SECRET.fullmatch(text):
        raise Invalid(
            "webhook_secret must be 'whsec_' and at least 16 bytes in base64.",
            field="webhook_secret",
            reason="malformed",
        )
    return text


def flag(field: str, value: object) -> bool:
    try:
        return parse_flag(value)
    except ValueError as fault:
        raise Invalid(f"{field} {fault}.", field=field, reason="not_a_flag") from fault
