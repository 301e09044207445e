"""Every action's options as OpenAPI schemas, read off the schemas that read them, so that the two cannot differ.

Never validates anything.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from jobs.actions import CATALOGUE
from jobs.actions.casting import casting_of
from jobs.actions.schema import Flag, Text, Texts, Word
from storage.model import Dialect

FLAG_WORDS = "In a form 1, true, on or yes; 0, false, off, no or empty."
REQUEST_FIELDS = ("resolution", "aspect_ratio")  # fields of the request, beside the options
EXTRA_TEXT = "Address (http, https, data:) of the {role}; or upload it as {file}."
ASYNC = {
    "type": "boolean",
    "default": False,
    "description": f"Answer at once with status queued, as Prefer: respond-async. {FLAG_WORDS}",
}


def studio_actions() -> dict[str, Any]:
    """The dialect's actions that can be run, by name."""
    return {name: action for (dialect, name), action in CATALOGUE.items() if dialect is Dialect.STUDIO}


def described(field: fields.Field[Any]) -> dict[str, Any]:
    """One option as a JSON schema."""
    told: dict[str, Any] = {"type": "string"}
    if isinstance(field, Flag):
        told = {"type": "boolean"}
    elif isinstance(field, Word):
        told["enum"] = list(field.choices.values())
    elif isinstance(field, Texts):
        told = {"type": "array", "items": {"type": "string"}}
    elif isinstance(field, fields.Integer | fields.Float):
        told = {"type": "integer" if isinstance(field, fields.Integer) else "number"}
    elif isinstance(field, Text):
        told["maxLength"] = field.limit
    told |= bounds(field)
    if isinstance(field.load_default, bool | int | float | str) and field.load_default != "":
        told["default"] = field.load_default
    words = [str(field.metadata["description"])] if "description" in field.metadata else []
    if isinstance(field, Flag):
        words.append(FLAG_WORDS)
    return told | ({"description": " ".join(words)} if words else {})


def bounds(field: fields.Field[Any]) -> dict[str, Any]:
    """The numbers of its Range, where it has one."""
    for check in field.validators:
        if isinstance(check, validate.Range):
            ends = {"minimum": check.min, "maximum": check.max}
            return {name: value for name, value in ends.items() if value is not None}
    return {}


def options_of(action: Any) -> dict[str, dict[str, Any]]:
    """An action's options by name, its further pictures among them; not the fields of the request."""
    schema: Schema = action.schema()
    listed = {name: described(field) for name, field in schema.fields.items() if name not in REQUEST_FIELDS}
    for extra in casting_of(action).extras:
        words = EXTRA_TEXT.format(role=extra.role, file=extra.file_field)
        listed[extra.option] = {"type": "string", "description": words}
    return listed


def all_options() -> dict[str, dict[str, Any]]:
    """Every option of every action once. Where actions differ in it, what any of them takes; whose it is, is said."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for name, action in sorted(studio_actions().items()):
        for option, kind in options_of(action).items():
            found.setdefault(option, []).append((name, kind))
    return {option: merged(users) for option, users in sorted(found.items())} | {"async": ASYNC}


def merged(users: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    kinds = [kind for _, kind in users]
    told: dict[str, Any] = dict(kinds[0])
    for kind in kinds[1:]:
        told = {key: value for key, value in told.items() if kind.get(key) == value or key in ("enum", "description")}
        told = joined(told, kind)
    who = "" if len(users) == len(studio_actions()) else f"For {', '.join(name for name, _ in users)}."
    words = " ".join(part for part in (str(told.get("description", "")), who) if part)
    return told | ({"description": words} if words else {})


def joined(told: Mapping[str, Any], kind: Mapping[str, Any]) -> dict[str, Any]:
    """Both enumerations together, or none when one of the two is free; the first description stays."""
    rest = {key: value for key, value in told.items() if key != "enum"}
    if "enum" in told and "enum" in kind:
        return rest | {"enum": list(dict.fromkeys([*told["enum"], *kind["enum"]]))}
    return rest


def extra_files() -> dict[str, dict[str, Any]]:
    """The file fields that have a role of their own."""
    return {
        extra.file_field: {"type": "string", "format": "binary", "description": f"The {extra.role}; {name}."}
        for name, action in sorted(studio_actions().items())
        for extra in casting_of(action).extras
    }
