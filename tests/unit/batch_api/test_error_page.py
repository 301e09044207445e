"""The page of error codes is what the code's tables say, and every neutral code has words in every dialect."""

from pathlib import Path

import pytest

from batch_api import shelf, studio
from batch_api.advice import ADVICE, IMAGE_ADVICE
from batch_api.error_page import page
from batch_api.errors import DOCUMENTED as ELSEWHERE
from batch_api.print_shop.errors import DOCUMENTED as PRINT
from batch_api.shelf.errors import DOCUMENTED as SHELF
from batch_api.studio.errors import DOCUMENTED as STUDIO
from batch_api.studio.errors import WORDS
from storage import errors

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"
FAULTS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ServiceError)]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m batch_api.error_page > docs/errors.md"


def test_every_studio_code_is_documented_with_its_status() -> None:
    assert {(code, status) for status, code in WORDS.values()} <= {(code, row[0]) for code, row in STUDIO.items()}


TABLES = {"print": PRINT, "studio": STUDIO, "shelf": SHELF, "elsewhere": ELSEWHERE}


def test_every_code_has_a_sentence_an_again_and_a_next_step() -> None:
    told = {code: when for table in TABLES.values() for code, (_, when) in table.items()}
    assert [code for code in told if code not in ADVICE] == []
    assert set(ADVICE) - set(told) <= {"overloaded"}, "advice for codes that nobody gets"
    for code, (_, step) in ADVICE.items():
        assert step.endswith(".") and len(step) > 15, code
    assert all(when.rstrip(")").endswith((".", "busy")) for when in told.values())
    shown = PAGE.read_text()
    for place, table in TABLES.items():
        for code, (status, when) in table.items():
            again, step = ADVICE[code]
            assert f"| {status} | `{code}` | {when} | {'yes' if again else 'no'} | {step} |" in shown, (place, code)


def test_every_reason_of_a_failed_image_has_a_next_step() -> None:
    assert set(IMAGE_ADVICE) == set(errors.IMAGE_FAULTS)
    assert all(sentence.endswith(".") for _, sentence in errors.IMAGE_FAULTS.values())
    assert all(step.endswith(".") and len(step) > 15 for step in IMAGE_ADVICE.values())


def test_what_may_be_sent_again_is_what_the_status_says() -> None:
    """Nothing that must be changed first is called worth repeating, and no busy moment is called final."""
    for table in TABLES.values():
        for code, (status, _) in table.items():
            if status in (400, 401, 402, 403, 404, 405, 410, 413, 415, 422):
                assert not ADVICE[code][0], code
            if status in (429, 500) or (status == 503 and "not available" not in table[code][1]):
                assert ADVICE[code][0], code


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_every_kind_of_fault_has_words(kind: type[errors.ServiceError]) -> None:
    fault = errors.InsufficientCredits(2, 1) if kind is errors.InsufficientCredits else kind()
    told = studio.DOOR.word_error(fault, "req_x")
    assert told.body["code"] in STUDIO and isinstance(told.body["error"], str)
    assert shelf.DOOR.word_error(fault, "req_x").body["error"]["code"] in SHELF
