"""From bytes to text: every encoding reports come in, and a named limit for everything that only looks like one."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from opswheel.core.errors import OverLimit, UnreadableFile
from opswheel.visibility import archives, sniffing
from opswheel.visibility.archives import unpack
from opswheel.visibility.quoting import plain_table
from opswheel.visibility.sniffing import Text, cut_short, read_text


def text_of(tmp_path: Path, content: bytes, *, japanese: bool = False) -> Text:
    path = tmp_path / "report.tsv"
    path.write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_text(path, path.name, scratch, japanese=japanese)


def decoded(text: Text) -> str:
    return text.path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")


LINE = "sku\ttitle\nA\tCafé – 5€ “mug”\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le-with-mark"])
def test_the_same_report_reads_alike_in_every_encoding_it_comes_in(tmp_path: Path, encoding: str) -> None:
    content = b"\xff\xfe" + LINE.encode("utf-16-le") if encoding.startswith("utf-16-le") else LINE.encode(encoding)
    text = text_of(tmp_path, content)
    assert decoded(text) == LINE
    assert text.head == LINE.encode()


def test_windows_own_letters_may_stand_anywhere_in_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniffing, "_CHUNK", 16)
    lines = "sku\ttitle\n" + "".join(f"A{i}\tCafé ×{i}\n" for i in range(9)) + "B\t5€ “mug” – Œuvre\nC\tthé\n"
    text = text_of(tmp_path, lines.encode("cp1252"))
    assert (text.encoding, decoded(text)) == ("cp1252", lines)


def test_japanese_reports_are_shift_jis_with_windows_own_signs(tmp_path: Path) -> None:
    line = "sku\ttitle\nA\tマグ①～\n"
    assert decoded(text_of(tmp_path, line.encode("cp932"), japanese=True)) == line


@pytest.mark.parametrize("content", [
    pytest.param(b"sku\tt\nA\t\x00\x01\n", id="a zero byte"),
    pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", id="a picture"),
    pytest.param(b"sku\tt\nA\t\xff\xfe\x81\n" + b"\x00", id="neither encoding"),
    pytest.param(b'{"items": [{"sku": "a\\u0000b"}]}', id="a zero character in JSON"),
])  # fmt: skip
def test_a_binary_file_is_refused_as_such(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="binary file"):
        text_of(tmp_path, content)


def test_a_file_encoded_twice_is_refused_and_one_with_a_garbled_title_is_not(tmp_path: Path) -> None:
    twice = LINE.encode().decode("cp1252", "ignore").encode()
    with pytest.raises(UnreadableFile, match="encoded twice"):
        text_of(tmp_path, twice)
    garbled = "sku\ttitle\nA\tCafÃ©\nB\tCafÃ©\nC\tCafé\nD\tMüsli\nE\t®\n"
    assert decoded(text_of(tmp_path, garbled.encode())) == garbled


def test_a_file_cut_in_the_middle_of_a_character_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="middle of a character"):
        text_of(tmp_path, "sku\ttitle\nA\tCafé\nB\tCaf".encode() + b"\xc3")
    # … but a cp1252 file may well end in its only accent
    assert decoded(text_of(tmp_path, b"sku\ttitle\nA\tCaf\xe9")) == "sku\ttitle\nA\tCafé"


def test_a_file_that_says_it_is_utf8_and_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="says it is UTF-8"):
        text_of(tmp_path, b"\xef\xbb\xbfsku\ttitle\nA\tCaf\xe9s\n")


def test_an_endless_line_is_refused_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(sniffing, "_CHUNK", 40)
    long = b"x" * 101
    for content in (long, b"sku\n" + long + b"\nB\n", b"sku\nA\n" + long, long + b"\nA\n"):
        with pytest.raises(OverLimit, match="line of more than 100"):
            text_of(tmp_path, content)
    text_of(tmp_path, b"sku\n" + b"x" * 99 + b"\n" + b"y" * 99)
    text_of(tmp_path, b'{"a": "' + long + b'"}')  # JSON knows no lines


def test_json_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "MAX_JSON_BYTES", 10)
    with pytest.raises(OverLimit, match="JSON of more than"):
        text_of(tmp_path, b'{"items": []}')


def test_a_return_inside_a_cell_ends_no_row_even_between_two_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in range(1, 24):
        monkeypatch.setattr(sniffing, "_CHUNK", size)
        assert decoded(text_of(tmp_path, b"sku\tt\r\nA\tx\ry\r\nB\tz\r\n")) == "sku\tt\r\nA\tx y\r\nB\tz\r\n"
    assert decoded(text_of(tmp_path, b"sku\rA\rB\r")) == "sku\rA\rB\r"  # an old Macintosh's file is left alone


@pytest.mark.parametrize(("content", "separator", "cut"), [
    (b"a\tb\n1\t2\n3", "\t", True),
    (b"a\tb\n1\t2\n3\t4", "\t", False),
    (b"a\tb\n1\t2\n3\n", "\t", False),
    (b"a,b\n1,2\n3", ",", True),
    (b'a,b\n"1, one",2\n3,4', ",", False),
    (b"a\tb\n1", "\t", False),
])  # fmt: skip
def test_a_last_line_that_breaks_off_shows_the_file_is_cut(
    tmp_path: Path, content: bytes, separator: str, cut: bool
) -> None:
    assert cut_short(text_of(tmp_path, content), separator) is cut


def plain(tmp_path: Path, content: str) -> str:
    path = tmp_path / "report.csv"
    path.write_bytes(content.encode())
    return plain_table(path, path.name, ",", tmp_path).read_text(encoding="utf-8")


def test_quoted_cells_become_plain_ones_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    content = 'a,b\r\n1,"x, ""y"""\r\n2,"one\ntwo\tthree"\r\n3,5" mug\r\n'
    assert plain(tmp_path, content) == 'a\tb\n1\tx, "y"\n2\tone two three\n\n3\t5" mug\n'


