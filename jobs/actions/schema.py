"""How an action's wire options are read: one marshmallow schema per action, one error per first fault, and a warning
for every option that is unknown. Never raises anything but storage.errors.Invalid."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from jobs.actions.offer import Options
from storage.errors import Invalid

TRUE_WORDS = frozenset({"true", "1", "on", "yes", "y"})
FALSE_WORDS = frozenset({"false", "0", "off", "no", "n", ""})


def parse_flag(value: object) -> bool:
    """A boolean as any client spells it: True, "true", "True", 1, "on", "" … ; ValueError for anything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"{value!r} is not true or false")


class Flag(fields.Field[bool]):
    """A boolean field that reads every client's spelling."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        try:
            return parse_flag(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class Word(fields.String):
    """A choice compared without regard to case or blanks; the canonical spelling is kept."""

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = {choice.lower(): choice for choice in choices}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(value).strip().lower()
        if text not in self.choices:
            raise ValidationError(f"must be one of: {', '.join(self.choices.values())}")
        return self.choices[text]


class Text(fields.String):
    """Free text, trimmed and bounded (2 000 characters unless told)."""

    def __init__(self, limit: int = 2000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = "" if value is None else str(value).replace("\0", "").strip()
        if len(text) > self.limit:
            raise ValidationError(f"has more than {self.limit} characters")
        return text


class Texts(fields.Field[list[str]]):
    """A list of short texts: a list, or one comma-separated string."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        parts = value.values() if isinstance(value, Mapping) else value
        parts = str(parts).split(",") if isinstance(parts, str) else parts
        if not hasattr(parts, "__iter__"):
            raise ValidationError("must be a list")
        texts = [str(part).strip() for part in parts if str(part).strip()]
        if len(texts) > 50 or any(len(text) > 200 for text in texts):
            raise ValidationError("has more than 50 entries or one of more than 200 characters")
        return texts


def normalized(fault: ValidationError) -> dict[str, Any]:
    """marshmallow's messages by field; its own method has no types."""
    messages: dict[str, Any] = fault.normalized_messages()  # type: ignore[no-untyped-call]
    return messages


def read_options(
    schema: Schema,
    raw: Mapping[str, Any],
    *,
    codes: Mapping[str, str] | None = None,
    silent: tuple[str, ...] = (),
) -> Options:
    """Load `raw`; the first fault becomes Invalid with the code of its field (`codes`, else invalid_option).

    Names in `silent` belong to the request, not to the action, and are neither read nor warned about.
    """
    try:
        values = schema.load(dict(raw), unknown=EXCLUDE)
    except ValidationError as fault:
        field, reasons = next(iter(normalized(fault).items()))
        reason = reasons[0] if isinstance(reasons, list) else str(reasons)
        code = (codes or {}).get(field, "invalid_option")
        raise Invalid(f"{field} {reason}", field=field, reason=reason, code=code) from fault
    known = {field.data_key or name for name, field in schema.fields.items()}
    unknown = [name for name in raw if name not in known and name not in silent]
    return Options(values, tuple(f"Option '{str(name)[:60]}' is not known and was ignored." for name in unknown))
