"""The upload client's parts by themselves: keys, journal, settling, bodies, names, sources, patience, error replies."""

import io
import json
import os
import re
from pathlib import Path

import pytest
import requests
from multipart import MultipartParser
from uploading.bodies import FileChanged, FormBody
from uploading.digests import Digests
from uploading.downloads import safe_part
from uploading.exits import Locked, Misused, Temporary
from uploading.journal import Journal, take_lock
from uploading.orders import Item, Order, batches_of, make_plan
from uploading.patience import Patience
from uploading.planning import folder_for
from uploading.seams import Seams
from uploading.sending import PICTURE_FIELDS, blamed, halves
from uploading.settling import Settling, at_rest
from uploading.sources import Found, find
from uploading.wire import Busy, Fault, Refused, read_answer, retry_after

ORDER = Order("studio", "bg-remove", (("platform", "amazon"), ("resolution", "2K")))


def item(number: int, size: int = 10, url: bool = False) -> Item:
    address = f"https://images.example.com/{number}.jpg" if url else ""
    identity = f"url:{address}" if url else f"sha256:{number:064x}"
    return Item(identity, f"{number}.jpg", f"{number}", "" if url else f"/in/{number}.jpg", size, address)


def test_a_key_is_made_of_the_order_and_the_content_alone() -> None:
    items = [item(1), item(2)]
    key = make_plan(ORDER, items, {}).key
    assert re.fullmatch("[0-9a-f]{64}", key)
    swapped = Order("studio", "bg-remove", tuple(reversed(ORDER.options)))
    renamed = [Item(each.id, "other.jpg", "other", "/elsewhere.jpg", each.size) for each in items]
    assert make_plan(swapped, renamed, {}).key == key
    others = [
        make_plan(Order("studio", "bg-remove", (("resolution", "2K"),)), items, {}),
        make_plan(Order("print", "upscale", ORDER.options), items, {}),
        make_plan(ORDER, items[:1], {}),
        make_plan(ORDER, items[::-1], {}),
        make_plan(ORDER, items, {items[0].id: 1}),
    ]
    assert len({key, *(plan.key for plan in others)}) == 6


def test_addresses_come_first_in_a_batch_because_the_service_numbers_them_first() -> None:
    plan = make_plan(ORDER, [item(1), item(2, url=True), item(3), item(4, url=True)], {})
    assert [each.name for each in plan.items] == ["2.jpg", "4.jpg", "1.jpg", "3.jpg"]


@pytest.mark.parametrize(("count", "most", "sizes"), [(0, 5, []), (5, 5, [5]), (6, 5, [5, 1]), (3, 1, [1, 1, 1])])
def test_batches_hold_what_is_allowed(count: int, most: int, sizes: list[int]) -> None:
    assert [len(group) for group in batches_of([item(number) for number in range(count)], most)] == sizes


def test_batches_are_bounded_in_bytes_too() -> None:
    groups = batches_of([item(number, size) for number, size in enumerate([60, 30, 20, 200, 1])], 10, most_bytes=100)
    assert [[each.size for each in group] for group in groups] == [[60, 30], [20], [200], [1]]


def test_a_journal_is_replayed_to_the_same_state(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Seams())
    plan = make_plan(ORDER, [item(1), item(2), item(3)], {})
    journal.write({"do": "planned", "plan": plan.record()})
    journal.write({"do": "slot", "key": plan.key, "index": 2, "id": "upl_1", "until": 5.0})
    journal.write({"do": "submitted", "key": plan.key, "batch": "job_1", "parts": ["a", "b", "c"]})
    journal.write({"do": "saved", "key": plan.key, "index": 0, "folder": "1", "files": ["x.jpg"]})
    journal.write({"do": "failed", "key": plan.key, "index": 1, "error": "No."})
    journal.close()
    again = Journal(tmp_path, Seams())
    assert again.state == journal.state
    batch = again.state.open[plan.key]
    assert (batch.batch_id, batch.parts, batch.settled) == ("job_1", ("a", "b", "c"), {0, 1})
    assert again.state.in_flight(ORDER.id) == {item(3).id}
    assert again.state.done == {(ORDER.id, item(1).id): "1"} and again.state.failed == {(ORDER.id, item(2).id): "No."}
    again.close()


