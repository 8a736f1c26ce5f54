"""`make screenshots`: the pictures of README and docs, made anew from the story.

Arguments name pictures; without any, all are made.
"""

from __future__ import annotations

import argparse
import sys
from io import BytesIO
from typing import Any

from PIL import Image

from demo.services import ServicesError
from tests.browser import chromium
from tests.browser.chromium import Window
from tests.browser.pictures import FOLDER, MOST_BYTES, PICTURES, Picture
from tests.browser.site import Site

WIDTH = 1120
COLOURS = 96
HIDE_MENU = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], metavar="NAME")
    names = parser.parse_args().names or list(PICTURES)
    if chromium.program() is None:
        print("No Chromium on PATH: apt-get install chromium", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    try:
        with Site() as site:
            site.tell("tests.browser.story")
            site.serve()
            _shoot(site, names)
    except ServicesError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _shoot(site: Site, names: list[str]) -> None:
    with chromium.launched() as browser:
        cookies = chromium.sign_in(browser, site.url)
        for name in names:
            picture = PICTURES[name]
            with chromium.window(browser, site.url, cookies, picture.mode) as window:
                window.context.add_init_script(HIDE_MENU)
                window.open(site.told.get(picture.page, picture.page))
                path = FOLDER / f"{name}.png"
                path.write_bytes(_small(_shot(window, picture)))
                print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size:,} bytes")


def _shot(window: Window, picture: Picture) -> bytes:
    """The page from its top to the end of the picture's last element."""
    page, width = window.page, min(WIDTH, picture.mode.width)
    page.set_viewport_size({"width": width, "height": 900})
    page.mouse.move(0, 0)
    box: Any = page.locator(picture.last).first.bounding_box()
    height = box["y"] + box["height"] + 20
    return page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


def _small(png: bytes) -> bytes:
    """The same picture in few colours. Raises ValueError if it is still too large for a page."""
    few = Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = BytesIO()
    few.save(out, "PNG", optimize=True)
    if len(out.getvalue()) > MOST_BYTES:
        raise ValueError(f"A picture has {len(out.getvalue()):,} bytes, more than {MOST_BYTES:,}.")
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
