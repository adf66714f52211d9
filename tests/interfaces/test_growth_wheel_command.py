"""`growth wheel`, `growth links`, `growth loops`: what a person reads, what a program gets, and what a slip meets."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from opswheel.growth.templates import TEMPLATES, template, template_text
from opswheel.interfaces.cli import obey


@pytest.fixture
def say(capsys):
    def run(*words, status=0):
        assert obey(["growth", *words]) == status
        told = capsys.readouterr()
        return told.out if status == 0 else told.err.strip()

    return run


def test_no_workspace_is_needed_to_look_at_a_wheel(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Sales" in say("wheel", "seller")


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_wheel_tells_every_driver_its_measure_and_its_loops(say, name):
    told = json.loads(say("wheel", name, "--json"))
    wheel = template(name)
    assert [row["name"] for row in told["drivers"]] == list(wheel.names)
    assert all(bool(row["measure"]) != bool(row["unmeasured"]) for row in told["drivers"])
    assert told["loops"]
    assert told["return_ratio"]["p5"] < told["return_ratio"]["p50"] < told["return_ratio"]["p95"]
    said = say("wheel", name)
    assert all(node.label in said for node in wheel.nodes)
    assert "no measure here" in said or all(node.measure for node in wheel.nodes)


def test_links_carry_sign_delay_range_and_source(say):
    rows = {(row["from"], row["to"]): row for row in json.loads(say("links", "seller", "--json"))["links"]}
    price = rows["price", "conversion"]
    assert (price["sign"], price["mean"], price["lag"], price["kind"]) == ("-", -1.8, 0, "estimated")
    assert price["low"] == pytest.approx(-3.1, abs=0.05)
    assert price["high"] == pytest.approx(-0.5, abs=0.1)
    assert price["source"].startswith("Bijmolt")
    traffic = rows["traffic", "sales"]
    assert traffic["low"] == traffic["mean"] == traffic["high"] == 1
    said = say("links", "seller")
    assert "Bijmolt" in said
    assert "2 weeks" in said


def test_every_range_lies_on_the_side_of_its_sign_around_most_of_its_prior(say):
    for row in json.loads(say("links", "marketplace", "--json"))["links"]:
        assert row["low"] <= row["high"]
        assert (row["low"] > 0) if row["sign"] == "+" else (row["high"] < 0)
        assert row["low"] <= row["mean"] <= row["high"]


def test_loops_say_what_comes_back_how_long_it_takes_and_what_that_rests_on(say):
    first = json.loads(say("loops", "seller", "--json"))["loops"][0]
    assert first["name"] == "R1"
    assert first["drivers"] == ["sales", "rank", "traffic"]
    assert first["gain"]["at_means"] == pytest.approx(0.3267, abs=1e-4)
    assert first["gain"]["p5"] < first["gain"]["at_means"] < first["gain"]["p95"]
    assert first["rests_on"] == "assumed"
    said = say("loops", "seller")
    assert "sales -> rank -> traffic -> sales" in said
    assert "3.3 weeks" in said
    assert "growth diagnose" in said


def test_the_marketplace_lists_its_fourteen_interconnections_and_ten_steps(say):
    claims = json.loads(say("links", "marketplace", "--json"))["claims"]
    assert [c["number"] for c in claims if c["series"] == "interconnection"] == list(range(1, 15))
    assert [c["number"] for c in claims if c["series"] == "step"] == list(range(1, 11))
    said = say("links", "marketplace")
    assert "interconnection 14" in said
    assert "no measure here" in said


def test_a_wheel_is_drawn_written_edited_and_read_again(say, tmp_path):
    picture, mine = tmp_path / "wheel.svg", tmp_path / "mine.toml"
    assert say("wheel", "seller", "-o", str(picture)).startswith("Wrote ")
    assert ET.parse(picture).getroot().tag.endswith("svg")
    assert say("wheel", "seller", "--text") == template_text("seller")
    say("wheel", "seller", "-o", str(mine))
    mine.write_text(
        mine.read_text().replace('name = "seller"', 'name = "my shop"').replace("mean = +0.12", "mean = +0.20")
    )
    rows = json.loads(say("links", "--file", str(mine), "--json"))
    assert rows["wheel"] == "my shop"
    assert [row["mean"] for row in rows["links"] if row["from"] == "ads"] == [0.2]
    assert json.loads(say("wheel", "seller", "-o", str(picture), "--json")) == {"path": str(picture)}


def test_an_optional_part_is_put_on_by_name(say):
    told = json.loads(say("wheel", "seller", "--with", "stars", "--with", "returns", "--json"))
    assert {"stars", "returns"} <= {row["name"] for row in told["drivers"]}
    assert "stars" not in [part["name"] for part in told["parts"]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("wheel", "seler"), "There is no wheel 'seler' (did you mean 'seller'?)."),
        (("wheel",), "Which wheel? One of: seller, marketplace, store, operations; or --file with your own."),
        (("loops", "store", "--file", "x.toml"), "A template and a file cannot both be the wheel."),
        (("links", "--file", "absent.toml"), "There is no file absent.toml."),
        (("wheel", "seller", "--with", "star"), "no optional part 'star' (did you mean 'stars'?)."),
        (("wheel", "seller", "-o", "wheel.png"), "A wheel cannot be written as .png. Name it .svg or .toml."),
        (("wheel", "seller", "-o", "nowhere/wheel.svg"), "nowhere/wheel.svg cannot be written"),
        (
            ("wheel", "seller", "--with", "stars", "--text"),
            '--with does not change the text. Write use = ["stars"] into it.',
        ),
        (("whel", "seller"), "`opswheel growth --help` tells how it is used."),
    ],
)
def test_a_slip_is_refused_in_a_sentence(say, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sentence in " ".join(say(*words, status=2).split())


def test_a_typo_in_an_edited_wheel_names_file_and_remedy(say, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(template_text("seller").replace('"rank -> traffic" ', '"rnk -> traffic" ', 1))
    said = say("loops", "--file", str(mine), status=2)
    assert said.startswith(
        "mine.toml: The link rnk -> traffic names a driver 'rnk' that is not there (did you mean 'rank'?)."
    )
