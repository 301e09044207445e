"""The page of all error codes, made from the tables that the replies are made from. Serves nothing by itself."""

from collections.abc import Mapping

from batch_api.advice import ADVICE, IMAGE_ADVICE
from batch_api.errors import DOCUMENTED as ELSEWHERE
from batch_api.print_shop.errors import DOCUMENTED as PRINT
from batch_api.shelf.errors import DOCUMENTED as SHELF
from batch_api.studio.errors import DOCUMENTED as STUDIO
from jobs.notify.print_shop import fault_code as print_fault
from jobs.notify.studio import fault_code as studio_fault
from storage.errors import IMAGE_FAULTS

HEAD = """# Error codes

Made by `python -m batch_api.error_page` from the tables in the code; a test compares them. Refused requests store, hold
and charge nothing. "again" means that the very same request can succeed later.
"""
FORMS = {
    "print": '`{"error": {"code", "message", "details": [{"field", "issue"}]}, "request_id"}`',
    "studio": '`{"success": false, "error": "<sentence>", "code", "details", "request_id"}`',
    "shelf": '`{"error": {"code", "message", "details"}}`',
    "elsewhere": "`application/problem+json` (RFC 9457) with `code`, `request_id` and `errors`; files, health and all "
    "addresses outside of the dialects",
}
IMAGES = """
## Why one image failed

An image that fails never stops the others, costs nothing, and says why. "again" means that trying again can help; the
service does so by itself up to three times before it gives up.

| reason | print code | studio code | again | sentence | what to do |
| --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    tables = (("print", PRINT), ("studio", STUDIO), ("shelf", SHELF), ("elsewhere", ELSEWHERE))
    for place, table in tables:
        whose = "Replies elsewhere" if place == "elsewhere" else f"Replies of the {place} dialect"
        parts.append(f"\n## {whose}\n\n{FORMS[place]}\n\n{rows(table)}")
    faults = "".join(
        f"| `{code}` | `{print_fault(code)}` | `{studio_fault(code)}` | {said(again)} | {sentence} | "
        f"{IMAGE_ADVICE[code]} |\n"
        for code, (again, sentence) in IMAGE_FAULTS.items()
    )
    return "".join([*parts, IMAGES, faults])


def rows(table: Mapping[str, tuple[int, str]]) -> str:
    lines = "".join(
        f"| {status} | `{code}` | {when} | {said(ADVICE[code][0])} | {ADVICE[code][1]} |\n"
        for code, (status, when) in table.items()
    )
    return f"| HTTP | code | when | again | what to do |\n| --- | --- | --- | --- | --- |\n{lines}"


def said(again: bool) -> str:
    return "yes" if again else "no"


def main() -> None:
    import sys

    sys.stdout.write(page())


if __name__ == "__main__":
    main()
