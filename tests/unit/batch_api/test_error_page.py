"""The page of error codes is what the code's tables say, and every neutral code has words in every dialect."""

from pathlib import Path

import pytest

from batch_api import shelf, studio
from batch_api.error_page import page
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


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_every_kind_of_fault_has_words(kind: type[errors.ServiceError]) -> None:
    fault = errors.InsufficientCredits(2, 1) if kind is errors.InsufficientCredits else kind()
    told = studio.DOOR.word_error(fault, "req_x")
    assert told.body["code"] in STUDIO and isinstance(told.body["error"], str)
    assert shelf.DOOR.word_error(fault, "req_x").body["error"]["code"] in SHELF
