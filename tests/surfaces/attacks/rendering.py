"""Texts that a browser might run, on the pages on which they are shown (F4): rendered in a real one, nothing runs.

The browser is told to disregard the content security policy, so that escaping alone has to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.surfaces.browser import BROWSER

LISTENING = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { window.ran.push(name); };
"""
FOUND = """() => {
  const found = [...window.ran];
  for (const one of document.querySelectorAll("*")) {
    const name = one.localName;
    for (const given of one.attributes) {
      if (/^on/i.test(given.name)) found.push(`${name} ${given.name}`);
      if (/^\\s*(javascript|data:text|vbscript)/i.test(given.value) && /href|src|action|data/i.test(given.name))
        found.push(`${name} ${given.name}=${given.value.slice(0, 30)}`);
    }
    if (["iframe", "object", "embed", "base", "marquee", "xmp", "x", "math", "audio", "video"].includes(name)) found.push(name);
    if (name === "script" && !one.src && one.type !== "application/json") found.push("script");
    if (name === "meta" && one.httpEquiv === "refresh") found.push("refresh");
    if (one.id === "clicked") found.push("clicked");
  }
  return found;
}"""


@dataclass
class Looking:
    """A browser that looks at pages of one server, as whoever a client is signed in as."""

    context: BrowserContext
    url: str
    asked: list[str] = field(default_factory=list)

    def ran(self, paths: Iterable[str]) -> list[str]:
        """What ran, what could have run on a click, and who was asked elsewhere, page by page."""
        page, through = self.context.new_page(), []
        for path in paths:
            self.asked.clear()
            page.goto(f"{self.url}{path}", wait_until="load")
            through += [f"{path}: {what}" for what in self._found(page)]
        page.close()
        return through

    def ran_in(self, documents: Iterable[str]) -> list[str]:
        """The same of documents that were answered to forms."""
        page, through = self.context.new_page(), []
        for k, text in enumerate(documents):
            self.asked.clear()
            page.set_content(text, wait_until="load")
            through += [f"document {k}: {what}" for what in self._found(page)]
        page.close()
        return through

    def _found(self, page: Page) -> list[str]:
        seen: list[str] = page.evaluate(FOUND)
        return [*seen, *self.asked]

    def hear(self, request: Request) -> None:
        """Note what is asked of anybody else."""
        if urlsplit(request.url).netloc not in ("", urlsplit(self.url).netloc) and not request.url.startswith("data:"):
            self.asked.append(f"asked {request.url[:80]}")


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Browser, url: str, client: httpx.Client | None = None, *, policy: bool = False) -> Iterator[Looking]:
    """Look with the session of a client; with `policy` as the policy of the pages says."""
    context = browser.new_context(bypass_csp=not policy, reduced_motion="reduce")
    try:
        if client is not None:
            context.add_cookies([{"name": "trimtab", "value": client.cookies["trimtab"], "url": url}])
        context.add_init_script(LISTENING)
        found = Looking(context, url)
        context.on("request", found.hear)
        context.route("**/plotly.min.js", lambda route: route.abort())
        yield found
    finally:
        context.close()
