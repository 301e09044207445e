"""What PHP clients send, read by PHP's rules and a little more forgivingly: image lists, options, common fields.

Never validates an option's value (the action does) and never touches a file's bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from batch_api.intake import Intake, ReceivedFile, parse_json
from batch_api.php_form import build, keys_of
from jobs.actions.casting import FILE_FIELDS
from storage.errors import Invalid

URL_LISTS = ("image_urls", "image_url", "imageUrls", "imageUrl")
FILE_LISTS = ("image_files", "image_file", "imageFiles", "imageFile")
COMMON = ("action", "resolution", "aspect_ratio", "webhook_url", "client_ref", "job_id")
TEXT_LIMIT = 2000
CLIENT_REF = 128
LONG_TEXTS = {"visual_prompt": 4000, "additional_requirements": 4000}


@dataclass(frozen=True)
class Form:
    """The request's parts. `urls` hold http(s) and data: addresses in order; `options` are as sent, by bare name."""

    common: Mapping[str, str]
    urls: tuple[str, ...]
    files: tuple[ReceivedFile, ...]
    options: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    named: Mapping[str, ReceivedFile] = field(default_factory=dict)  # uploads with a role of their own, by field


@dataclass
class _Lists:
    """Values of one list in order of arrival; a repeated `name[N]` replaces, everything else appends."""

    values: dict[Any, str] = field(default_factory=dict)

    def take(self, path: list[str | None], text: str) -> None:
        key = path[1] if len(path) > 1 and path[1] is not None else len(self.values)
        self.values[(str(key), path[0]) if len(path) > 1 and path[1] is not None else key] = text


def read_form(intake: Intake) -> Form:
    """A form or JSON body as a Form. Raises Invalid(invalid_option) when a name's shape cannot be read."""
    if intake.document is not None:
        return from_document(intake.document)
    urls, others, warnings = _Lists(), list[tuple[str, str]](), list[str]()
    for name, value in intake.fields:
        path = keys_of(name)
        head = path[0] if path else None
        if path and head in URL_LISTS:
            take_urls(urls, path, value)
        elif path and head in FILE_LISTS:
            take_file_text(urls, path, value, warnings)
        else:
            others.append((name, value))
    nested = build(others)
    options, noted = read_options(nested.get("options", {}), [value for name, value in others if name == "options"])
    files = [file for file in intake.files if (keys_of(file.field) or [None])[0] in FILE_LISTS]
    named = {file.field: file for file in intake.files if file.field in FILE_FIELDS}
    strange = {file.field for file in intake.files} - {file.field for file in files} - named.keys()
    warnings += [*noted, *(f"File field '{name[:60]}' is not known and was ignored." for name in sorted(strange))]
    warnings += unknown_fields(nested)
    return Form(read_common(nested), tuple(urls.values.values()), tuple(files), options, tuple(warnings), named)


def take_urls(urls: _Lists, path: list[str | None], value: str) -> None:
    """One value of an address list: an address, or a JSON array of them; blanks are dropped as PHP clients expect."""
    text = value.strip()
    if text.startswith("["):
        try:
            many = parse_json(text.encode())
        except Invalid:
            many = [text]
        for each in many if isinstance(many, list) else [text]:
            if str(each).strip():
                urls.take([path[0]], str(each).strip())
    elif text:
        urls.take(path, text)


def take_file_text(urls: _Lists, path: list[str | None], value: str, warnings: list[str]) -> None:
    """A text under a file field: an address counts as one, anything else is a forgotten @ of curl."""
    text = value.strip()
    if text.lower().startswith(("http://", "https://", "data:image/")):
        urls.take(path, text)
    elif text:
        warnings.append("A text was sent as image_files[]; it is no upload and was ignored.")


def unknown_fields(names: Iterable[Any]) -> list[str]:
    """What to say of fields that nobody reads, the first twenty: a misspelt one must not vanish in silence."""
    strange = [str(name)[:60] for name in names if name not in (*COMMON, "options", *URL_LISTS, *FILE_LISTS)]
    return [f"Field '{name}' is not known and was ignored; options go into options[…]." for name in strange[:20]]


def read_common(nested: Mapping[Any, Any]) -> dict[str, str]:
    found = {}
    for name in COMMON:
        value = nested.get(name)
        if isinstance(value, Mapping):
            raise Invalid(f"{name} must be one value.", field=name, reason="not a text", code="invalid_option")
        if value is not None and str(value).strip():
            found[name] = str(value).strip()
    if len(found.get("client_ref", "")) > CLIENT_REF:
        raise Invalid(f"client_ref has more than {CLIENT_REF} characters.", field="client_ref", reason="too_long",
                      code="invalid_option")  # fmt: skip
    return found


def read_options(value: Any, bare: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """`options[k]`, or bare `options` holding a JSON object; what cannot be used is said."""
    warnings: list[str] = []
    if not isinstance(value, Mapping):
        texts, value = [text for text in bare if text.strip()], {}
        for text in texts:
            try:
                parsed = parse_json(text.encode())
            except Invalid:
                parsed = None
            if isinstance(parsed, Mapping):
                value = {**value, **parsed}
            else:
                warnings.append("A bare 'options' field without a name was ignored; send options[name].")
    return {str(name): checked(str(name), each) for name, each in value.items()}, list(dict.fromkeys(warnings))


def checked(name: str, value: Any) -> Any:
    """Texts within their bound; lists as lists of texts."""
    if isinstance(value, Mapping):
        return {key: checked(name, each) for key, each in value.items()}
    limit = LONG_TEXTS.get(name, TEXT_LIMIT)
    if isinstance(value, str) and len(value) > limit:
        raise Invalid(f"options[{name}] has more than {limit} characters.", field=f"options[{name}]", reason="too_long",
                      code="invalid_option")  # fmt: skip
    return value


def from_document(document: Any) -> Form:
    """A JSON body with the same names: `image_urls: []`, `options: {}`."""
    if not isinstance(document, Mapping):
        raise Invalid("The JSON body must be an object.", field="body", reason="not an object", code="invalid_option")
    urls, warnings = _Lists(), list[str]()
    for name in (*URL_LISTS, *FILE_LISTS):
        found = document.get(name) or []
        for each in found if isinstance(found, list) else [found]:
            if name in URL_LISTS:
                take_urls(urls, [name], str(each))
            else:
                take_file_text(urls, [name], str(each), warnings)
    options = document.get("options") or {}
    if not isinstance(options, Mapping):
        raise Invalid("options must be an object.", field="options", reason="not an object", code="invalid_option")
    values = {str(name): checked(str(name), each) for name, each in options.items()}
    warnings += unknown_fields(document)
    return Form(read_common(document), tuple(urls.values.values()), (), values, tuple(warnings))
