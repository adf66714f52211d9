"""Takes the pictures of the app that the README shows, on a fresh sample shop: `make screenshots`."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "examples" / "mug_shop"
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1200, 740
MOST_BYTES = 200_000
SCREENS = (("today", "/", ".spark"), ("issue", "/issues/13", "svg.chart"), ("wheel", "/wheel", "main svg.picture"))
"""Name of the picture, address, and what must be there before it is taken."""


def main() -> None:
    """Load the sample shop, serve it, and take each picture."""
    from playwright.sync_api import sync_playwright

    chromium = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium on the path.")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = _serve(_shop(Path(folder) / "shop"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        for name, path, wait in SCREENS:
            _take(page, url + path, wait, IMAGES / f"{name}.png")
        browser.close()


def _shop(folder: Path) -> Path:
    from opswheel.interfaces.cli import obey

    folder.mkdir()
    shutil.copy(SHOP / "opswheel.toml", folder)
    for words in (["load", str(SHOP / "reports")], ["run"]):
        if obey(["--workspace", str(folder), *words]) != 0:
            raise SystemExit("The sample shop could not be made.")
    return folder


def _serve(folder: Path) -> str:
    import uvicorn

    from opswheel.interfaces.serving import build_app
    from opswheel.interfaces.wiring import Workspace

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(16)
    server = uvicorn.Server(uvicorn.Config(build_app(Workspace(folder)), log_level="error", lifespan="off", ws="none"))
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def _take(page: Any, url: str, wait: str, path: Path) -> None:
    page.goto(url)
    page.locator(wait).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size:,} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES:,} bytes.")


if __name__ == "__main__":
    main()
