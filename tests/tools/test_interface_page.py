"""The keys promised in docs/reference/interface.md are those the commands print: no more, no less."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from opswheel.decisions import record, thresholds
from opswheel.interfaces.cli import COMMANDS, obey
from opswheel.interfaces.wiring import Workspace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "interface.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "examples" / "mug_shop" / "reports"
TWO_DAYS_ON = "2026-11-24T16:00:00Z"


def promised(page: str) -> dict[str, set[str]]:
    """The keys each command's section lists in its tables."""
    found = {}
    for section in re.split(r"^## ", page, flags=re.M)[1:]:
        title = re.match(r"`(\w+)`", section)
        if title:
            found[title[1]] = set(re.findall(r"^\| `([^`]+)` \| \w+ \|", section, flags=re.M))
    return found


def keys(value: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """(path, whether something lies below it) of every key in a JSON answer."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            below = f"{path}.{name}" if path else name
            yield below, bool(inner) and isinstance(inner, dict | list)
            yield from keys(inner, below)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict):
                yield from keys(inner, f"{path}[]")


def unlisted(listed: set[str], printed: set[str]) -> set[str]:
    """Printed keys the page lists neither themselves, nor what they are part of, nor what is part of them."""
    return {
        p
        for p in printed
        if not any(p == k or p.startswith((f"{k}.", f"{k}[]")) or k.startswith((f"{p}.", f"{p}[]")) for k in listed)
    }


def say(*arguments: str) -> Any:
    """The JSON answer of a command."""
    out = StringIO()
    with redirect_stdout(out):
        obey([*arguments, "--json"])
    return json.loads(out.getvalue())


def propose_a_cut(folder: Path) -> str:
    """A proposal as a later week's run would make it; returns its number."""
    made: dict[str, Any] = {"subject": "featured_offer_lost", "status": "open", "backtest": {}, "why": "words"}
    versions = ["featured_offer_lost.min_drop:1", "featured_offer_lost.min_loss_per_day:1"]
    here = Workspace(folder)
    with here.ledger.write() as connection:
        rows = [v for v in thresholds.in_force(connection, here.clock.now()) if v["id"] in versions]
        now = {v["name"]: v["value"] for v in rows}
        made["from"] = {"cuts": now, "versions": [v["id"] for v in rows]}
        made["to"], made["gain_a_year"] = {"cuts": {**now, "min_drop": 0.12}}, 1.0
        (number,) = record.put(connection, "threshold", [made], as_of=here.clock.now())
    here.ledger.close()
    return str(number)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What every command prints about the sample shop; two mornings, so that something is blind and replayed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USER", "you")
        patch.setenv("LOGNAME", "you")
        folder = tmp_path_factory.mktemp("docs") / "shop"
        found: dict[str, list[Any]] = {"init": [say("init", str(folder))]}
        (folder / "opswheel.toml").write_bytes((SAMPLE.parent / "opswheel.toml").read_bytes())
        at = ("--workspace", str(folder))
        found["load"] = [say("load", str(SAMPLE), *at)]
        found["run"] = [say("run", *at)]
        found["queue"] = [say("queue", *at)]
        number = {i["kind"]: str(i["id"]) for i in found["queue"][0]["issues"]}
        first = number["listing_suppressed"]
        found["why"] = [say("why", first, *at)]
        found["whynot"] = [say("whynot", "KET-12-ASH", *at)]
        found["intent"] = [say("intent", *at)]
        found["match"] = [say("match", "--channel", "amazon:US", *at)]
        found["claim"] = [say("claim", first, *at)]
        wanted = (number["price_too_low"], number["out_of_stock"], "-o", str(folder / "prices.txt"))
        found["fixpack"] = [say("fixpack", *wanted, *at)]
        closing = ("--resolution", "fixed", "--root-cause", "image")
        found["close"] = [say("close", first, *closing, *at)]
        found["reopen"] = [say("reopen", first, *at)]
        found["assign"] = [say("assign", first, "--to", "tom", *at)]
        together = (first, number["stranded_stock"], "--title", "words")
        found["incident"] = [say("incident", *together, *at), say("incident", first, "--apart", *at)]
        found["note"] = [say("note", first, "words", *at)]
        found["ack"] = [say("ack", number["stranded_stock"], *at)]
        found["pin"] = [say("pin", number["stranded_stock"], "--why", "words", "--until", "2026-11-25", *at)]
        found["queue"] += [say("queue", *at)]
        found["unpin"] = [say("unpin", number["stranded_stock"], *at)]
        found["snooze"] = [say("snooze", number["stranded_stock"], "--why", "words", "--until", "2026-11-23", *at)]
        found["queue"] += [say("queue", "--snoozed", *at)]
        found["wake"] = [say("wake", number["stranded_stock"], *at)]
        found["wait"] = [say("wait", number["stranded_stock"], "--on", "the supplier", *at)]
        say("cases", "open", first, "--type", "other", *at)
        found["cases"] = [say("cases", *at)]
        found["playbook"] = [say("playbook", "out_of_stock", *at)]
        found["notices"] = [say("notices", "--set", "tom", "--url", "json://127.0.0.1:9", "--everything", *at)]
        hook = say("webhooks", "add", "https://8.8.8.8/hook", *at)  # an address as such: nothing is looked up or sent
        say("assign", first, "--to", "tom", "--by", "lead", *at)
        from opswheel.interfaces.service.scheduler import Service
        from opswheel.interfaces.wiring import Workspace

        served = Service(Workspace(folder))
        served.clocks()
        served.feed()
        served.workspace.ledger.close()
        found["jobs"] = [say("jobs", *at)]
        found["notices"] += [say("notices", *at)]
        found["webhooks"] = [hook, say("webhooks", *at), say("webhooks", "deliveries", *at)]
        found["webhooks"] += [{"delivery": found["webhooks"][2]["deliveries"][0]}, say("webhooks", "remove", "1", *at)]
        found["forget"] = [say("forget", "lead", "--dry-run", *at)]
        found["backup"] = [say("backup", str(folder.parent / "b.zip"), *at)]
        found["restore"] = [say("restore", str(folder.parent / "b.zip"), str(folder.parent / "again"))]
        routes = ("--output", str(folder / "routes.csv"))
        found["routes"] = [say("routes", *at), say("routes", *routes, *at)]
        found["forecast"] = [say("forecast", *at), say("forecast", "MUG-12-ASH", *at)]
        found["plan"] = [say("plan", *at)]
        found["thresholds"], found["learning"] = [say("thresholds", *at)], [say("learning", *at)]
        found["proposals"] = [say("proposals", *at), say("proposals", "--decided", *at)]
        number = propose_a_cut(folder)
        found["decide"] = [say("decide", number, "--accept", "--why", "words", *at)]
        found["rollback"] = [say("rollback", str(found["decide"][0]["id"]), "--why", "words", *at)]
        found["compact"] = [say("compact", *at)]
        found["detectors"], found["readers"] = [say("detectors")], [say("readers")]
        found["bench"] = [say("bench", "cli")]
        tea = ROOT / "examples" / "tea_shop"
        weeks, costs = ("--data", str(tea / "drivers.csv")), ("--costs", str(tea / "costs.csv"))
        found["growth"] = [
            say("growth", "wheel", "seller"),
            say("growth", "wheel", "seller", "--text"),
            say("growth", "links", "marketplace"),
            say("growth", "diagnose", *weeks, "--pillars", str(tea / "scores.csv")),
            say("growth", "momentum", *weeks, "--save", *at),
            say("growth", "leverage", *weeks, *costs),
            say("growth", "push", "ads", "+10%", *weeks, "--stop", "8"),
            say("growth", "experiment", *weeks, *costs),
            say("growth", "kpis", "--orders", str(tea / "orders.csv"), *at),
            say("growth", "spokes", *at),
        ]
        found["metrics"], found["diagnose"] = [say("metrics", *at)], [say("diagnose", *at)]
        found["report"] = [say("report", "--month", "2026-11", "-o", str(folder / "sheet.html"), *at)]
        patch.setattr("sys.stdin", StringIO("a long password\n"))
        found["users"] = [say("users", "add", "ines", "--role", "admin", *at)]
        found["tokens"] = [say("tokens", "make", "ines", "--name", "words", *at)]
        found["simulate"] = [say("simulate", "--listings", "30", "--days", "1")]
        patch.setenv("OPSWHEEL_NOW", TWO_DAYS_ON)
        found["run"] += [say("run", *at), say("run", "--as-of", "2026-11-22T16:00:00Z", *at)]
    return found


def test_every_command_has_a_section() -> None:
    assert {name for name, _, _ in COMMANDS} <= set(promised(PAGE))


@pytest.mark.long
@pytest.mark.parametrize("command", sorted(set(promised(PAGE)) - {"demo", "serve"}))
def test_a_script_finds_exactly_the_keys_the_page_promises(command: str, answers: dict[str, list[Any]]) -> None:
    listed = promised(PAGE)[command] or promised(PAGE)["claim"]
    told = [pair for answer in answers[command] for pair in keys(answer)]
    printed = {name for name, _ in told}
    opaque = {name for name, more in told if not more}
    missing = {k for k in listed if k not in printed and not any(k.startswith((f"{o}.", f"{o}[]")) for o in opaque)}
    assert not missing, f"promised and not printed: {sorted(missing)}"
    assert not unlisted(listed, printed), "printed and not on the page"


def test_a_key_that_is_printed_and_not_listed_is_seen() -> None:
    printed = {name for name, _ in keys({"a": 1, "b": {"c": 2}, "d": [{"e": 3}]})}
    assert printed == {"a", "b", "b.c", "d", "d[].e"}
    assert unlisted({"a", "b", "d[].e"}, printed) == set()
    assert unlisted({"a", "d[].e"}, printed) == {"b", "b.c"}
