"""What cannot be meant is refused in a sentence, before it looks like good news."""

from __future__ import annotations

import pytest

HELP = "`opswheel {} --help` tells how it is used."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--period", "2026-11-10..2026-11-01"), "The period ends on 2026-11-01, before it begins on 2026-11-10."),
        (("--period", "2026-11-10..2099-01-01"), "The period ends on 2099-01-01, and today is"),
        (("--units", "-1"), "--units -1 cannot be meant."),
        (("--sales", "-0.5"), "--sales -0.5 cannot be meant."),
        (("--sales", "nan"), "--sales nan cannot be meant."),
    ],
)
def test_a_period_or_figure_that_cannot_be_meant_is_no_full_agreement(shop, words, sentence):
    assert sentence in shop.refused("match", "--channel", "amazon:US", *words)


def test_figures_of_one_channel_are_not_laid_beside_every_channel(shop):
    said = shop.refused("match", "--units", "10")
    assert "Say which channel: --channel amazon:UK or amazon:US." in said


def test_a_poor_match_says_what_to_look_at_and_a_good_one_where_its_figures_come_from(own):
    poor = own.json("match", "--channel", "amazon:UK", "--units", "100000")["channels"][0]["words"]
    assert "compare the days and whether orders or traffic are missing:" in poor
    loaded = own.json("match", "--channel", "amazon:US")["channels"][0]
    assert ("from the loaded sales and traffic report" in loaded["words"]) == bool(loaded["theirs"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--kind", "out_of_stok"), "'out_of_stok' is no kind. Did you mean out_of_stock?"),
        (("--kind", "zzz"), "'zzz' is no kind. `opswheel detectors` lists the kinds."),
        (("--channel", "amazon:FR"), "Nothing is loaded of the channel 'amazon:FR'. There are amazon:UK, amazon:US."),
        (("--account", "second"), "Nothing is loaded of the account 'second'. There is main."),
        (("--tier", "4"), "4 is no tier. One of: 1, 2, 3."),
    ],
)
def test_a_slip_of_the_pen_does_not_look_like_an_empty_queue(shop, words, sentence):
    assert shop.refused("queue", *words) == sentence


@pytest.mark.parametrize("words", [("--owner", "nobody"), ("--kind", "unknown_intent"), ("--tier", "3")])
def test_a_word_that_may_be_meant_is_answered(shop, words):
    assert shop("queue", *words)[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("close", "13"), "close needs --resolution."),
        (("queue", "--lane"), "--lane needs a value."),
        (("claim", "abc"), "ISSUES: 'abc' is no whole number."),
        (("queue", "--limit", "x"), "--limit: 'x' is no whole number."),
        (("match", "--sales", "x"), "--sales: 'x' is no number."),
        (("run", "14"), "run takes no further words: '14'."),
    ],
)
def test_a_wrong_word_points_to_the_help_of_its_own_command(shop, words, sentence):
    assert shop.refused(*words) == f"{sentence} {HELP.format(words[0])}"


def test_a_resolution_only_a_run_may_give_is_not_offered(own):
    number = str(own.json("queue")["issues"][0]["id"])
    said = own.refused("close", number, "--resolution", "later")
    assert "One of: fixed," in said and "self_healed" not in said


def test_intent_refuses_what_it_cannot_find_or_write_and_changes_nothing(own, tmp_path):
    before = own.json("intent")["listings"]
    known = ("--set", "discontinued", "--sku", "MUG-13-WED")
    assert own.refused("intent", *known, "--sku", "NOSUCH").startswith("No listing has the SKU 'NOSUCH'.")
    assert "cannot be written" in own.refused("intent", *known, "--output", str(tmp_path / "none" / "intent.csv"))
    own.json("run")
    assert own.json("intent")["listings"] == before


def test_a_half_filled_intent_list_says_only_what_was_filled_in(own, tmp_path):
    path = tmp_path / "intent.csv"
    path.write_text(
        "sku,channel,intent,from,to\nMUG-13-WED,amazon:US,,,\nCAN-SET3-OAK,amazon:US,discontinued,,\n"
        "KET-15-TIN,amazon:US,maybe,,\n"
    )
    (told,) = own.json("load", str(path), "--day", "2026-11-22")["files"]
    assert (told["rows"], told["rejected"], told["status"]) == (1, 1, "loaded")


@pytest.mark.parametrize(
    "words", [("--listings", "10"), ("--listings", "1000000"), ("--listings", "500", "--days", "3")]
)
def test_a_simulated_demo_nobody_could_look_at_is_refused_before_an_earlier_demo_is_replaced(shop, tmp_path, words):
    (tmp_path / ".opswheel-demo").touch()
    (tmp_path / "kept").touch()
    said = shop.refused("demo", str(tmp_path), *words)
    assert "A demo has 50 to 20,000 listings and 30 to 400 days." in said
    assert (tmp_path / "kept").exists()
