"""Who plays what: how a request's inputs become units of work of an action that composes several pictures.

Never fetches anything and never reads an option's meaning, only which input has which role.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storage.errors import Invalid
from storage.model import ImageOrder, Source


def never(options: Mapping[str, Any]) -> bool:
    return False


def always(options: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True)
class Extra:
    """A further picture beside the inputs: named by `options[option]` (an address) or uploaded as `file_field`.

    `takes_last`: whether, when it is given neither way, the request's last input plays the role. `required`: whether
    the action cannot be done without it. Both look at the raw options, plus `EXTRA` holding the roles that are given.
    """

    role: str
    option: str
    file_field: str
    takes_last: Callable[[Mapping[str, Any]], bool] = never
    required: Callable[[Mapping[str, Any]], bool] = never


@dataclass(frozen=True)
class Casting:
    """`together`: all inputs make one unit of work; otherwise each makes its own. `least` and `most` bound the inputs
    that are left when the extras have taken theirs."""

    together: bool = False
    least: int = 1
    most: int | None = None
    extras: tuple[Extra, ...] = ()


EACH = Casting()
FILE_FIELDS = ("logo_file", "reference_file", "template_file", "mask_file")


def casting_of(action: object) -> Casting:
    """The action's own, or one unit of work per input."""
    found = getattr(action, "casting", EACH)
    return found if isinstance(found, Casting) else EACH


def cast(
    casting: Casting, options: Mapping[str, Any], inputs: Sequence[Source], given: Mapping[str, Source]
) -> tuple[ImageOrder, ...]:
    """The units of work; in each the inputs come first (role "input"), then the extras in the casting's order.

    `given`: sources by role. Raises Invalid("missing_reference") for a required role that nobody plays,
    Invalid("missing_image") and Invalid("too_many_images") for too few or too many inputs.
    """
    left, extras = list(inputs), list[Source]()
    for extra in casting.extras:
        source = given.get(extra.role)
        if source is None and extra.takes_last(options) and len(left) > casting.least:
            source = left.pop()
        if source is not None:
            extras.append(replace(source, role=extra.role))
        elif extra.required(options):
            raise missing(extra)
    check_number(casting, len(left))
    if casting.together:
        return (ImageOrder((*left, *extras)),)
    return tuple(ImageOrder((source, *extras)) for source in left)


def missing(extra: Extra) -> Invalid:
    return Invalid(
        f"The {extra.role} is missing: send it as the last image, as options[{extra.option}] or as {extra.file_field}.",
        field=f"options[{extra.option}]",
        reason="required",
        code="missing_reference",
        details={"role": extra.role},
    )


def check_number(casting: Casting, count: int) -> None:
    if count < casting.least:
        told = f"This action needs at least {casting.least} images; {count} came."
        raise Invalid(told, field="image_urls[]", reason="required", code="missing_image",
                      details={"min": casting.least})  # fmt: skip
    if casting.most is not None and count > casting.most:
        told = f"This action takes at most {casting.most} images; {count} came."
        raise Invalid(told, field="image_files[]", reason="too_many", code="too_many_images",
                      details={"max": casting.most, "given": count})  # fmt: skip


def number_of(sources: Sequence[Source], role: str) -> int | None:
    """Which of an image's sources plays `role`; None when none does."""
    return next((number for number, source in enumerate(sources) if source.role == role), None)
