"""The four wheels Opswheel brings: whole, cited, honest about what no data give; and what a slip in a file meets."""

from __future__ import annotations

import pytest

from opswheel.core.errors import BadWheel
from opswheel.growth.loops import find_loops
from opswheel.growth.templates import TEMPLATES, parse, read_wheel, template, template_text

every_template = pytest.mark.parametrize("name", TEMPLATES)


@every_template
def test_every_driver_is_linked_and_says_what_measures_it_or_why_nothing_does(name):
    wheel = template(name).validate()
    joined = {end for link in wheel.links for end in link.key}
    assert joined == set(wheel.names)
    assert all(bool(node.measure) != bool(node.unmeasured) for node in wheel.nodes)
    assert wheel.levers


@every_template
def test_every_link_says_where_its_size_comes_from_and_which_text_asks_for_it(name):
    wheel = template(name)
    links = [*wheel.links, *(link for part in wheel.parts for link in part.links)]
    assert [link.words for link in links if not link.origin or not link.seed.startswith(("S0", "S1", "S2", "S3"))] == []


@every_template
def test_every_source_told_is_cited(name):
    wheel = template(name)
    cited = {link.origin for link in wheel.links} | {link.origin for part in wheel.parts for link in part.links}
    told = template_text(name).partition("[sources]")[2].partition("# -----")[0]
    lines = [line.split(" = ", 1)[1].strip('"') for line in told.splitlines() if " = " in line]
    assert [line for line in lines if line not in cited] == []


@every_template
def test_every_loop_is_reinforcing_or_balancing_by_its_signs(name):
    for loop in find_loops(template(name)):
        against = sum(link.sign < 0 for link in loop.links)
        assert loop.name[0] == ("B" if against % 2 else "R")
        assert (loop.gain < 0) == (loop.name[0] == "B")


@pytest.mark.parametrize(
    ("name", "drivers", "loops"), [("seller", 11, 3), ("marketplace", 11, 26), ("operations", 8, 1)]
)
def test_templates_have_the_drivers_and_loops_they_are_known_by(name, drivers, loops):
    assert len(template(name).nodes) == drivers
    assert len(find_loops(template(name))) == loops


def test_the_store_strains_its_service_when_it_grows():
    balancing = [loop for loop in find_loops(template("store")) if not loop.reinforcing]
    assert balancing
    assert all(("sales", "service") in [link.key for link in loop.links] for loop in balancing)


def test_the_operations_wheel_is_one_loop_of_six_stages_and_any_broken_handoff_stops_it():
    wheel = template("operations")
    (loop,) = find_loops(wheel)
    stages = {"visibility", "prioritization", "resolution", "data", "decisions", "performance"}
    assert set(loop.drivers) == stages
    assert loop.gain == pytest.approx((0.4 / 0.6) ** 6)
    for link in loop.links:
        broken = wheel.change_link(*link.key, mean=0.0)
        assert [found.gain for found in find_loops(broken)] == [0.0]


@pytest.mark.parametrize("part", [part.name for part in template("seller").parts])
def test_an_optional_part_of_the_seller_is_off_until_asked_for_and_fits(part):
    plain = template("seller")
    assert not [node for node in plain.nodes if node.part]
    fuller = plain.with_part(part)
    assert [node.part for node in fuller.nodes if node.part] == [part] * (len(fuller.nodes) - len(plain.nodes))
    assert part not in [left.name for left in fuller.parts]


@every_template
def test_all_optional_parts_fit_together(name):
    wheel = template(name)
    for part in wheel.parts:
        wheel = wheel.with_part(part.name)
    assert wheel.parts == ()
    assert find_loops(wheel)


def test_search_says_rank_to_traffic_in_two_steps_and_not_twice():
    wheel = template("seller").with_part("search")
    assert ("rank", "traffic") not in [link.key for link in wheel.links]
    assert {("rank", "impressions"), ("impressions", "traffic")} <= {link.key for link in wheel.links}


def test_featured_share_is_the_fourth_factor_of_sales():
    wheel = template("seller").with_part("featured_offer")
    factors = {link.source for link in wheel.links_into("sales") if link.kind == "identity" and link.mean == 1}
    assert factors == {"traffic", "availability", "featured", "conversion"}


def test_the_fourteen_interconnections_and_ten_steps_each_have_links_and_a_measure_or_the_reason_for_none():
    claims = template("marketplace").claims
    assert [claim.number for claim in claims if claim.series == "interconnection"] == list(range(1, 15))
    assert [claim.number for claim in claims if claim.series == "step"] == list(range(1, 11))
    assert all(claim.links and bool(claim.measure) != bool(claim.unmeasured) for claim in claims)


