"""How gunicorn serves Kalauz: loaded once, forked into workers that share its memory, threads in each."""

from __future__ import annotations

import gc
import os
from typing import Any

from jinja2 import FileSystemBytecodeCache
from prometheus_client import multiprocess

from kb.jobs import Clockwork
from kb.limits import MOST_STREAMS

preload_app = True
worker_class = "gthread"
threads = 8 + MOST_STREAMS  # begun when they are needed; one that waits takes some 16 kB
keepalive = 30
timeout = 60
graceful_timeout = 5
loglevel = "warning"
control_socket_disable = True

gc.disable()  # until all is loaded that stays


def when_ready(server: Any) -> None:
    """What is loaded now stays shared, pages' templates too: the collector must not touch it in the workers."""
    app = server.app.wsgi()
    services, templates = app.extensions.get("kalauz"), app.jinja_env
    if services is not None:
        for load in services.shared:
            load()
        compiled = services.config.data / "templates"
        compiled.mkdir(exist_ok=True)
        templates.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    for name in templates.list_templates(extensions=["html", "xml", "txt"]):
        templates.get_template(name)
    gc.collect()
    gc.freeze()
    gc.enable()


def post_worker_init(worker: Any) -> None:
    """Each worker begins what goes on beside its requests, and looks after recurring jobs.

    The database sees to it that one of all workers does a job that is due.
    """
    services = worker.app.wsgi().extensions.get(
        "kalauz"
    )  # not there where these settings serve something else
    if services is None:
        return
    for begin in services.companions:
        begin()
    if services.config.jobs:
        Clockwork(services.database, services.jobs, services.clock).start()


def child_exit(_server: Any, worker: Any) -> None:
    """A worker's figures end with it, where the workers share them."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
