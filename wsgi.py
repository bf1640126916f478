"""What gunicorn serves (`wsgi:app`) and the commands that `flask --app wsgi` knows."""

import gc
import sys

from api.app import create_app
from api.cli.docs import docs
from api.cli.duplicates import duplicates
from api.cli.export import export
from api.cli.keys import keys
from api.cli.log import log
from api.cli.redact import redact
from api.cli.release import release
from api.cli.tallies import tallies
from api.cli.upgrade import upgrade
from api.cli.upgraded import when_it_answers, when_upgraded
from api.config import ConfigError
from seeds.cli.imports import imports
from seeds.cli.seed import seed

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"counterclaim: {error}")

for command in (when_it_answers(upgrade), docs, when_upgraded(log, but=("key",))):
    app.cli.add_command(command)
for command in (seed, imports, export, duplicates, tallies, keys, redact, release):
    app.cli.add_command(when_upgraded(command))

# What lives as long as the process does is not looked through again at each collection of garbage.
gc.freeze()
