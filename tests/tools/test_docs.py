"""The checks of the documentation find what they are there for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tools.transcripts import fits, steps

from tools import reference, transcripts

ROOT = Path(__file__).parents[2]


def test_every_link_of_our_pages_leads_somewhere_and_every_page_is_listed() -> None:
    assert reference.lost(ROOT) == []


def test_every_command_has_a_section_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "interface.md").read_text(encoding="utf-8")
    assert reference.untold(page) == []
    assert reference.untold(page.replace("## `why`", "## why")) == ["docs/reference/interface.md has no section `why`."]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small documentation in which nothing is wrong."""
    pages = {
        "README.md": "# Shop\n\n[Docs](docs/index.md) and [out](https://example.com/x.md)\n",
        "docs/index.md": "# Docs\n\n[A](a.md#two-words-more)\n",
        "docs/a.md": "# A\n\n## Two words, `more`\n\n[back](index.md) and [here](#a)\n\n```\n[no](link.md)\n```\n",
    }
    for name, text in pages.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("page", "added", "found"),
    [
        pytest.param("docs/a.md", "", [], id="nothing is wrong"),
        pytest.param("docs/a.md", "[x](b.md)\n", ["docs/a.md: the link b.md leads nowhere."], id="a page that is gone"),
        pytest.param(
            "README.md", "[x](docs/a.md#b)\n", ["README.md: the link docs/a.md#b leads nowhere."], id="a lost heading"
        ),
        pytest.param(
            "docs/c.md", "# C\n", ["docs/c.md: no page leads to it; list it in docs/index.md."], id="an unlisted page"
        ),
    ],
)
def test_a_reader_is_never_led_astray(site: Path, page: str, added: str, found: list[str]) -> None:
    path = site / page
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + added, encoding="utf-8")
    assert reference.lost(site) == found


def test_a_here_document_belongs_to_its_command() -> None:
    block = "$ cat > a <<'END'\n> one\n> END\n$ cat a\none\n> not ours\n"
    assert steps(block) == [("cat > a <<'END'\none\nEND", ""), ("cat a", "one\n> not ours\n")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        pytest.param("a\nb\n", "a\nb\n", True, id="the same"),
        pytest.param("a\nb\n", "a\nc\n", False, id="another line"),
        pytest.param("[…]\n[…] passed in […]\n", "...\n...\n12 passed in 3.4s\n", True, id="any lines, any words"),
        pytest.param("[…]\n[…] passed in […]\n", "...\n1 failed, 12 in 3.4s\n", False, id="what counts has changed"),
        pytest.param("a […] c\n", "a b\nc\n", False, id="words do not reach over lines"),
        pytest.param("days …\n", "days 1\n", False, id="a plain ellipsis is itself"),
    ],
)
def test_a_transcript_is_held_against_what_was_printed(shown: str, printed: str, same: bool) -> None:
    assert fits(shown, printed) is same


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(f"```console\n{text}```\n", encoding="utf-8")
    return path


def test_a_page_that_shows_something_else_fails_until_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = page(tmp_path, "$ echo one\ntwo\n$ mkdir x\n$ cd x\n$ pwd\n./x\n$ echo '$ two'\n  $ two\n")
    assert transcripts.main([str(path)]) == 1
    assert "-two\n+one" in capsys.readouterr().out
    assert transcripts.main([str(path), "--write"]) == 0
    assert "$ echo one\none\n" in path.read_text(encoding="utf-8")
    assert transcripts.main([str(path)]) == 0


@pytest.mark.parametrize("command", ["no-such-command", f"{sys.executable} -c 'raise KeyError(1)'", "exit 70"])
def test_a_broken_command_is_never_written_into_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = page(tmp_path, f"$ {command}\nfine\n")
    assert transcripts.main([str(path), "--write"]) == 1
    assert "this command is broken" in capsys.readouterr().out
    assert "fine" in path.read_text(encoding="utf-8")


def test_a_make_that_fails_never_passes_for_its_summary(tmp_path: Path) -> None:
    path = page(tmp_path, "$ make no-such-target\n[…]\n")
    assert transcripts.main([str(path)]) == 1
