"""Figures for Prometheus, summed over the worker processes of this node."""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

REQUESTS = Counter("kalauz_requests_total", "Requests answered", ["endpoint", "status"])
SECONDS = Histogram(
    "kalauz_request_seconds",
    "Time to answer a request",
    ["endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
PAGE_CACHE = Counter("kalauz_page_cache_total", "Pages asked of the page cache", ["result"])


def prepare_folder(folder: Path) -> None:
    """Empty the folder in which the workers share their figures; called once, before the first worker imports this."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def init_app(app: Flask) -> None:
    """Count every request by endpoint."""

    @app.before_request
    def _start() -> None:
        g.measured_from = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, response.status_code).inc()
        if "measured_from" in g:
            SECONDS.labels(endpoint).observe(time.perf_counter() - g.measured_from)
        return response


def exposition() -> Response:
    """All figures in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