@pytest.mark.parametrize("torn", [b"{", b'{"do":"closed","key":"', b"\x00\x00\x00", '{"é'.encode()[:-1]])
def test_a_torn_last_line_is_cut_off_before_the_next_is_written(tmp_path: Path, torn: bytes) -> None:
    plan = make_plan(ORDER, [item(1)], {})
    journal = Journal(tmp_path, Seams())
    journal.write({"do": "planned", "plan": plan.record()})
    os.write(journal._file, torn)
    journal.close()
    again = Journal(tmp_path, Seams())
    again.write({"do": "submitted", "key": plan.key, "batch": "job_1", "parts": []})
    again.close()
    last = Journal(tmp_path, Seams())
    assert last.state.open[plan.key].batch_id == "job_1"
    last.close()


def test_a_broken_line_in_the_middle_is_told_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"do":"opened","version":1}\nnonsense\n{"do":"opened","version":1}\n')
    with pytest.raises(Misused, match="Line 2"):
        Journal(tmp_path, Seams())


def test_a_journal_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"do":"opened","version":2}\n')
    with pytest.raises(Misused, match="version 2"):
        Journal(tmp_path, Seams())


def test_one_run_at_a_time_holds_a_state_folder(tmp_path: Path) -> None:
    held = take_lock(tmp_path)
    with pytest.raises(Locked, match=str(os.getpid())):
        take_lock(tmp_path)
    os.close(held)
    os.close(take_lock(tmp_path))


def test_a_file_is_taken_once_it_has_kept_still(tmp_path: Path) -> None:
    settling, path = Settling(10.0), tmp_path / "a.jpg"
    found = [Found("a.jpg", path)]
    path.write_bytes(b"1")
    os.utime(path, (1, 1))  # a copying program may set any time: only what we see ourselves counts
    assert settling.settled(found, 0.0) == []
    assert settling.settled(found, 9.9) == []
    path.write_bytes(b"12")
    assert settling.settled(found, 11.0) == []
    assert settling.settled(found, 20.9) == []
    assert settling.settled(found, 21.0) == found


def test_a_file_that_is_empty_or_goes_away_is_not_taken(tmp_path: Path) -> None:
    settling, path = Settling(1.0), tmp_path / "a.jpg"
    path.touch()
    found = [Found("a.jpg", path)]
    assert settling.settled(found, 0.0) == settling.settled(found, 5.0) == []
    path.unlink()
    assert settling.settled(found, 6.0) == []
    path.write_bytes(b"1")
    assert settling.settled(found, 7.0) == []  # the pause begins anew


def test_a_single_run_looks_twice_at_what_changed_a_moment_ago(tmp_path: Path) -> None:
    old, fresh, gone = (tmp_path / name for name in ("old.jpg", "fresh.jpg", "gone.jpg"))
    for path in (old, fresh, gone):
        path.write_bytes(b"1")
    found = [Found(path.name, path) for path in (old, fresh, gone)] + [Found("x", url="https://x.example/")]
    made = fresh.stat().st_ctime
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        fresh.write_bytes(b"12")
        os.utime(fresh, (1, 1))  # as a copy does that keeps the original's time
        gone.unlink()

    ready, unfinished = at_rest(found, 5.0, nap, lambda: made + 1.0)
    assert unfinished == [found[1]] and ready == [found[0], found[2], found[3]]
    assert len(naps) == 1 and 3.5 < naps[0] <= 4.5, "until the youngest is old enough"
    assert at_rest(found, 5.0, nap, lambda: made + 60.0) == (found, []) and len(naps) == 1
    assert at_rest(found, 0.0, nap, lambda: made) == (found, []) and len(naps) == 1


