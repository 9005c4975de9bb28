"""Structured logs: one line an event, for people on a console, as JSON for machines."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

QUIET = frozenset({"static", "operations.healthz", "operations.readyz", "operations.metrics"})


def configure(log_format: str, log_level: str) -> None:
    """Set up structlog once a process.

    Args:
        log_format: "console" or "json".
        log_level: "debug", "info", "warning" or "error".
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if log_format == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def init_app(app: Flask) -> None:
    """Log every request that people or machines make, without query strings (they may hold what a customer said)."""
    log = structlog.get_logger("kalauz.request")

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _line(response: Response) -> Response:
        if request.endpoint not in QUIET:
            took = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            log.info(
                "request", method=request.method, path=request.path, status=response.status_code, ms=took
            )
        return response
