"""A team writes its own pages; the marketplace's words suggest a cause, and a person decides."""

from __future__ import annotations

import os

import pytest

from opswheel.core.errors import BadSettings
from opswheel.resolution.playbook import load, page
from opswheel.resolution.reconcile import grace_of
from opswheel.resolution.suggestion import suggest
from tests.stories.seller import Seller, at

KIND = "listing_inactive"
CAUSES = load("listing_suppressed").root_causes


def write(folder, text, kind=KIND):
    folder.mkdir(exist_ok=True)
    (folder / f"{kind}.md").write_text(text, encoding="utf-8")
    return folder


def test_a_page_of_the_teams_own_counts_and_what_it_does_not_say_is_as_shipped(tmp_path):
    shipped = load(KIND)
    own = write(tmp_path, "minutes: 7\ngrace_hours: 12\n---\n## Do this\n1. Ask Karl.\n")
    told = load(KIND, own)
    assert (told.minutes, told.grace_hours, told.text) == (7.0, 12, "## Do this\n1. Ask Karl.\n")
    assert (told.screen, told.root_causes) == (shipped.screen, shipped.root_causes)
    assert grace_of(KIND, own).total_seconds() == 12 * 3600
    assert load("out_of_stock", own) == load("out_of_stock")
    assert load(KIND) == shipped


def test_a_page_without_first_lines_is_all_text_and_an_edited_one_is_read_again(tmp_path):
    own = write(tmp_path, "1. Ask Karl.\n\n---\n\n2. Ask Lena.\n")
    assert load(KIND, own).text.startswith("1. Ask Karl.")
    os.utime(write(tmp_path, "1. Ask Tom.\n") / f"{KIND}.md", ns=(1, 1))
    assert load(KIND, own).text == "1. Ask Tom.\n"
    write(tmp_path, page(KIND))
    assert load(KIND, own) == load(KIND)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("minutes: soon\n---\n", "could not convert"),
        ("minutes: -3\n---\n", "cannot be meant"),
        ("root_causes: bad_luck\n---\n", "'bad_luck' is no root cause"),
        ("minutes: 5\nowner: karl\n---\n", "cannot read the line 'owner: karl'"),
        ("minutes: 5\n", "no line --- ends"),
        (b"\xff\xfe\x00", "codec can't decode"),
    ],
)
def test_a_page_that_cannot_be_read_is_named_with_what_is_wrong(tmp_path, text, words):
    path = tmp_path / f"{KIND}.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadSettings, match=words):
        load(KIND, tmp_path)


def test_a_kind_a_team_made_up_names_no_file_outside_its_folder(tmp_path):
    (tmp_path / "secret.md").write_text("not yours")
    assert "not yours" not in load("../secret", write(tmp_path / "playbooks", "")).text


@pytest.mark.parametrize(
    ("code", "evidence", "cause"),
    [
        ("MISSING_ATTRIBUTE", {}, "data_missing"),
        ("Image", {"reason": "The main image shows text that is not on the product."}, "image"),
        (None, {"reason": "'[material_type]' is required but not supplied."}, "data_missing"),
        (None, {"reason": "Reasonable Price Not Satisfied"}, "price_rule"),
        (None, {"reason": "A rights owner reported trademark infringement, send an invoice"}, "ip_brand_claim"),
        ("QUALIFICATION_REQUIRED", {"reason": "image"}, "approval_needed"),
        ("SOMETHING_NEW", {"reason": "Ask us"}, None),
        (None, {}, None),
    ],
)
def test_the_marketplaces_code_comes_before_its_words_and_nothing_is_made_up(code, evidence, cause):
    found = suggest(code, evidence, CAUSES)
    assert (found and found[0]) == cause


def test_a_cause_the_kind_does_not_offer_is_not_suggested():
    assert suggest("INVALID_IMAGE", {}, ("price_rule", "unknown")) is None


def test_the_minutes_of_an_own_page_rank_and_are_remembered_with_the_run(tmp_path):
    seller = Seller(tmp_path / "shop")
    seller.load(seller.sales(-30, -2))
    write(seller.folder / "playbooks", "minutes: 7\n---\nAsk Karl.\n")
    seller.morning(0, ["CUP"])
    assert seller.queue()["issues"][0]["minutes"] == 7.0
    assert seller.why(1)["playbook"] == ["Ask Karl."]
    write(seller.folder / "playbooks", "minutes: 70\n---\nAsk Lena.\n")
    seller.morning(1, ["CUP"])
    assert seller.queue()["issues"][0]["minutes"] == 70.0
    assert [r["minutes"] for r in seller.run(at(0)).rows] == [7.0]
