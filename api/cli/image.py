"""`flask image`: write the columnar image from which statistics are computed."""

import sys
from contextlib import ExitStack
from typing import Any

import click

from api.cli.rare_collections import collect_rarely
from api.database.connection import database
from api.evidence.image import BusyError
from api.evidence.refresh import refresh_image


@click.command("image")
@click.option("--force", is_flag=True, help="Write an image from the tables even if none is due.")
def write_image(force: bool) -> None:
    """Write the columnar image of the newest revision, from which statistics are computed, if one is due."""
    with database.connection_context():
        if not write_with_progress(force):
            click.echo("No image is due. Changes since the newest image are read from the tables.")


@collect_rarely()
def write_with_progress(is_forced: bool = False) -> bool:
    """Write an image if one is due, with a progress bar; return whether one was.

    A failure ends no command: what was imported is there, and statistics read the tables instead.
    """
    import duckdb

    bar: Any = None

    with ExitStack() as shown:

        def show_progress(done: int, total: int) -> None:
            nonlocal bar
            if bar is None:
                label = "Reading claims into the image"
                bar = shown.enter_context(click.progressbar(length=total, label=label, show_pos=True, file=sys.stderr))
            bar.update(done - bar.pos)

        try:
            path = refresh_image(show_progress, is_forced)
        except BusyError:
            click.echo("Another process is writing the image. Nothing was done.")
            return True
        except (OSError, duckdb.Error) as error:
            click.echo(f"No image was written: {error}\nStatistics still work, but more slowly.")
            return True
    if path:
        click.echo(f"Image for statistics: {path} ({path.stat().st_size / 1e6:.1f} MB).")
    return path is not None
