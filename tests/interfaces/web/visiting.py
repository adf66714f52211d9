"""Asking the app without a browser: pages, forms with the page's own mark, files."""

from __future__ import annotations

import html
import re

import httpx


class Visitor:
    """Somebody who reads pages and sends forms."""

    def __init__(self, url):
        self.client = httpx.Client(
            base_url=url, follow_redirects=True, timeout=60, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def get(self, path, status=200):
        found = self.client.get(path)
        assert found.status_code == status, (found.status_code, words(found.text)[:400])
        return found

    def mark(self, path="/sources"):
        return re.search(r'name="csrf" value="([^"]+)"', self.client.get(path).text).group(1)

    def send(self, path, status=200, files=None, **fields):
        found = self.client.post(path, data={"csrf": self.mark(), **fields}, files=files)
        assert found.status_code == status, (found.status_code, words(found.text)[:400])
        return found

    def upload(self, *files):
        """Each file is (name, bytes)."""
        return self.send("/sources/upload", files=[("files", f) for f in files])


def words(text):
    """What a page says, without its tags."""
    plain = re.sub(r"<(script|style|svg).*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", plain))).strip()
