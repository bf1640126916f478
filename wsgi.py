"""What gunicorn serves (`wsgi:app`) and the commands that `flask --app wsgi` knows."""
# ruff: noqa: E402

import gc

# Modules live as long as the process. Collections of garbage while they load take a fifth of the time of a start.
gc.disable()

import sys

from api.app import create_app
from api.cli.backup import restore_database, write_backup
from api.cli.docs import write_docs
from api.cli.duplicates import duplicates_group
from api.cli.export_package import export_records
from api.cli.image import write_image
from api.cli.keys import keys_group
from api.cli.log import log_group
from api.cli.make_release import release_group
from api.cli.mirror import mirror_server
from api.cli.openapi_document import write_document
from api.cli.redact import redact_record
from api.cli.require_upgrade import when_it_answers, when_it_is_new, when_upgraded
from api.cli.upgrade import upgrade
from api.cli.webhooks import webhooks_group
from api.config import ConfigError
from imports.cli.import_files import import_files
from seeds.cli.seed import load_seeds

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"counterclaim: {error}")

for command in (
    when_it_answers(upgrade),
    when_it_is_new(restore_database),
    write_docs,
    write_document,
    when_upgraded(log_group, but=("key",)),
    when_upgraded(import_files, without=("draft", "output", "explain")),
):
    app.cli.add_command(command)
for command in (
    load_seeds,
    export_records,
    duplicates_group,
    write_image,
    keys_group,
    mirror_server,
    redact_record,
    release_group,
    webhooks_group,
    write_backup,
):
    app.cli.add_command(when_upgraded(command))

# What lives as long as the process does is not looked through again at each collection of garbage.
gc.freeze()
gc.enable()
