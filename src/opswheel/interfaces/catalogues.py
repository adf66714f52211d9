"""Detectors and readers as data: what the catalogue commands, the docs and later the settings page are made of."""

from __future__ import annotations

import inspect
from typing import Any

from ..core.detector import Detector
from ..core.reader import Reader


def sections(thing: object) -> dict[str, str]:
    """The first line of a docstring under `summary`, and each `Heading:` block under its heading."""
    text = inspect.getdoc(type(thing)) or ""
    first, _, rest = text.partition("\n")
    found = {"summary": first.strip()}
    heading = "text"
    for line in rest.splitlines():
        if line and not line.startswith(" ") and line.rstrip().endswith(":"):
            heading = line.strip().rstrip(":")
        else:
            found[heading] = (found.get(heading, "") + "\n" + line.strip()).strip()
    return found


def detector_json(detector: Detector) -> dict[str, Any]:
    """One rule."""
    told = sections(detector)
    return {
        "kind": detector.kind,
        "title": detector.title,
        "summary": told["summary"],
        "why_it_costs_money": told.get("Why it costs money", ""),
        "source": told.get("Source", ""),
        "blind_spots": told.get("Blind spots", ""),
        "version": detector.version,
        "reads": [c.name for c in detector.reads],
        "thresholds": [
            {
                "name": t.name,
                "value": t.value,
                "unit": t.unit,
                "fires": t.fires,
                "release": t.release,
                "by_tier": dict(t.by_tier),
                "why": t.why,
                "sentence": t.sentence(),
            }
            for t in detector.thresholds
        ],
        "lane": detector.lane,
        "loss": detector.loss,
    }


def reader_json(reader: Reader) -> dict[str, Any]:
    """One report layout."""
    told = sections(reader)
    return {
        "report": reader.report,
        "title": reader.title,
        "summary": told["summary"],
        "text": told.get("text", ""),
        "table": reader.table.name,
        "export": reader.export,
        "format": reader.format,
        "settles_days": reader.settles_days,
        "expected_days": reader.expected_days,
        "zone": reader.zone,
        "columns": [
            {"header": c.headers[0], "to": c.to, "required": c.required, "personal": c.personal}
            for c in reader.cells
            if c.headers
        ],
    }
