"""`growth wheel`, `growth links`, `growth loops`: a wheel as it is before any data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options

if TYPE_CHECKING:
    from rich.table import Table

    from ...growth.wheel import Wheel

File = Annotated[Path | None, Parameter(help="Your own wheel instead of a template.")]
Parts = Annotated[
    list[str] | None, Parameter(name="--with", negative="", help="An optional part to put on; may repeat.")
]
Output = Annotated[
    Path | None, Parameter(name=("--output", "-o"), help="Where to write: a picture (.svg) or the text (.toml).")
]


def wheel(
    name: str | None = None, /, *, file: File = None, part: Parts = None, output: Output = None, text: bool = False
) -> int:
    """A wheel: its drivers, what measures each, its loops; as text, as a picture, or as the file to edit.

    Parameters
    ----------
    name
        seller, marketplace, store or operations.
    text
        Print the template itself, to edit: opswheel growth wheel seller --text > wheel.toml
    """
    from ..answers.growth_wheel import wheel_answer

    if text or (output is not None and output.suffix == ".toml"):
        return _write(_text(name, file, part), output)
    chosen = _chosen(name, file, part)
    if output is not None:
        return _draw(chosen, output)
    found = wheel_answer(chosen)
    if options().json:
        answer(found)
    else:
        _show_wheel(found)
    return 0


def links(name: str | None = None, /, *, file: File = None, part: Parts = None) -> int:
    """The links of a wheel: sign, delay, size with its range, and where the size comes from.

    Parameters
    ----------
    name
        seller, marketplace, store or operations.
    """
    from ..answers.growth_wheel import links_answer

    found = links_answer(_chosen(name, file, part))
    if options().json:
        answer(found)
        return 0
    out = console()
    out.print(
        f"The {found['wheel']} wheel: what 10 % more of the first brings of the second, in per cent, before any data.",
        markup=False,
    )
    table = _table(("from", "to", "brings", "9 in 10 within", "later", "kind", "rests on"), right=(2,))
    for row in found["links"]:
        within = (
            ""
            if row["kind"] in ("identity", "stock")
            else f"{row['brings_low'].split()[0]} – {row['brings_high'].split()[0]}"
        )
        later = f"{row['lag']} {found['period']}s" if row["lag"] > 1 else (f"1 {found['period']}" if row["lag"] else "")
        table.add_row(row["from"], row["to"], row["brings"], within, later, row["kind"], row["source"])
    out.print(table)
    if found["claims"]:
        out.print("")
        out.print("What the texts on this wheel say, and what measures it:")
        out.print(_claims_table(found["claims"]))
    out.print("Next: opswheel growth loops" + _again(name, file), markup=False)
    return 0


def loops(name: str | None = None, /, *, file: File = None, part: Parts = None) -> int:
    """The loops of a wheel: what comes back of 100, how long a turn takes, and what that rests on.

    Parameters
    ----------
    name
        seller, marketplace, store or operations.
    """
    from ..answers.growth_wheel import loops_answer

    found = loops_answer(_chosen(name, file, part))
    if options().json:
        answer(found)
        return 0
    out = console()
    out.print(found["sentence"], markup=False)
    out.print(_loops_table(found["loops"], found["period"]))
    out.print(
        "Literature and assumptions only: opswheel growth diagnose puts your own weeks in their place.", markup=False
    )
    return 0


def _chosen(name: str | None, file: Path | None, parts: list[str] | None) -> Wheel:
    """The wheel a person named, with the optional parts put on."""
    from ...core.errors import WrongUse
    from ...growth.templates import TEMPLATES, read_wheel, template

    if name is None and file is None:
        raise WrongUse("Which wheel?", f"One of: {', '.join(TEMPLATES)}; or --file with your own.")
    if name is not None and file is not None:
        raise WrongUse("A template and a file cannot both be the wheel.", f"Leave out {name!r} or --file.")
    found = template(name) if name is not None else read_wheel(Path(str(file)))
    for part in parts or []:
        found = found.with_part(part)
    return found


def _text(name: str | None, file: Path | None, parts: list[str] | None) -> str:
    from ...core.errors import WrongUse
    from ...growth.templates import template_text

    if parts:
        use = ", ".join(f'"{part}"' for part in parts)
        raise WrongUse("--with does not change the text.", f"Write use = [{use}] into it.")
    chosen = _chosen(name, file, None)
    return template_text(chosen.name) if file is None else file.read_text(encoding="utf-8")


def _draw(chosen: Wheel, output: Path) -> int:
    from ...core.errors import WrongUse
    from ...growth.drawing import draw

    if output.suffix != ".svg":
        raise WrongUse(
            f"A wheel cannot be written as {output.suffix or 'a file without an ending'}.", "Name it .svg or .toml."
        )
    return _write(draw(chosen), output)


def _write(text: str, output: Path | None) -> int:
    """Write to the file, or to the terminal without one."""
    from ...core.errors import WrongUse

    if output is None and options().json:
        answer({"text": text})
        return 0
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise WrongUse(f"{output} cannot be written: {wrong.strerror}.", "Name another place.") from None
    if options().json:
        answer({"path": str(output)})
    else:
        console().print(f"Wrote {output}.", markup=False)
    return 0


def _show_wheel(found: dict[str, Any]) -> None:
    out = console()
    out.print(f"The {found['wheel']} wheel, by the {found['period']}: {found['about']}", markup=False)
    out.print("")
    table = _table(("driver", "", "", "what measures it"))
    for row in found["drivers"]:
        push = "push" if row["lever"] else ""
        told = row["measure"] or f"no measure here: {row['unmeasured']}"
        table.add_row(row["name"], row["label"], push, told)
    out.print(table)
    out.print("")
    out.print(found["sentence"], markup=False)
    out.print(_loops_table(found["loops"], found["period"]))
    for part in found["parts"]:
        out.print(f"Off until you measure it: --with {part['name']}. {part['about']}", markup=False)
    name = found["wheel"]
    out.print(f"Next: opswheel growth links {name}; opswheel growth wheel {name} -o {name}.svg draws it.", markup=False)


def _loops_table(rows: list[dict[str, Any]], period: str) -> Table:
    """Loops as a person reads them; `come back` is of 100 of anything on the loop."""
    table = _table(("loop", "path", "of 100", "9 in 10 within", "a turn", "rests on"), right=(2, 4))
    for row in rows:
        back = row["gain"]
        within = f"{_short(100 * back['p5'])} – {_short(100 * back['p95'])}"
        turn = f"{_short(row['delay'])} {period}s"
        table.add_row(row["name"], row["words"], _short(100 * back["at_means"]), within, turn, row["rests_on"])
    return table


def _claims_table(rows: list[dict[str, Any]]) -> Table:
    table = _table(("", "says", "links", "measure"))
    for row in rows:
        told = row["measure"] or f"no measure here: {row['unmeasured']}"
        table.add_row(f"{row['series']} {row['number']}", row["words"], ", ".join(row["links"]), told)
    return table


def _short(value: float) -> str:
    """Two significant digits, but whole above 10, and no more than one decimal place."""
    if 0 < abs(value) < 0.05:
        return "<0.1" if value > 0 else ">−0.1"
    shown = f"{abs(value):.0f}" if abs(value) >= 9.95 else f"{abs(value):.1f}".removesuffix(".0")
    return ("−" if value < 0 else "") + shown


def _table(heads: tuple[str, ...], right: tuple[int, ...] = ()) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i in right else "left", overflow="fold")
    return table


def _again(name: str | None, file: Path | None) -> str:
    return f" {name}" if name else f" --file {file}"
