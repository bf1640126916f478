"""A real Chromium, if the machine has one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import sync_playwright

# The shell draws the same, and needs less than half of the CPU: it has no window, menus or extensions.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
DRAWN = "main[aria-busy=false]"  # the explorer, once its last answer is on the page


def found() -> str | None:
    """Return the path of the browser, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield an open browser; raise `LookupError` if there is none."""
    path = found()
    if path is None:
        raise LookupError(f"No Chromium: none of {', '.join(NAMES)} is here.")
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=[*QUIET, *sandbox, "--no-first-run"])
        yield opened
        opened.close()


# The browser's own times of a page: milliseconds until the first and until the largest thing was painted.
PAINTED = """
() => new Promise((done) => new PerformanceObserver((list) => done(Math.round(list.getEntries().at(-1).startTime)))
  .observe({ type: "%s", buffered: true }))
"""
FIRST, LARGEST = PAINTED % "paint", PAINTED % "largest-contentful-paint"


class Weight:
    """Bytes that a page receives: compressed as sent, with their headers."""

    def __init__(self, context: Any, page: Any) -> None:
        self.files: list[int] = []
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda told: self.files.append(told["encodedDataLength"]))

    @property
    def bytes(self) -> int:
        return sum(self.files)
