"""The picture of a wheel: everything is on it, nothing lies on anything else, and it stands alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from opswheel.growth.drawing import draw
from opswheel.growth.layout import Box, lay_out
from opswheel.growth.loops import find_loops
from opswheel.growth.templates import TEMPLATES, parse, template, template_text
from opswheel.growth.wheel import Link, Node, Wheel

SVG = "{http://www.w3.org/2000/svg}"
every_template = pytest.mark.parametrize("name", TEMPLATES)


def drawn(wheel, **told):
    return ET.fromstring(draw(wheel, **told))


def words(picture):
    return [text.text for text in picture.iter(f"{SVG}text")]


def curves(picture):
    """Path of every link, by its title: `Ads → Traffic: +1.2. source`."""
    titled = [(path.find(f"{SVG}title"), path) for path in picture.iter(f"{SVG}path")]
    return {title.text.split(":")[0]: path for title, path in titled if title is not None}


@every_template
def test_every_driver_link_and_strong_loop_is_on_the_picture(name):
    wheel = template(name)
    picture = drawn(wheel)
    told = words(picture)
    assert {node.label for node in wheel.nodes} <= set(told)
    assert len(curves(picture)) == len(wheel.links)
    for loop in find_loops(wheel)[:8]:
        assert f"{loop.name} {'reinforcing' if loop.reinforcing else 'balancing'}" in told


@every_template
def test_no_box_label_or_mark_of_a_template_lies_on_another(name):
    wheel = template(name)
    found = lay_out(wheel, {link.key: "+0.08" for link in wheel.links}, find_loops(wheel)[:4])
    spots = [*found.boxes.values(), *(route.label for route in found.routes)]
    spots += [Box(*route.tick[:2], 8, 8) for route in found.routes if route.link.lag_periods]
    spots += [Box(x, y, 30, 30) for x, y in found.badges.values()]
    met = [(a, b) for i, a in enumerate(spots) for b in spots[i + 1 :] if a.meets(b)]
    assert met == []


@every_template
def test_no_link_of_a_template_runs_under_a_driver_it_does_not_touch(name):
    wheel = template(name)
    found = lay_out(wheel, {link.key: "+1" for link in wheel.links}, ())
    for route in found.routes:
        (ax, ay), (bx, by), (cx, cy) = route.curve
        for i in range(21):
            t, u = i / 20, 1 - i / 20
            point = (u * u * ax + 2 * u * t * bx + t * t * cx, u * u * ay + 2 * u * t * by + t * t * cy)
            under = [n for n, box in found.boxes.items() if n not in route.link.key and box.holds(point)]
            assert under == []


def test_what_is_measured_is_solid_and_what_is_literature_is_dashed_and_accounting_is_a_hairline():
    found = curves(drawn(template("seller"), measured={("rank", "traffic")}))
    assert "stroke-dasharray" not in found["Rank → Traffic"].attrib
    assert found["Rank → Traffic"].attrib["stroke"] == "#00646C"
    assert "stroke-dasharray" in found["Ads → Traffic"].attrib
    assert found["Traffic → Sales"].attrib["stroke-width"] == "1.2"
    assert "stroke-dasharray" not in found["Traffic → Sales"].attrib


def test_a_stronger_link_is_wider_and_a_calibrated_value_shows():
    plain = curves(drawn(template("seller")))
    width = {key: float(path.attrib["stroke-width"]) for key, path in plain.items()}
    assert width["Price → Conversion"] > width["Rank → Traffic"] > width["Ads → Traffic"]
    stronger = drawn(template("seller"), values={("ads", "traffic"): 0.3})
    assert float(curves(stronger)["Ads → Traffic"].attrib["stroke-width"]) > width["Ads → Traffic"]
    assert "+3" in words(stronger)
    assert "−18" in words(stronger)


def test_what_nobody_measures_has_a_dashed_box_and_says_so():
    groups = {
        g.find(f"{SVG}text").text: g
        for g in drawn(template("seller")).iter(f"{SVG}g")
        if g.find(f"{SVG}rect") is not None and g.find(f"{SVG}text") is not None and g.find(f"{SVG}title") is not None
    }
    assert "stroke-dasharray" in groups["Customer experience"].find(f"{SVG}rect").attrib
    assert "not measured" in groups["Customer experience"].find(f"{SVG}title").text
    assert "stroke-dasharray" not in groups["Traffic"].find(f"{SVG}rect").attrib


def test_balancing_loops_are_told_as_taking_back():
    told = " ".join(text or "" for text in words(drawn(template("store"))))
    assert "B1 balancing" in told
    assert "are taken back" in told


def test_the_picture_stands_alone_and_follows_a_page_that_sets_colours():
    text = draw(template("seller"))
    assert not re.search(r"(href|src|@import|http(?!://www\.w3\.org/2000/svg))", text)
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', text)
    assert all(re.fullmatch(r"#[0-9A-F]{6}|none", colour) for colour in colours)
    assert "@supports (color:var(--ink))" in text
    used = set(re.findall(r"ow-(?:fill|stroke)-[a-z0-9-]+", text.partition("</style>")[2]))
    assert used <= set(re.findall(r"\.(ow-(?:fill|stroke)-[a-z0-9-]+)\{", text))


def test_the_same_wheel_gives_the_same_picture():
    assert draw(template("seller")) == draw(parse(template_text("seller"), where="mine.toml"))


def test_a_wheel_without_places_is_laid_out_without_overlap():
    names = [f"driver_{i}" for i in range(12)]
    ring = tuple(
        Link(a, b, mean=0.2, sd=0.1, lag_periods=1) for a, b in zip(names, [*names[1:], names[0]], strict=True)
    )
    wheel = Wheel("mine", "week", "driver_0", tuple(Node(n, n.title(), measure="m") for n in names), ring).validate()
    boxes = list(lay_out(wheel, {link.key: "+2" for link in ring}, ()).boxes.values())
    assert not [1 for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.meets(b)]


def test_the_seller_with_every_part_on_still_keeps_its_boxes_apart():
    wheel = template("seller")
    for part in wheel.parts:
        wheel = wheel.with_part(part.name)
    boxes = list(lay_out(wheel, {link.key: "+2" for link in wheel.links}, ()).boxes.values())
    assert not [1 for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.meets(b)]


def test_a_name_somebody_typed_cannot_become_markup():
    text = (
        template_text("seller")
        .replace('label = "Ads"', "label = '<script>\"Ads'")
        .replace('name = "seller"', "name = 'my \"shop\" <b>'")
    )
    picture = drawn(parse(text, where="mine.toml"))
    assert '<script>"Ads' in words(picture)
    assert not list(picture.iter(f"{SVG}script"))
    assert not list(picture.iter(f"{SVG}b"))


def test_a_second_line_under_a_driver_is_shown():
    assert "$14.8k at risk" in words(drawn(template("seller"), notes={"price": "$14.8k at risk"}))


def test_the_picture_in_the_docs_is_what_the_code_draws():
    shown = Path(__file__).parents[2] / "docs" / "images" / "growth-wheel-seller.svg"
    assert shown.read_text(encoding="utf-8") == draw(template("seller")), (
        f"write it anew: growth wheel seller -o {shown}"
    )
