"""`demo`: the newcomer's first command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .context import Context, Options, console, options

SAMPLE = "mug_shop"


def demo(  # noqa: PLR0913
    folder: Path = Path("opswheel-demo"),
    /,
    *,
    listings: int | None = None,
    days: int = 180,
    app: bool | None = None,
    port: int | None = None,
    browser: bool = True,
) -> int:
    """Make the sample shop in a folder, run the wheel once, show its queue, and open the app on a terminal.

    Parameters
    ----------
    folder
        Where; an earlier demo in it is replaced.
    listings
        Make a simulated shop of so many listings with months of history instead, whose losses are known; 2000 take
        about a minute and a half.
    days
        Days of that history.
    app
        Serve the app on it until Ctrl-C; done on a terminal, or where a port is named, unless said otherwise.
    port
        The app's port.
    browser
        Open the app in this machine's browser.
    """
    from ...core.errors import WrongUse

    if listings is not None and not (50 <= listings <= 20_000 and 30 <= days <= 400):
        raise WrongUse("A demo has 50 to 20,000 listings and 30 to 400 days.", "opswheel demo --listings 2000")
    opens = app if app is not None else port is not None or (sys.stdout.isatty() and not options().json)
    _clear(folder)
    if listings is not None:
        from .demo_history import show_history

        show_history(folder, listings, days)
    else:
        _sample_shop(folder)
    if opens:
        from .serve import serve

        with Context(Options(folder)):
            return serve(port=port, browser=browser)
    return 0


def _clear(folder: Path) -> None:
    """An empty folder that is marked as ours; an earlier demo in it is gone."""
    from ...core.errors import WorkspaceExists

    marker = folder / ".opswheel-demo"
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise WorkspaceExists(
            f"{folder} is not empty and no demo of ours.", "Name another folder: opswheel demo FOLDER."
        )
    if folder.exists() and Path.cwd().is_relative_to(folder.resolve()):
        raise WorkspaceExists(
            "You are inside this demo, and it would be replaced.",
            "Leave it, or name another: opswheel demo FOLDER.",
        )
    if marker.exists() and not options().json:
        console().print(f"The earlier demo in {folder} is replaced.", markup=False)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()


def _sample_shop(folder: Path) -> None:
    from . import build

    source = sample_folder()
    shutil.copyfile(source / "opswheel.toml", folder / "opswheel.toml")
    as_json = options().json
    out = console()
    if not as_json:
        out.print(
            "The sample shop sells mugs; its losses are invented, its clock stands at Sunday 22 November 2026, 8:00."
        )
    steps: list[tuple[str, list[str]]] = [
        ("load", [str(source / "reports")]),
        ("match", ["--channel", "amazon:US"]),
        ("run", []),
        ("queue", []),
    ]
    for name, rest in steps:
        if as_json and name != "queue":
            with Context(Options(folder, json=False)), _silence():
                build()([name, *rest], exit_on_error=False, print_error=False)
            continue
        with Context(Options(folder, json=as_json)):
            if not as_json:
                shown = ["examples/mug_shop/reports"] if name == "load" else rest
                out.print(f"\n$ opswheel {' '.join([name, *shown])}", markup=False)
            build()([name, *rest], exit_on_error=False, print_error=False)
    if not as_json:
        out.print(f"\nThe workspace stays in {folder}: cd {folder}, and try the next step.")


def sample_folder() -> Path:
    """Where the sample shop lies: in the package, or beside the source."""
    inside = Path(__file__).parents[1] / SAMPLE
    beside = Path(__file__).parents[4] / "examples" / SAMPLE
    return inside if inside.exists() else beside


class _silence:
    """Keeps a command's words off the screen."""

    def __enter__(self) -> None:
        import contextlib
        import io

        self._stack = contextlib.ExitStack()
        self._stack.enter_context(contextlib.redirect_stdout(io.StringIO()))

    def __exit__(self, *_: object) -> None:
        self._stack.close()
