"""Questions about the database's shape, asked of a throw-away embedded server.

Usage: schema.py check | schema.py revision MESSAGE
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from indii.ops.errors import OpsError
from indii.ops.postgres import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Migrate an empty database to the newest migration and run alembic's command on it."""
    if arguments == ["check"]:
        command = ["check"]
    elif len(arguments) == 2 and arguments[0] == "revision" and arguments[1].strip():
        command = ["revision", "--autogenerate", "-m", arguments[1]]
    else:
        print('usage: make revision m="add offers"')
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="indii-schema-") as folder,
        embedded_postgres(Path(folder), fast=True, keep=False) as dsn,
    ):
        environment = {**os.environ, "INDII_DATABASE_URL": dsn, "INDII_STATE_DIR": folder}
        alembic = [sys.executable, "-m", "alembic"]
        for step in (["upgrade", "head"], command):
            code = subprocess.run([*alembic, *step], env=environment, cwd=ROOT, check=False)
            if code.returncode:
                return code.returncode
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OpsError as error:
        print(error)
        sys.exit(1)
