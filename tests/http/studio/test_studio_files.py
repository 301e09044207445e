"""What a studio reply says of each result, so that a client can check what it fetched."""

import hashlib
from urllib.parse import urlsplit

import factories
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records import images


def test_files_name_input_length_and_hash_once_the_job_is_final(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async")
    urls = [f"https://images.example.com/{number}.jpg" for number in range(3)]
    form = {"action": "bg-remove", "image_urls[]": urls}
    job = client.post("/api/v1/batch.php", data=form, headers=headers).json
    assert job["files"] == []
    with tools.database.read() as tx:
        children = images.list_images(tx, job["job_id"])
    factories.fail_image(tools, children[1].id)
    for index in (2, 0):
        data = b"made of %d" % index
        factories.finish_image(tools, children[index].id, data, filename=f"result_{index + 1:03d}.jpg")
    factories.finish_batch(tools, job["job_id"])
    done = client.get(f"/api/v1/batch.php?job_id={job['job_id']}", headers=headers).json
    assert [file["index"] for file in done["files"]] == [0, 2]
    assert [file["url"] for file in done["files"]] == done["output_urls"]
    for file in done["files"]:
        got = client.get(urlsplit(file["url"]).path)
        assert got.status_code == 200 and file["filename"] == f"result_{file['index'] + 1:03d}.jpg"
        assert (file["bytes"], file["sha256"]) == (len(got.data), hashlib.sha256(got.data).hexdigest())
    assert [error["index"] for error in done["errors"]] == [1]
