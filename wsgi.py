"""What gunicorn serves (`wsgi:app`) and the commands that `flask --app wsgi` knows."""
# ruff: noqa: E402

import functools
import gc

# Modules live as long as the process. Collections of garbage while they load take a fifth of the time of a start.
gc.disable()

import sys

from api.app import create_app
from api.cli.commands_on_demand import CommandsOnDemand, Wrap, as_it_is
from api.cli.require_upgrade import when_it_answers, when_it_is_new, when_upgraded
from api.config import ConfigError

#: Where each command is, and what wraps it.
COMMANDS: dict[str, tuple[str, Wrap]] = {
    "backup": ("api.cli.backup:write_backup", when_upgraded),
    "docs": ("api.cli.docs:write_docs", as_it_is),
    "duplicates": ("api.cli.duplicates:duplicates_group", when_upgraded),
    "export": ("api.cli.export_package:export_records", when_upgraded),
    "image": ("api.cli.image:write_image", when_upgraded),
    "import": (
        "imports.cli.import_files:import_files",
        functools.partial(when_upgraded, without=("draft", "output", "explain")),
    ),
    "keys": ("api.cli.keys:keys_group", when_upgraded),
    "log": ("api.cli.log:log_group", functools.partial(when_upgraded, but=("key",))),
    "mirror": ("api.cli.mirror:mirror_server", when_upgraded),
    "openapi": ("api.cli.openapi_document:write_document", as_it_is),
    "redact": ("api.cli.redact:redact_record", when_upgraded),
    "release": ("api.cli.make_release:release_group", when_upgraded),
    "restore": ("api.cli.backup:restore_database", when_it_is_new),
    "seed": ("seeds.cli.seed:load_seeds", when_upgraded),
    "upgrade": ("api.cli.upgrade:upgrade", when_it_answers),
    "webhooks": ("api.cli.webhooks:webhooks_group", when_upgraded),
}

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"counterclaim: {error}")

app.cli = CommandsOnDemand(app.cli, COMMANDS)

# What lives as long as the process does is not looked through again at each collection of garbage.
gc.freeze()
gc.enable()
