"""Addresses that a customer writes into a request: judged by their text, before anything is stored. Never resolves a
name and never connects; that is for the workers, which judge again."""

from urllib.parse import urlsplit

from config import Settings
from jobs.egress.urls import EgressPolicy, UrlRefused, check_url, parse_allowed
from storage.errors import Invalid

LONGEST = 2048


def callback_address(settings: Settings, field: str, value: object) -> str:
    """An https address on a public host (or one of EGRESS_ALLOW), or Invalid(invalid_webhook_url)."""
    policy = EgressPolicy(allowed=parse_allowed(settings.egress_allow))
    try:
        return check_url(str(value).strip(), policy, "webhook").url
    except UrlRefused as fault:
        raise Invalid(fault.public, field=field, reason="not_allowed", code="invalid_webhook_url") from fault


def image_address(field: str, value: object) -> str:
    """An http(s) address by its form, or Invalid(invalid_image_url). Whether it may be fetched, its image finds out."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and len(text) <= LONGEST
    except ValueError:
        sound = False
    if not sound or any(ord(character) < 33 for character in text):
        raise Invalid(
            "An image address must be an http or https URL of at most 2048 characters.",
            field=field,
            reason="not_a_url",
            code="invalid_image_url",
        )
    return text