def test_a_quote_that_never_closes_swallows_no_rows(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"never closes \(near line 3\)"):
        plain(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    with pytest.raises(OverLimit, match="never closes"):
        plain(tmp_path, 'a,b\n3,"4\n' + "5,6\n" * 50_000)


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def unpacked(tmp_path: Path, name: str, content: bytes) -> list[tuple[str, bytes]]:
    path = tmp_path / name
    path.write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return [(m.name, m.path.read_bytes()) for m in unpack(path, scratch)]


def test_archives_are_opened_and_their_files_keep_their_names(tmp_path: Path) -> None:
    assert unpacked(tmp_path, "a.tsv", b"sku\n") == [("a.tsv", b"sku\n")]
    assert unpacked(tmp_path, "a.tsv.gz", gzip.compress(b"sku\n")) == [("a.tsv", b"sku\n")]
    both = zipped(("../../evil.tsv", b"1"), ("deep/down.csv", b"2"), ("__MACOSX/._x", b"3"))
    assert unpacked(tmp_path, "a.zip", both) == [("evil.tsv", b"1"), ("down.csv", b"2")]


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"\0" * 3_000_000
    for name, content in (("bomb.zip", zipped(("x.tsv", bomb))), ("bomb.gz", gzip.compress(bomb))):
        with pytest.raises(OverLimit, match="unpacks to far more"):
            unpacked(tmp_path, name, content)
    assert sum(p.stat().st_size for p in (tmp_path / "scratch").iterdir()) < 2_500_000
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    with pytest.raises(OverLimit, match="holds 3 files"):
        unpacked(tmp_path, "many.zip", zipped(*((f"{i}.tsv", b"1") for i in range(3))))
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 3)
    with pytest.raises(OverLimit, match="larger than"):
        unpacked(tmp_path, "big.tsv", b"1234")


@pytest.mark.parametrize(("name", "content", "said"), [
    ("cut.zip", zipped(("a.tsv", b"x" * 1000))[:60], "broken archive"),
    ("cut.gz", gzip.compress(bytes(range(256)) * 40)[:-20], "broken archive"),
    ("bad.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 40, "broken archive"),
    ("empty.zip", b"PK\x05\x06" + b"\0" * 18, None),
    ("book.xlsx", zipped(("xl/workbook.xml", b"<x/>")), "Excel workbook"),
    ("book.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excel workbook"),
], ids=lambda told: told if isinstance(told, str) else "")  # fmt: skip
# Named by their words: an archive holds the second it was made in, and every process must collect the same tests.
def test_a_broken_archive_or_a_workbook_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, said: str | None
) -> None:
    if said is None:  # no archive at all to us: refused later, as binary
        assert len(unpacked(tmp_path, name, content)) == 1
        return
    with pytest.raises(UnreadableFile, match=said):
        unpacked(tmp_path, name, content)
