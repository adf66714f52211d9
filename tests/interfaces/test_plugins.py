"""A stranger's rule and report layout: run if they are named, recorded if they fail, never in place of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from opswheel.interfaces.plugins import plugged
from opswheel.visibility.detectors import looking

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin_detector"
NAME = "opswheel-bare-shelf"
KIND = f"{NAME}.bare_shelf"


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """The example built and installed as anybody would install it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site-packages")
    uv = Path(sys.executable).with_name("uv")
    installs = ["pip", "install", "--quiet", "--target", folder, "--no-deps", "--no-build-isolation", "--offline"]
    subprocess.run([uv, *installs, "--python", sys.executable, EXAMPLE], check=True)
    return folder


@pytest.fixture
def installed(packages, monkeypatch):
    monkeypatch.syspath_prepend(packages)
    yield packages
    for name in [n for n in sys.modules if n.startswith("opswheel_bare_shelf")]:
        del sys.modules[name]


def use(shop, *names):
    settings = shop.folder / "opswheel.toml"
    listed = ", ".join(f'"{n}"' for n in names)
    settings.write_text(settings.read_text(encoding="utf-8") + f"\n[plugins]\nuse = [{listed}]\n", encoding="utf-8")


@pytest.fixture
def stranger(tmp_path, monkeypatch):
    """Distributions made on the spot; Python forgets their modules afterwards."""
    folder, before = tmp_path / "site", set(sys.modules)
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [n for n in sys.modules if n not in before and (folder / f"{n}.py").exists()]:
        del sys.modules[name]


def pretend(folder, name, group, target, source=""):
    """A distribution with one entry point, as an installer leaves it."""
    info = folder / f"{name.replace('-', '_')}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\nit = {target}\n", encoding="utf-8")
    (folder / f"{target.partition(':')[0]}.py").write_text(textwrap.dedent(source), encoding="utf-8")


@pytest.mark.usefixtures("installed")
def test_an_installed_plug_in_that_nobody_named_does_not_run(own):
    assert [d["kind"] for d in own.json("detectors")] == [d.kind for d in looking()]


@pytest.mark.usefixtures("installed")
def test_a_strangers_report_is_read_and_a_strangers_rule_finds_what_it_tells(own, tmp_path):
    use(own, NAME)
    assert own.json("detectors")[-1]["kind"] == KIND
    assert own.json("readers")[-1]["report"] == f"{NAME}.shelf_count"
    count = tmp_path / "shelf.csv"
    count.write_text("shelf label,counted on the shelf\nSHELF-1,1\nSHELF-2,400\n", encoding="utf-8")
    listings = tmp_path / "listings.csv"
    listings.write_text("sku,status,price,fulfillment\nSHELF-1,active,20,merchant\nSHELF-2,active,20,merchant\n")
    traffic = tmp_path / "traffic.csv"
    sold = [f"{s},{s},2026-11-{d:02},2,40,90" for s in ("SHELF-1", "SHELF-2") for d in range(1, 21)]
    traffic.write_text("\n".join(["item_id,sku,day,units,sales,page_views", *sold]), encoding="utf-8")
    where = ["--channel", "walmart:US", "--day", "2026-11-22"]
    loaded = own.json("load", str(count), str(listings), *where, status=0)["files"]
    assert {f["report"]: (f["status"], f["table"], f["rows"], f["rejected"]) for f in loaded} == {
        f"{NAME}.shelf_count": ("loaded", "stock", 2, 0),
        "listings_csv": ("loaded", "listings", 2, 0),
    }
    own.json("load", str(traffic), "--channel", "walmart:US")
    told = {d["kind"]: d for d in own.json("run")["detectors"]}
    assert (told[KIND]["error"], told[KIND]["signals"]) == (None, 1)
    (issue,) = own.json("queue", "--kind", KIND)["issues"]
    assert (issue["sku"], issue["sentence"]) == ("SHELF-1", "Shelf nearly bare: lasts 0.5 days")
    why = own.json("why", str(issue["id"]))
    assert (why["threshold"]["name"], why["threshold"]["unit"]) == ("max_days", "days of sales")
    assert why["explanation"].startswith("What lies on our own shelf")
    assert own.json("whynot", "SHELF-2")["verdict"]


