"""How a verb's answer is shown: a plain table for people, JSON for programs. Never decides what is shown."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from storage.clock import iso

SECRET_FIELDS = ("webhook_secret", "callback_secret", "secrets")


def plain(value: Any) -> Any:
    """Nouns as plain JSON values; datetimes as ISO, secrets left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if key not in SECRET_FIELDS}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Left-aligned columns under their names."""
    cells = [[str("" if row.get(name) is None else row.get(name)) for name in columns] for row in rows]
    widths = [max(len(name), *(len(line[place]) for line in cells), 0) for place, name in enumerate(columns)]
    lines = [list(columns), *cells]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def show(answer: Any, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Write one answer: a list becomes a table of `columns`, an object its fields."""
    answer = plain(answer)
    if as_json:
        text = json.dumps(answer, indent=2, ensure_ascii=False)
    elif isinstance(answer, list):
        text = table(answer, columns) if answer and columns else "\n".join(map(str, answer)) or "(nothing)"
    elif isinstance(answer, Mapping):
        text = "\n".join(f"{name}: {value}" for name, value in answer.items())
    else:
        text = str(answer)
    sys.stdout.write(text + "\n")
