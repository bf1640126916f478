"""The client that orval generates compiles with its example, and works. It sends a list as repeated parameters."""

import json
import pathlib

from tests.conftest import Databases
from tests.support.generated_clients import EVENT, LINE, copy_client, load_seeds, needs_npm, npm, run
from tests.support.servers import serving

ASK = f"console.log(JSON.stringify(await (await import('./built/example.js')).whoSaysHowMany('{EVENT}')))"


@needs_npm
def test_the_example_of_orval_compiles_and_answers(databases: Databases, tmp_path: pathlib.Path) -> None:
    folder = copy_client("orval", tmp_path, databases)
    with serving(load_seeds(databases), tmp_path) as server:
        npm(folder, "install", "--no-package-lock", "--no-audit", "--no-fund")
        npm(folder, "run", "types", COUNTERCLAIM_PUBLIC_URL=server.url)
        npm(folder, "run", "build")
        lines = json.loads(run(["node", "--input-type=module", "-e", ASK], folder))
    assert LINE in lines
