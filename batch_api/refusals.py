"""Refusals of what exceeds a limit, in one spelling for every dialect: each names the limit and what came, as far as it
was read, and where a plan sets the limit the plan that would do. Never decides whether something exceeds a limit."""

from storage.errors import Invalid, TooLarge
from storage.records.plans import plan_allowing

MEGABYTE = 1 << 20


def too_many_images(most: int, came: int | None, *, field: str, code: str, most_of_any: int = 0) -> Invalid:
    """More images than one batch may hold. `came` is None when the request was not read to its end; `most_of_any` is
    what the installation gives to the largest plan, 0 where plans do not matter."""
    told = "more" if came is None else str(came)
    details: dict[str, int | str] = {"max": most} | ({} if came is None else {"given": came})
    larger = plan_allowing(max(came or 0, most + 1))
    advice = ""
    if larger is not None and max(came or 0, most + 1) <= most_of_any:
        allowed = min(larger.max_batch_size, most_of_any)
        advice = f" The plan '{larger.tier}' allows {allowed}."
        details["plan"] = larger.tier
    return Invalid(
        f"At most {most} images are accepted in one batch; {told} came. The whole request was refused.{advice}",
        field=field,
        reason="too_many",
        code=code,
        details=details,
    )


def request_too_large(most: int, came: int | None = None) -> TooLarge:
    """A body above the limit; `came` is its declared length, None while it streams."""
    told = f"this one has {came}" if came is not None else "this one has more"
    details = {"max_bytes": most} | ({} if came is None else {"given_bytes": came})
    return TooLarge(f"A request may have {most} bytes; {told}.", details=details)


def file_too_large(most: int, field: str) -> TooLarge:
    """A file above the limit; it was not read any further, so nobody knows how long it is."""
    return TooLarge(
        f"A file is larger than the limit of {most / MEGABYTE:g} MB ({most} bytes).",
        code="file_too_large",
        details={"field": field[:100], "reason": "too_large", "max_bytes": most},
    )


def text_too_long(most: int, field: str) -> TooLarge:
    """A text field above the limit."""
    return TooLarge(
        f"The field '{field[:100]}' is longer than the limit of {most} bytes.",
        details={"field": field[:100], "reason": "too_long", "max_bytes": most},
    )
