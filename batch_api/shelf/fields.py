"""Reads the shelf's JSON bodies field by field, so that every fault names its path ("images[3].imageUrl").

Never converts a type silently: a number where a text is due is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from batch_api.addresses import callback_address, image_address
from config import Settings
from storage.errors import Invalid

TEXT_LIMIT = 255
KEY_LIMIT = 255
METADATA_KEYS = 10
METADATA_VALUE = 500
METADATA_KEY = 64
LABELS = ("externalId", "placeId", "taskId")
UPLOAD = "upload:"
IN_BATCH = ("imageUrl", "metadata", "idempotencyKey", *LABELS)
ALONE = ("imageUrl", "metadata", "callbackUrl", *LABELS)
BATCH = ("images", "callbackUrl")


def fault(field: str, reason: str, sentence: str | None = None) -> Invalid:
    return Invalid(sentence or f"{field}: {reason}", field=field, reason=reason)


def read_object(value: Any, field: str = "body") -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise fault(field, "must be an object")
    return value


def refuse_unknown(body: Mapping[str, Any], names: Collection[str], path: str = "") -> Mapping[str, Any]:
    """The same object, when it has no other members than these: a misspelt field must not be dropped in silence."""
    for name in body:
        if name not in names:
            raise fault(f"{path}{name[:TEXT_LIMIT]}", "unknown field")
    return body


def ignored(body: Mapping[str, Any], names: Collection[str], path: str = "") -> list[str]:
    """One sentence per member that a submission does not know: clients in use send more than is documented, and a
    misspelt field must not be dropped in silence either."""
    return [f"{path}{name[:64]} is not known and was ignored." for name in body if name not in names][:20]


def read_text(body: Mapping[str, Any], name: str, path: str, *, limit: int = TEXT_LIMIT) -> str | None:
    """An optional text; null counts as absent."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise fault(path + name, "must be a string")
    if not 0 < len(value) <= limit:
        raise fault(path + name, f"must have 1 to {limit} characters")
    return value


def read_metadata(body: Mapping[str, Any], path: str) -> dict[str, str] | None:
    """At most 10 keys of 64 characters, string values of at most 500."""
    value = body.get("metadata")
    if value is None:
        return None
    found = read_object(value, path + "metadata")
    if len(found) > METADATA_KEYS:
        raise fault(path + "metadata", f"at most {METADATA_KEYS} keys")
    for key, text in found.items():
        if not 0 < len(key) <= METADATA_KEY:
            raise fault(path + "metadata", f"keys must have 1 to {METADATA_KEY} characters")
        if not isinstance(text, str) or len(text) > METADATA_VALUE:
            raise fault(f"{path}metadata.{key}", f"must be a string of at most {METADATA_VALUE} characters")
    return dict(found)


def read_image(value: Any, path: str = "") -> tuple[str, dict[str, Any]]:
    """(address, labels) of one image object; `path` is its prefix in error details. The address is http(s), or
    `upload:<id>` for a slot that was filled before."""
    body = read_object(value, path.rstrip(".") or "body")
    if body.get("imageUrl") in (None, ""):
        raise fault(path + "imageUrl", "required")
    given = body["imageUrl"]
    slot = isinstance(given, str) and given.startswith(UPLOAD)
    address = given if slot else image_address(path + "imageUrl", given)
    labels: dict[str, Any] = {name: read_text(body, name, path) for name in LABELS}
    labels["metadata"] = read_metadata(body, path)
    return address, {name: label for name, label in labels.items() if label is not None}


def read_keys(images: Sequence[Any]) -> list[str | None]:
    """`images[].idempotencyKey` of each image: 1 to 255 printable characters, or none."""
    keys = []
    for place, each in enumerate(images):
        key = read_text(each, "idempotencyKey", f"images[{place}].", limit=KEY_LIMIT)
        if key is not None and not key.isprintable():
            raise fault(f"images[{place}].idempotencyKey", "must be printable characters")
        keys.append(key)
    return keys


def read_callback(settings: Settings, body: Mapping[str, Any]) -> str | None:
    value = body.get("callbackUrl")
    return None if value is None else callback_address(settings, "callbackUrl", value)


def read_limit(text: str | None, default: int, most: int = 100) -> int:
    """`?limit=`; 422 outside 1…100."""
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        raise fault("limit", f"must be a number from 1 to {most}")
    return int(text)
