"""The command `kalauz`: each package adds its own commands to the application; these are the knowledge base's."""

from __future__ import annotations

import gc
import os
import socket
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import OperationalError

from kb import auth, metrics, migrate, people
from kb.config import ConfigError
from kb.context import Services
from kb.errors import N_, KalauzError, NotFound
from kb.founding import ensure_audiences
from kb.models import Role
from kb.permissions import SYSTEM


def main() -> None:
    """Entry point of the command; a bad setting or a refusal is a sentence, not a traceback."""
    os.umask(0o077)
    gc.disable()  # what a start makes stays to the end: looking through it, now and then, takes a third of the start
    from kb.app import create_app  # noqa: PLC0415 - it imports the packages' commands, which import this module

    try:
        app = create_app()
        gc.freeze()
        gc.enable()
        app.cli.main(prog_name="kalauz", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
    except (ConfigError, KalauzError) as error:
        sys.exit(f"kalauz: {error}")
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        sys.exit(
            f"kalauz: The database cannot be used ({reason}). Look at KALAUZ_DATABASE_URL and whether it runs."
        )
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def init_app(app: Flask) -> None:
    """Add the commands."""
    for command in (run, upgrade, user):
        app.cli.add_command(command)


def _services() -> Services:
    found: Services = current_app.extensions["kalauz"]
    return found


def prepare(services: Services) -> None:
    """An up-to-date schema and what every base has: safe to do at every start, from several processes."""
    migrate.upgrade(services.database, services.config.data)
    with services.database.transaction(actor="system") as session:
        ensure_audiences(session)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on (or PORT).")
@click.option("--workers", default=2, show_default=True, help="Worker processes.")
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Load the demo content into an empty base."
)
@with_appcontext
def run(host: str, port: int, workers: int, demo: bool) -> None:
    """Prepare the instance and serve it."""
    services = _services()
    _check_port(host, port)
    prepare(services)
    if demo:
        for preparation in services.preparations:
            preparation()
    services.settle()
    for introduction in services.introductions:
        introduction()
    services.database.engine.dispose()
    click.echo(f"Kalauz is at http://{host}:{port}  (Ctrl-C stops it; data in {services.config.data})")
    metrics.prepare_folder(services.config.data / "metrics")
    settings = Path(__file__).parent / "gunicorn_settings.py"
    sys.stdout.flush()
    os.environ["KALAUZ_DATA"] = str(services.config.data)
    arguments = ["-c", str(settings), "-b", f"{host}:{port}", "-w", str(workers), "kb.app:create_app()"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *arguments])  # noqa: S606 - replaces this process


def _check_port(host: str, port: int) -> None:
    """Say at once that the port is taken, before anything is prepared.

    Raises:
        ConfigError: somebody else listens there.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Choose another: PORT={port + 1}."
            ) from error


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the database to the newest schema."""
    prepare(_services())
    click.echo("The database is up to date.")


@click.group()
def user() -> None:
    """People, from the command line."""


@user.command()
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice([str(role) for role in Role]))
@click.option("--language", "languages", multiple=True)
@click.password_option()
@with_appcontext
def add(email: str, name: str, roles: tuple[str, ...], languages: tuple[str, ...], password: str) -> None:
    """Add a person, for example the first administrator: kalauz user add you@example.com --name You --role admin."""
    services = _services()
    prepare(services)
    with services.database.transaction(actor="command line") as session:
        people.add(
            session,
            services.passwords,
            email=email,
            name=name,
            password=password,
            roles=roles,
            languages=languages,
            by=SYSTEM,
            now=services.clock(),
        )
    click.echo(f"{email} can log in.")


@user.command("password")
@click.argument("email")
@with_appcontext
def new_password(email: str) -> None:
    """Give a person a new password, which they must change at their next login."""
    services = _services()
    prepare(services)
    with services.database.transaction(actor="command line") as session:
        person = auth.person_by_email(session, email)
        if person is None:
            raise NotFound(N_("There is no person with the address %(address)s.", address=email))
        fresh = people.reset_password(services.passwords, person, by=SYSTEM)
    click.echo(f"{person.email} can log in with {fresh} and chooses another password then.")
