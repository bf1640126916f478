"""The newest image as monitoring sees it: by its name, without opening it."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

from api.evidence import process
from api.evidence.changes import count_entries
from api.evidence.columns import code_digest
from api.evidence.image import FILE_NAME, folder_of_images
from api.evidence.process import MOST_OVERLAY
from api.evidence.reading import count_claims


class ImageFile(NamedTuple):
    """An image of this version of the code. `written_at`: seconds since 1970."""

    revision: int
    written_at: float


def find_newest_file() -> ImageFile | None:
    """Return the newest image of the current database; None if it has none."""
    files: list[ImageFile] = []
    for path in find_folder().glob("claims-*.parquet"):
        name = FILE_NAME.fullmatch(path.name)
        if name and name.group(3) == code_digest():
            files.append(ImageFile(int(name.group(1)), path.stat().st_mtime))
    return max(files, default=None)


def find_folder() -> pathlib.Path:
    """Return the folder of the images of the current database; it may not exist."""
    return folder_of_images(process.current_options())


def count_missing() -> int:
    """Return the number of changes that the newest image lacks; without an image, the number of claims."""
    image = find_newest_file()
    return count_entries(image.revision) if image else count_claims()


def is_too_old() -> bool:
    """Return whether statistics have to read so many changes that they are refused until a new image is written."""
    return count_missing() > MOST_OVERLAY