def test_a_template_written_to_a_file_and_read_again_is_the_same_wheel(tmp_path):
    for name in TEMPLATES:
        path = tmp_path / f"{name}.toml"
        path.write_text(template_text(name), encoding="utf-8")
        assert read_wheel(path) == template(name)


def test_a_file_may_put_parts_on_by_itself():
    text = template_text("seller").replace("use = []", 'use = ["stars"]')
    assert "stars" in parse(text, where="mine.toml").names


def changed(before, after):
    text = template_text("seller")
    assert before in text
    return text.replace(before, after, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            changed('"ads -> traffic" ', '"ads -> trafic" '),
            "mine.toml: The link ads -> trafic names a driver 'trafic' that is not there (did you mean 'traffic'?).",
            id="a typo in a link",
        ),
        pytest.param(
            changed("[drivers.ads]\nlabel", "[drivers.ads]\nlevr = true\nlabel"),
            "drivers.ads has 'levr', which means nothing (did you mean 'lever'?).",
            id="a typo in a setting",
        ),
        pytest.param(
            changed(
                '"ads -> traffic"  ', '"ads -> traffic" = { mean = 0.1, sd = 0.1, source = "ads" }\n"ads -> traffic"  '
            ),
            "ads -> traffic is there twice (line",
            id="a link told twice",
        ),
        pytest.param(
            changed(
                '"sales -> ads"              = { kind = "policy", lag = 1',
                '"sales -> ads" = { kind = "estimated", lag = 0',
            ),
            "run in a circle: traffic -> sales -> ads -> traffic",
            id="a circle within one week",
        ),
        pytest.param(
            changed('kind = "policy", lag = 1', 'kind = "policy", lag = 0'),
            "which moved first cannot be told",
            id="ads that answer the same week's sales",
        ),
        pytest.param(
            changed("mean = +0.12, sd = 0.06", 'mean = +0.12, sign = "-", sd = 0.06'),
            "sign -1 and the mean +0.12",
            id="a sign",
        ),
        pytest.param(changed("sd = 0.06, tau", "sd = nan, tau"), "nan is no number", id="no number"),
        pytest.param(changed("lag = 0, mean = +0.12", "lag = 1.5, mean = +0.12"), "has a lag of 1.5", id="half a week"),
        pytest.param(
            changed("lag = 0, mean = +0.12", "lag = 1e9, mean = +0.12"), "104 is the limit", id="a lag of ages"
        ),
        pytest.param(
            changed('source = "ads"', 'source = "adds"'), "under [sources] (did you mean 'ads'?)", id="a source"
        ),
        pytest.param(
            changed("use = []", 'use = ["star"]'), "no optional part 'star' (did you mean 'stars'?)", id="a part"
        ),
        pytest.param(changed("own = 0.4", "own = 1.4"), "ads cannot keep 1.4", id="a driver that never forgets"),
        pytest.param(
            changed('target = "sales"', 'target = "sale"'), "no driver 'sale' (did you mean 'sales'?)", id="a target"
        ),
        pytest.param(changed('period = "week"', 'period = "day"'), "cannot turn by the 'day'", id="a period"),
        pytest.param(changed("[links]", "[links"), "cannot be read: [links", id="broken text"),
        pytest.param('name = "x"\n', "It has no target.", id="nearly nothing"),
        pytest.param("", "It has no name.", id="nothing"),
    ],
)
def test_a_slip_in_a_wheel_file_is_refused_with_the_way_out(text, sentence):
    with pytest.raises(BadWheel) as refused:
        parse(text, where="mine.toml")
    assert sentence in str(refused.value)
    assert refused.value.next_step
    assert refused.value.what.startswith("mine.toml: ")


def test_what_is_no_wheel_file_is_refused(tmp_path):
    for name, content in (("binary.toml", b"\x00\xff\xfe\x80"), ("huge.toml", b"#" * 1_000_001)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadWheel, match=r"not text in UTF-8|larger than"):
            read_wheel(tmp_path / name)
    with pytest.raises(BadWheel, match="There is no file"):
        read_wheel(tmp_path / "absent.toml")
    with pytest.raises(BadWheel, match="There is no file"):
        read_wheel(tmp_path)


def test_an_unknown_template_names_the_nearest():
    with pytest.raises(BadWheel, match="did you mean 'marketplace'"):
        template("market-place")
