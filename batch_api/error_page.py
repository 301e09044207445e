"""The page of all error codes, made from the tables that the replies are made from. Serves nothing by itself."""

from collections.abc import Mapping

from batch_api.print_shop.errors import DOCUMENTED as PRINT
from batch_api.shelf.errors import DOCUMENTED as SHELF
from batch_api.studio.errors import DOCUMENTED as STUDIO
from jobs.notify.print_shop import fault_code as print_fault
from jobs.notify.studio import fault_code as studio_fault
from storage.errors import IMAGE_FAULTS

HEAD = """# Error codes

Made by `python -m batch_api.error_page` from the tables in the code; a test compares them. Refused requests store, hold
and charge nothing.
"""
FORMS = {
    "print": '`{"error": {"code", "message", "details": [{"field", "issue"}]}, "request_id"}`',
    "studio": '`{"success": false, "error": "<sentence>", "code", "details", "request_id"}`',
    "shelf": '`{"error": {"code", "message", "details"}}`',
}
IMAGES = """
## Why one image failed

An image that fails never stops the others, costs nothing, and says why. "again" means that trying again can help; the
service does so by itself up to three times before it gives up.

| reason | print code | studio code | again | sentence |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for dialect, table in (("print", PRINT), ("studio", STUDIO), ("shelf", SHELF)):
        parts.append(f"\n## Replies of the {dialect} dialect\n\n{FORMS[dialect]}\n\n{rows(table)}")
    faults = "".join(
        f"| `{code}` | `{print_fault(code)}` | `{studio_fault(code)}` | {'yes' if again else 'no'} | {sentence} |\n"
        for code, (again, sentence) in IMAGE_FAULTS.items()
    )
    return "".join([*parts, IMAGES, faults])


def rows(table: Mapping[str, tuple[int, str]]) -> str:
    lines = "".join(f"| {status} | `{code}` | {when} |\n" for code, (status, when) in table.items())
    return f"| HTTP | code | when |\n| --- | --- | --- |\n{lines}"


def main() -> None:
    import sys

    sys.stdout.write(page())


if __name__ == "__main__":
    main()
