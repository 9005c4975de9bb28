"""A process that serves a database, for tests of several at once: it says its port, and is killed.

Its arguments: the folder of the instance, and the address of the database.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from werkzeug.serving import make_server

from kb.app import create_app
from kb.config import Config
from tests.processes import say


def main(data: Path, database_url: str) -> None:
    """Serve until killed."""
    words = Path(os.environ["KALAUZ_WORDS"])
    config = Config(
        data=data, database_url=database_url, secret_key="a secret for tests only", jobs=False, words=words
    )
    server = make_server("127.0.0.1", 0, create_app(config), threaded=True)
    say(server.port)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
