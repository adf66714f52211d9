"""Sources: files looked at before they are kept, refusals in a sentence, and nothing written by looking."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from ..sample import SHOP
from .visiting import Visitor, words

pytestmark = pytest.mark.browser
LISTINGS = SHOP / "reports" / "amazon-US" / "all-listings-2026-11-22.txt"


def half(data):
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: len(lines) // 2])


def state(site):
    """Everything a load may change."""
    import sqlalchemy as sa

    from opswheel.core.contracts import DELIVERIES, LAKE_FILES, MANIFEST_VERSIONS

    with site.workspace.ledger.read() as connection:
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(c.sql_table())).scalar()
            for c in (DELIVERIES, LAKE_FILES, MANIFEST_VERSIONS)
        ]
    return counts, sorted(p.name for p in (site.folder / "lake").rglob("*.parquet"))


def test_the_page_tells_each_source_with_its_last_file(seen_site):
    said = words(Visitor(seen_site.url).get("/sources").text)
    assert "20 sources, all fresh" in said
    assert "Amazon All Listings Report" in said and "all-listings-2026-11-22.txt" in said


def test_looking_at_a_file_tells_what_would_change_and_changes_nothing(site):
    visitor, before = Visitor(site.url), state(site)
    changed = LISTINGS.read_bytes().replace(b"Active", b"Inactive", 1)
    page = visitor.upload(("all-listings-2026-11-22.txt", changed))
    said = words(visitor.get(f"{page.url.path}?channel=amazon:US").text)
    assert "Amazon All Listings Report, amazon:US , Sun 22 Nov: 26 rows" in said
    assert "0 new 1 changed (status 1) 25 as before 0 gone" in said
    assert state(site) == before


def test_a_list_cut_in_half_is_told_as_partial_and_waits_until_accepted_with_a_reason(site):
    visitor = Visitor(site.url)
    page = visitor.upload(("all-listings-2026-11-22.txt", half(LISTINGS.read_bytes())))
    said = words(visitor.get(f"{page.url.path}?channel=amazon:US").text)
    assert "12 as before 14 gone" in said and "or you accept it below" in said and "--accept" not in said
    visitor.send(f"{page.url.path}/load", channel="amazon:US")
    said = words(visitor.get("/sources").text)
    assert "Waiting to be believed" in said
    number = re.search(r'name="delivery" value="(\d+)"', visitor.get("/sources").text).group(1)
    assert "Why is it complete?" in words(visitor.send("/sources/accept", delivery=number, why=" ").text)
    assert "counts now" in words(visitor.send("/sources/accept", delivery=number, why="we cleared the old ones").text)
    said = words(visitor.get("/sources").text)
    assert "Waiting to be believed" not in said and "accepted by" in said
    visitor.send("/sources/accept", status=409, delivery=number, why="again")


def test_files_are_loaded_once_however_often_the_button_is_pressed_and_then_gone_from_the_disk(site):
    visitor = Visitor(site.url)
    changed = LISTINGS.read_bytes().replace(b"Active", b"Inactive", 1)
    page = visitor.upload(("all-listings-2026-11-22.txt", changed))
    first = visitor.send(f"{page.url.path}/load", channel="amazon:US")
    assert "loaded: Amazon All Listings Report, amazon:US" in words(first.text)
    after = state(site)
    again = visitor.send(f"{page.url.path}/load", channel="amazon:US")
    assert "loaded: Amazon All Listings Report" in words(again.text) and state(site) == after
    assert not list((site.folder / "uploads").rglob("*.txt"))


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.txt", b"0" * 30_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("Book2.csv", b"a,b\n1,2\n", "has the header of no report Opswheel knows"),
        ("nearly.txt", b"seller-sku\tasin1\tprice\nA\tB0\t1\n", "Nearest:"),
        ("junk.bin", bytes(range(256)) * 12_000, "is a binary file"),
        ("bomb.zip", bomb(), "unpacks to far more than it should"),
        ("empty.csv", b"", "is empty"),
        ("sheet.xls", b"\xd0\xcf\x11\xe0" + b"0" * 100, "Excel"),
    ],
    ids=["no layout", "nearest layout", "3 MB of junk", "zip bomb", "empty", "workbook"],
)
def test_a_wrong_file_gets_a_sentence_and_the_good_one_beside_it_would_load(site, name, data, said):
    visitor, before = Visitor(site.url), state(site)
    changed = LISTINGS.read_bytes().replace(b"Active", b"Inactive", 1)
    page = visitor.upload((name, data), ("all-listings-2026-11-22.txt", changed))
    told = words(visitor.get(f"{page.url.path}?channel=amazon:US").text)
    assert said in told and "Traceback" not in told and "1 changed" in told
    assert state(site) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>.csv", "_img src=x onerror=alert(1)_.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a" * 5_000 + ".csv", "a" * 117 + ".csv"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("...", "file"),
        ("рапорт [1]*.csv", "рапорт _1__.csv"),
    ],
    ids=["html", "climbing", "climbing on Windows", "5,000 letters", "turned around", "dots", "glob"],
)
def test_a_files_name_can_do_nothing(name, shown):
    from opswheel.interfaces.web.uploads import NAME_LENGTH, safe_name

    found = safe_name(name)
    assert len(found.encode()) <= NAME_LENGTH + 4
    assert found == shown or (len(name) > 200 and found.startswith("aaa") and found.endswith(".csv"))


def test_html_in_a_name_is_shown_as_text(site):
    visitor = Visitor(site.url)
    page = visitor.upload(("<b>x</b>&quot;.csv", b"a,b\n1,2\n"))
    assert "<b>x" not in page.text


def test_an_upload_is_its_owners_and_a_guessed_word_finds_nothing(site):
    visitor = Visitor(site.url)
    page = visitor.upload(("x.csv", b"a,b\n1,2\n"))
    (next((site.folder / "uploads").iterdir()) / "by.json").write_text('{"by": "somebody else"}')
    assert "These files are gone" in words(visitor.get(page.url.path, 404).text)
    visitor.get("/sources/uploads/..%2f..%2fopswheel.toml", 404)


def test_without_a_file_or_the_pages_own_mark_nothing_happens(site):
    visitor, before = Visitor(site.url), state(site)
    assert "No file was chosen" in words(visitor.send("/sources/upload").text)
    found = visitor.client.post("/sources/upload", files=[("files", ("x.csv", b"a"))])
    assert found.status_code == 403 and state(site) == before


def test_an_upload_longer_than_the_limit_is_refused_before_it_is_read(site):
    import socket
    from urllib.parse import urlsplit

    where = urlsplit(site.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        head = "POST /sources/upload HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1\r\n"
        head += "Content-Type: multipart/form-data; boundary=x\r\n"
        line.sendall(f"{head}Content-Length: 10000000000\r\n\r\n".encode())
        answer = ""
        while chunk := line.recv(65536).decode():
            answer += chunk
    assert answer.startswith("HTTP/1.1 413") and "MB" in answer


def test_refused_rows_come_as_a_file_that_runs_nothing(site):
    visitor = Visitor(site.url)
    lines = LISTINGS.read_text().splitlines()
    header = lines[0].split("\t")
    bad = lines[1].split("\t")
    bad[header.index("price")] = "=HYPERLINK(1)"
    data = "\n".join([*lines[:1], "\t".join(bad), *lines[2:]]) + "\n"
    page = visitor.upload(("all-listings-2026-11-22.txt", data.encode()))
    told = words(visitor.get(f"{page.url.path}?channel=amazon:US").text)
    assert "1 row refused" in told and "Refused rows" in told
    visitor.send(f"{page.url.path}/load", channel="amazon:US")
    link = re.search(r'href="(/sources/rejects/[^"]+)"', visitor.get("/sources").text).group(1)
    found = visitor.get(link)
    assert "'=HYPERLINK(1)" in found.text and "attachment" in found.headers["content-disposition"]
    visitor.get("/sources/rejects/..%2fopswheel.toml", 404)
    visitor.get("/sources/rejects/20261122T160000-000000000000.csv", 404)


def test_a_run_begins_by_a_button_and_the_page_tells_how_it_went(site):
    import time

    visitor = Visitor(site.url)
    assert "The run has begun" in words(visitor.send("/sources/run").text)
    # The run is written before the job that made it is marked done: wait for what the job tells.
    told = ""
    for _ in range(240):
        told = words(visitor.get("/sources").text)
        if "Run 2 took" in told:
            break
        time.sleep(0.5)
    assert "Run 2 took" in told


def test_files_go_in_by_the_file_field_with_javascript_off(opened, site, tmp_path):
    path = tmp_path / "all-listings-2026-11-22.txt"
    path.write_bytes(LISTINGS.read_bytes().replace(b"Active", b"Inactive", 1))
    page = opened(java_script_enabled=False)
    page.goto(f"{site.url}/sources")
    page.set_input_files("#files", str(path))
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_label("Channel").fill("amazon:US")
    page.get_by_role("button", name="Look again").click()
    assert "1 changed" in page.inner_text("main")
    page.get_by_role("button", name=re.compile("Load 1 of 1")).click()
    assert "loaded: Amazon All Listings Report" in page.inner_text("main")


def test_files_dropped_on_the_form_are_looked_at(opened, site):
    page = opened()
    page.goto(f"{site.url}/sources")
    page.evaluate(
        """() => {
          const held = new DataTransfer();
          held.items.add(new File(["a,b\\n1,2\\n"], "Book2.csv"));
          document.querySelector("form[data-drop]").dispatchEvent(
            new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
        }"""
    )
    page.wait_for_url("**/sources/uploads/**")
    assert "has the header of no report" in page.inner_text("main")
