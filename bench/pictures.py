"""`make pictures` makes the pictures of docs/readers/pictures from the seeds: of pages in a real Chromium, and ours."""

import pathlib
from typing import NamedTuple

from api.database.connection import database
from bench.browser import DRAWN, chromium
from bench.place import place
from bench.serving import serving
from imports.packages.load import load_package
from seeds import DATA

FOLDER = pathlib.Path("docs/readers/pictures")
WAR = "nagorno-karabakh-2020"


class Picture(NamedTuple):
    name: str
    address: str
    width: int = 1280
    height: int = 1000
    scheme: str = "light"


PICTURES = (
    Picture("who-says-how-many", f"/?conflict={WAR}"),
    Picture("over-time", f"/?view=time&conflict={WAR}&span=war", height=920, scheme="dark"),
    Picture("map-on-a-phone", "/?view=map", width=360, height=1200),
)
#: Pictures that the server draws, by name.
DRAWINGS = {
    "shared-link": f"view=who&conflict={WAR}&width=800&height=420&zoom=1.5",
    "drawn-over-time": f"view=time&conflict={WAR}&subject_side=azerbaijan&width=900",
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with place() as here:
        with database.connection_context():
            load_package(DATA, "The seeds.")
        with serving("wsgi:app", here.folder) as server, chromium() as browser:
            for name, query in DRAWINGS.items():
                (FOLDER / f"{name}.png").write_bytes(server.get(f"/v1/picture.png?{query}"))
            for picture in PICTURES:
                size = {"width": picture.width, "height": picture.height}
                page = browser.new_page(viewport=size, color_scheme=picture.scheme, reduced_motion="reduce")
                page.goto(f"http://127.0.0.1:{server.port}{picture.address}")
                page.wait_for_selector(DRAWN)
                page.wait_for_load_state("networkidle")
                file = FOLDER / f"{picture.name}.png"
                page.screenshot(path=file)
                print(f"{file}: {file.stat().st_size / 1000:.0f} KB")
                page.close()


if __name__ == "__main__":
    main()
