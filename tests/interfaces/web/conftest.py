"""The app over the sample shop, on a port of its own, and a Chromium that looks at it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opswheel.interfaces.serving import build_app
from opswheel.interfaces.wiring import Workspace

CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)


@dataclass
class Site:
    """A running server over a workspace."""

    url: str
    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.folder


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """The app over `folder` on a free port, in a thread of this process."""
    import uvicorn

    workspace = Workspace(folder)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    config = uvicorn.Config(build_app(workspace), log_level="warning", lifespan="off", loop="asyncio", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", workspace)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        workspace.ledger.close()


@pytest.fixture(scope="session")
def seen_site(made, tmp_path_factory) -> Iterator[Site]:
    """For looking: nobody changes it."""
    folder = tmp_path_factory.mktemp("web") / "shop"
    shutil.copytree(made, folder)
    with served(folder) as site:
        yield site


@pytest.fixture
def contexts():
    """The browser contexts a test opened."""
    return []


@pytest.fixture
def site(made, tmp_path, contexts) -> Iterator[Site]:
    """A copy to change. Its pages are closed before its server is: a page left alone would complain."""
    shutil.copytree(made, tmp_path / "shop")
    with served(tmp_path / "shop") as site:
        yield site
        for context in contexts:
            context.close()


@pytest.fixture(scope="session")
def chromium():
    """One browser for the session."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: none of chromium, chromium-browser, google-chrome is on the path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, contexts):
    """Opens pages in contexts of their own: `opened(color_scheme="dark", viewport={...}, java_script_enabled=False)`.

    At the end no page may have complained on its console or asked another host for anything.
    """
    complaints = []

    def open_page(**options):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(30_000)  # a busy machine is slow, not wrong
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda m: complaints.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else 0)
        page.on("request", lambda r: None if "//127.0.0.1:" in r.url else complaints.append(f"asked {r.url}"))
        page.complaints = complaints
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(opened):
    """One page at 1440 pixels in light colours."""
    return opened()