@pytest.mark.usefixtures("installed")
def test_without_the_plug_in_its_files_are_left_out_and_its_issue_does_not_close_by_itself(own, tmp_path):
    use(own, NAME)
    count = tmp_path / "shelf.csv"
    count.write_text("shelf label,counted on the shelf\nSHELF-1,1\n", encoding="utf-8")
    own.json("load", str(count), "--channel", "walmart:US", "--day", "2026-11-22")
    settings = own.folder / "opswheel.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(f'"{NAME}"', ""), encoding="utf-8")
    assert KIND not in [d["kind"] for d in own.json("run")["detectors"]]
    assert "SHELF-1" in own.refused("whynot", "SHELF-1")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise ImportError('no such thing')", "ImportError on loading: no such thing"),
        ("class Rule:\n    def __init__(self):\n        1 / 0", "ZeroDivisionError on loading"),
    ],
)
def test_a_rule_that_cannot_be_loaded_is_recorded_and_stops_no_other(source, said, own, stranger):
    pretend(stranger, "broken-thing", "opswheel.detectors", "broken_thing:Rule", source)
    use(own, "broken-thing")
    status, out, _ = own("run", "--json")
    rules = {d["kind"]: d["error"] for d in json.loads(out)["detectors"]}
    assert status == 1 and said in rules["broken-thing.it"]
    assert [e for k, e in rules.items() if k != "broken-thing.it" and e] == []


LIAR = """
    from opswheel.core.contracts import LISTINGS
    from opswheel.core.detector import observed
    from opswheel.core.contracts.prepared import LISTING_NOW

    class Rule:
        kind, version, title = "{kind}", "1", "Liar"
        precedence, loss, lane, tunable, reads, thresholds = 0, "none", "queue", False, (LISTINGS,), ()

        def observe(self, facts):
            rows = facts.table(LISTING_NOW)
            return {answer}

        def sentence(self, row):
            return "Lies"
"""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("rows.select('sku')", "its answer lacks kind, account, channel"),
        ("rows.nowhere", "AttributeError"),
        ("42", "AttributeError"),
    ],
)
def test_an_answer_that_is_no_observation_is_recorded(answer, said, own, stranger):
    name = f"liar-{len(answer)}"  # what a rule of one name and version asks is compiled once per process
    pretend(stranger, name, "opswheel.detectors", "liar_rule:Rule", LIAR.format(kind=f"{name}.it", answer=answer))
    use(own, name)
    _, out, _ = own("run", "--json")
    rules = {d["kind"]: d["error"] for d in json.loads(out)["detectors"]}
    assert said in rules[f"{name}.it"]


def test_a_rule_cannot_speak_under_the_kind_of_another(own, stranger):
    source = LIAR.format(kind="liar.it", answer="observed('out_of_stock', rows, share_state='out_of_stock')")
    pretend(stranger, "liar", "opswheel.detectors", "liar_rule:Rule", source)
    before = own.json("run")
    use(own, "liar")
    after = own.json("run")
    stock = [[d["signals"] for d in run["detectors"] if d["kind"] == "out_of_stock"] for run in (before, after)]
    assert stock[0] == stock[1]


@pytest.mark.parametrize(
    ("name", "group", "source", "said"),
    [
        ("thief", "opswheel.detectors", "class It:\n    kind = 'out_of_stock'", "must begin with thief."),
        ("thief", "opswheel.readers", "class It:\n    report = 'stock_csv'", "must begin with thief."),
        ("thief", "opswheel.readers", "raise ValueError('torn')", "cannot be loaded: torn"),
        ("thief", "somebody.else", "", "brings no rule and no reader"),
    ],
)
def test_what_would_take_the_place_of_ours_is_refused(name, group, source, said, own, stranger):
    pretend(stranger, name, group, "thief_thing:It", source)
    use(own, name)
    assert said in own.refused("run")


def test_a_plug_in_that_is_not_installed_is_asked_for(own):
    use(own, "nobody-wrote-this")
    assert own.refused("run") == (
        "opswheel.toml names the plug-in 'nobody-wrote-this', which is not installed. "
        "pip install nobody-wrote-this, or take it out of [plugins] use."
    )


def test_help_loads_no_plug_in(own, stranger):
    pretend(stranger, "loud", "opswheel.detectors", "loud_thing:Rule", "raise SystemExit('loaded')")
    use(own, "loud")
    status, out, _ = own("run", "--help")
    assert status == 0 and "rotation" in out
    assert plugged([]).detectors == ()