def test_a_form_body_is_as_long_as_it_says_and_reads_back(tmp_path: Path) -> None:
    files = []
    for number, name in enumerate(['a"b.jpg', "zwölf\r\n.png", "empty.bin"]):
        path = tmp_path / str(number)
        path.write_bytes(os.urandom(300_000 * (2 - number)))
        sha256, size = Digests(tmp_path).of(path)
        files.append(("images", Item(f"sha256:{sha256}", name, "f", str(path), size)))
    told: list[int] = []
    body = FormBody([("titel", "Dünen\r\n--x"), ("n", "")], files, told.append)
    data = b"".join(body)
    assert len(data) == len(body) and sum(told) == 900_000
    assert b"".join(body) == data  # a second try sends the same
    parts = MultipartParser(io.BytesIO(data), body.boundary, len(data)).parts()
    assert [(part.name, part.value) for part in parts[:2]] == [("titel", "Dünen\r\n--x"), ("n", "")]
    assert [part.filename for part in parts[2:]] == ['a"b.jpg', "zwölf\r\n.png", "empty.bin"]
    assert [part.raw for part in parts[2:]] == [(tmp_path / str(number)).read_bytes() for number in range(3)]


@pytest.mark.parametrize("change", ["other", "shorter", "longer", "gone"])
def test_a_changed_file_is_noticed_before_its_last_byte(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(600_000))
    sha256, size = Digests(tmp_path).of(path)
    planned = Item(f"sha256:{sha256}", "a.jpg", "a", str(path), size)
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes({"other": bytes(599_999) + b"x", "shorter": bytes(10), "longer": bytes(600_001)}[change])
    sent = bytearray()
    with pytest.raises(FileChanged):
        for piece in FormBody([], [("images", planned)]):
            sent += piece
    assert len(sent) < size  # the service got less than the announced length


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain.jpg", "plain.jpg"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("C:\\windows\\a.jpg", "a.jpg"),
        (".htaccess", "htaccess"),
        ("a\x00b\n.jpg", "a_b_.jpg"),
        ("con:1.jpg", "con_1.jpg"),
        ("trailing. ", "trailing"),
    ],
)
def test_a_name_is_one_harmless_part(name: str, safe: str) -> None:
    assert safe_part(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    found = safe_part("é" * 300 + ".jpeg")
    assert found.endswith(".jpeg") and len(found.encode()) <= 150


def test_two_sources_never_share_a_folder_and_one_source_keeps_its_own() -> None:
    folders: dict[str, str] = {}
    assert folder_for("a/x.jpg", "/1/a/x.jpg", folders) == "a/x"
    assert folder_for("a/X.png", "/1/a/X.png", folders) == "a/X-png"
    assert folder_for("a/x.jpg", "/2/a/x.jpg", folders) == "a/x-jpg"
    assert folder_for("a/x.jpg", "/3/a/x.jpg", folders) == "a/x-jpg-2"
    assert folder_for("a/x.jpg", "/1/a/x.jpg", folders) == "a/x"
    assert folder_for("../../x.jpg", "/4", folders) == "x"


def test_a_folder_gives_its_pictures_and_nothing_unfinished_or_of_our_own(tmp_path: Path) -> None:
    unwanted = [".hidden.jpg", "c.jpg.part", "d.tmp", "~e.jpg", "f.jpg~", "notes.txt", ".git/g.jpg", "results/h.jpg"]
    for name in ("b/2.PNG", "a.jpg", *unwanted):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert [found.relative for found in find([str(tmp_path)], [tmp_path / "results"])] == ["a.jpg", "b/2.PNG"]
    globbed = find([f"{tmp_path}/**/*.[jP]*"], [tmp_path / "results"])
    assert [found.relative for found in globbed] == ["a.jpg", "b/2.PNG"]


def test_a_source_that_is_not_there_is_told(tmp_path: Path) -> None:
    for source in (str(tmp_path / "none"), f"@{tmp_path}/none.txt", "https://"):
        with pytest.raises(Misused):
            find([source])
    (tmp_path / "list.txt").write_text("a.jpg\n")
    with pytest.raises(Misused, match="Line 1"):
        find([str(tmp_path / "list.txt")])


def test_a_digest_is_remembered_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from uploading import digests

    path = tmp_path / "a.jpg"
    path.write_bytes(b"one")
    os.utime(path, (1000, 1000))
    first = Digests(tmp_path).of(path)
    monkeypatch.setattr(digests, "sha256_of", lambda path: "read")
    (tmp_path / "digests.jsonl").open("a").write('["torn')
    assert Digests(tmp_path).of(path) == first
    path.write_bytes(b"two")
    assert Digests(tmp_path).of(path) == ("read", 3)
    assert Digests(tmp_path)._known[str(path)][1] == first[0]  # changed a moment ago: not remembered


def test_patience_asks_for_more_time_and_ends() -> None:
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    trial = Patience(10, sleep, lambda: now[0], lambda: 1.0).trial()
    with pytest.raises(Temporary, match="down; gave up after"):
        while True:
            trial.wait("down")
    assert slept[:7] == [1, 2, 4, 8, 16, 32, 60] and sum(slept) <= 600
    trial = Patience(10, sleep, lambda: now[0], lambda: 0.0).trial()
    trial.wait("busy", 30.0)
    assert slept[-1] == 30.0


def reply(status: int, body: object, **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made.reason = status, "Because"
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("body", "sentence", "field"),
    [
        ({"error": {"code": "c", "message": "No.", "details": [{"field": "f", "issue": "i"}]}}, "No.", "f"),
        ({"error": {"code": "C", "message": "No.", "details": {"field": "f", "reason": "i"}}}, "No.", "f"),
        ({"success": False, "error": "No.", "code": "c", "details": {"field": "f"}}, "No.", "f"),
        ({"title": "Bad", "detail": "No.", "code": "c"}, "No.", ""),
        (b"<html>", "Because", ""),
        ([], "Because", ""),
    ],
)
def test_errors_of_every_dialect_are_read(body: object, sentence: str, field: str) -> None:
    with pytest.raises(Refused) as caught:
        read_answer(reply(422, body))
    assert (caught.value.fault.sentence, caught.value.fault.field) == (sentence, field)


def test_a_twin_request_in_flight_is_waited_for_and_a_conflict_is_not() -> None:
    with pytest.raises(Busy) as busy:
        read_answer(reply(409, {"error": {"code": "idempotency_in_progress", "message": "m"}}, Retry_After="1"))
    assert busy.value.asked == 1.0
    with pytest.raises(Refused):
        read_answer(reply(409, {"error": {"code": "idempotency_conflict", "message": "m"}}))
    with pytest.raises(Misused, match="https://other"):
        read_answer(reply(301, b"", Location="https://other.example.com/"))
    with pytest.raises(Misused, match="not available"):
        read_answer(reply(503, {"error": "It is not available yet.", "code": "provider_unavailable"}))


def test_a_retry_after_is_read_as_seconds_or_date() -> None:
    assert retry_after({"Retry-After": "7"}) == 7.0
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({"Retry-After": "soon"}) is None and retry_after({}) is None


def test_the_picture_that_a_refusal_names_stands_alone() -> None:
    items = tuple(item(number) for number in range(4))
    assert blamed(items, Fault(422, "m", field="images[2].imageUrl")) == 2
    assert blamed(items, Fault(415, "m", field="images", filename="1.jpg")) == 1
    assert blamed(items, Fault(413, "m", field="images")) is None
    assert blamed((items[0], items[0]), Fault(415, "m", filename="0.jpg")) is None
    assert [len(part) for part in halves(items, None)] == [2, 2]
    assert [[each.name for each in part] for part in halves(items, 0)] == [["1.jpg", "2.jpg", "3.jpg"], ["0.jpg"]]


@pytest.mark.parametrize(
    "field", ["", "images", "images[3].imageUrl", "image_urls[]", "image_files[]", "upload_ids[0]"]
)
def test_faults_of_pictures_are_told_from_faults_of_options(field: str) -> None:
    assert PICTURE_FIELDS.match(field)
    for other in ("size", "options[platform]", "resolution", "webhook_url", "imagery", "callbackUrl"):
        assert not PICTURE_FIELDS.match(other)


def test_the_page_tells_every_option_and_every_exit_code() -> None:
    from uploading import exits
    from uploading.command import parser

    page = (Path(__file__).parents[3] / "docs" / "upload-client.md").read_text()
    shown = [action for action in parser()._actions if action.help != "==SUPPRESS==" and action.option_strings]
    names = [name for action in shown for name in action.option_strings if name not in ("-h", "--help", "--wait")]
    assert [name for name in names if f"`{name}" not in page] == []
    codes = {value for name, value in vars(exits).items() if name.isupper()}
    assert codes == {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.M)}
    told = re.findall(r"\b(\d+) [a-z]", parser().epilog or "")
    assert codes == {int(code) for code in told}
