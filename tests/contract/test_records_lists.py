"""Lists: newest first, paged by cursor, filtered, fair, and never across accounts."""

from datetime import timedelta

import pytest
from record_databases import NOW, fail, images_of, make_account, make_order, submit, succeed

from storage.errors import NotFound
from storage.model import Dialect, ImageOrder, ImageState, Source
from storage.records import batches, images
from storage.records.database import Database

HOUR = timedelta(hours=1)


def test_batches_page_newest_first(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    made = [submit(database, make_order(account, 1), NOW + n * HOUR).id for n in range(5)]
    foreign = submit(database, make_order(other, 1))
    submit(database, make_order(account, 1, dialect=Dialect.PRINT))
    known = {"dialect": Dialect.SHELF, "filters": {}}
    with database.read() as tx:
        first = batches.list_batches(tx, account.id, after=None, limit=3, **known)
        rest = batches.list_batches(tx, account.id, after=first[-1].id, limit=3, **known)
        assert [each.id for each in first + rest] == made[::-1]
        assert len(batches.list_batches(tx, account.id, dialect=None, filters={}, after=None, limit=9)) == 6
        with pytest.raises(NotFound):
            batches.list_batches(tx, account.id, after=foreign.id, limit=3, **known)
        with pytest.raises(NotFound):
            batches.get_batch(tx, foreign.id, account.id)


def test_batches_are_found_by_state_and_label(database: Database) -> None:
    account = make_account(database)
    first = submit(database, make_order(account, 1, labels={"client_job_id": 'it\'s "1"'}))
    second = submit(database, make_order(account, 1, labels={"client_job_id": "2"}))
    succeed(database, images_of(database, second)[0])

    def found(**filters: object) -> list[str]:
        with database.read() as tx:
            known = {"dialect": Dialect.SHELF, "after": None, "limit": 9}
            return [each.id for each in batches.list_batches(tx, account.id, filters=filters, **known)]

    assert found(client_job_id='it\'s "1"') == [first.id]
    assert found(client_job_id="2", state="processing") == [second.id]
    assert found(state=["queued", "processing"]) == sorted([first.id, second.id], reverse=True)
    assert found(client_job_id="3") == found(other="2") == []


def test_images_are_found_by_every_filter(database: Database) -> None:
    account = make_account(database)

    def picture(number: int) -> ImageOrder:
        labels = {
            "externalId": f"e{number}",
            "placeId": "p",
            "taskId": f"t{number % 2}",
            "metadata": {"é k": f"m{number}"},
        }
        return ImageOrder((Source("url", "x.jpg", url="https://example.com/x.jpg"),), labels)

    early = submit(database, make_order(account, images=(picture(0), picture(1))))
    late = submit(database, make_order(account, images=(picture(2),)), NOW + HOUR)
    fail(database, images_of(database, early)[1])

    def found(filters: dict[str, object]) -> list[str]:
        with database.read() as tx:
            known = {"dialect": Dialect.SHELF, "after": None, "limit": 9}
            listed = images.list_images_of_account(tx, account.id, filters=filters, **known)
            return [each.labels["externalId"] for each in listed]

    assert found({}) == ["e2", "e1", "e0"]
    assert found({"externalId": "e1"}) == ["e1"]
    assert found({"placeId": "p", "taskId": "t0"}) == ["e2", "e0"]
    assert found({"batchId": late.id}) == ["e2"]
    assert found({"metadata.é k": "m0"}) == ["e0"]
    assert found({'metadata.a"b': "m0"}) == []
    assert found({"state": ImageState.FAILED}) == ["e1"]
    assert found({"state": ("queued", "running")}) == ["e2", "e0"]
    assert found({"from": NOW + HOUR}) == ["e2"]
    assert found({"to": NOW + HOUR}) == ["e1", "e0"]
    with pytest.raises(ValueError, match="no such filter"):
        found({"price": "1"})


def test_images_page_and_keep_to_their_account(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    ids = [image.id for image in images_of(database, submit(database, make_order(account, 5)))]
    foreign = images_of(database, submit(database, make_order(other, 1)))[0]
    known = {"dialect": Dialect.SHELF, "filters": {}, "limit": 2}
    seen, after = [], None
    with database.read() as tx:
        while page := images.list_images_of_account(tx, account.id, after=after, **known):
            seen += [image.id for image in page]
            after = page[-1].id
        assert seen == ids[::-1]
        with pytest.raises(NotFound):
            images.list_images_of_account(tx, account.id, after=foreign.id, **known)
        with pytest.raises(NotFound):
            images.get_image(tx, foreign.id, account.id)


def test_open_images_take_turns(database: Database) -> None:
    large, small = make_account(database), make_account(database)
    submit(database, make_order(large, 20))
    one = submit(database, make_order(small, 1), NOW + HOUR)
    with database.read() as tx:
        found = images.open_images(tx, NOW + HOUR, 4)
        assert len(found) == 4
        assert images_of(database, one)[0].id in [image.id for image in found]
        assert (images.queued_count(tx), images.queued_count(tx, small.id)) == (21, 1)
