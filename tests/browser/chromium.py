"""Finds the browser that the tests drive and, run as a program, installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk")


def executable() -> str | None:
    """The path of a Chromium: the one that LIFELINE_CHROMIUM names, else the system's, else ``None``."""
    named = os.environ.get("LIFELINE_CHROMIUM")  # noqa: TID251
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def bundled() -> bool:
    """Whether Playwright has a browser of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def install() -> bool:
    """Install a browser, the system's where that is allowed, else Playwright's own; whether one is there now."""
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251
        for command in (("apt-get", "update", "-qq"), APT):
            subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
        if executable():
            return True
    subprocess.run((sys.executable, "-m", "playwright", "install", "chromium"), check=False)
    return bundled()


if __name__ == "__main__" and not (executable() or bundled() or install()):
    sys.exit("The browser tests need Chromium: install it and set LIFELINE_CHROMIUM to its path.")
