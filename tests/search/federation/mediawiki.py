"""A real MediaWiki for the tests, from Debian's packages, unpacked into a folder: the system itself is not touched.

`python -m tests.search.federation.mediawiki FOLDER` makes one (about 40 MB to download, 300 MB unpacked, a quarter of a
minute); `MEDIAWIKI=FOLDER` then lets the tests find it. It needs apt-get and dpkg, and no rights.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.processes import Program
from tests.server import free_port

PHP = ("common", "cli", "intl", "mbstring", "sqlite3", "xml")
WIKI = ("mediawiki", "mediawiki-classes")
EXTENSIONS = (
    *("ctype", "dom", "fileinfo", "iconv", "intl", "mbstring", "pdo", "pdo_sqlite", "posix", "simplexml"),
    *("sqlite3", "tokenizer", "xml", "xmlreader", "xmlwriter"),
)
LINKS = (
    "LocalSettings.php",
    "config",
    "extensions",
    "images",
)  # into folders that only the system's own wiki has
DOWNLOAD_S = 120
PASSWORD = "a guide knows the way"


class NotInstallable(Exception):
    """It cannot be had here; the message says why."""


def install(folder: Path) -> None:
    """Download and unpack what is needed.

    Raises:
        NotInstallable: there is no apt-get, or it does not get the packages in reasonable time.
    """
    if not all(map(shutil.which, ("apt-get", "apt-cache", "dpkg"))):
        raise NotInstallable("There are no Debian packages here.")
    packages, root = folder / "packages", folder / "root"
    for made in (packages, root):
        made.mkdir(parents=True, exist_ok=True)
    php = f"php{_php_version()}"
    try:
        _done(["apt-get", "download", "-q", *(f"{php}-{part}" for part in PHP), *WIKI], packages)
    except subprocess.SubprocessError as error:
        raise NotInstallable(f"The packages cannot be downloaded: {error}") from error
    for package in packages.glob("*.deb"):
        _done(["dpkg", "-x", str(package), str(root)], folder)
    shutil.rmtree(packages)
    for name in LINKS:
        (_wiki(folder) / name).unlink()
    for name in LINKS[1:]:
        (_wiki(folder) / name).mkdir()


def _php_version() -> str:
    said = subprocess.run(
        ["apt-cache", "depends", "--no-recommends", "--no-suggests", "php-cli"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = [
        line.split("php", 1)[1].removesuffix("-cli") for line in said.splitlines() if "Depends: php" in line
    ]
    if not found:
        raise NotInstallable("apt-get knows no PHP.")
    return found[0]


@contextmanager
def running(folder: Path, scratch: Path, pages: dict[str, str]) -> Iterator[str]:
    """A wiki of its own, with these pages (title -> wikitext) and no more; gives the address of its API.

    Args:
        folder: where `install` put it.
        scratch: where its database and settings go; they begin anew.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    wiki = _wiki(folder)
    settings = wiki / "LocalSettings.php"
    settings.unlink(missing_ok=True)
    (scratch / "db").mkdir(parents=True)
    _maintain(
        folder,
        "install.php",
        *("--dbtype=sqlite", f"--dbpath={scratch / 'db'}", "--dbname=wiki", f"--server={address}"),
        *("--scriptpath=", "--lang=en", f"--pass={PASSWORD}", "The routers' wiki", "Admin"),
    )
    for title, text in pages.items():
        _maintain(folder, "edit.php", "-u", "Admin", title, said=text)
    _maintain(folder, "runJobs.php")
    server = Program(
        [*_php(folder), "-S", f"127.0.0.1:{port}", "-t", str(wiki)], cwd=wiki, log=scratch / "wiki.log"
    )
    try:
        server.wait_until(lambda: _answers(address))
        yield f"{address}/api.php"
    finally:
        server.stop()
        settings.unlink(missing_ok=True)


def _maintain(folder: Path, script: str, *arguments: str, said: str = "") -> None:
    _done([*_php(folder), str(_wiki(folder) / "maintenance" / script), *arguments], folder, said)


def _php(folder: Path) -> list[str]:
    modules = next((folder / "root/usr/lib/php").glob("20*"))
    loaded = [part for name in EXTENSIONS for part in ("-d", f"extension={name}.so")]
    binary = next((folder / "root/usr/bin").glob("php[0-9]*"))
    return [str(binary), "-n", "-d", f"extension_dir={modules}", *loaded]


def _wiki(folder: Path) -> Path:
    return folder / "root/usr/share/mediawiki"


def _done(command: list[str], cwd: Path, said: str = "") -> None:
    subprocess.run(
        command, cwd=cwd, input=said, text=True, check=True, capture_output=True, timeout=DOWNLOAD_S
    )


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/api.php?action=query&meta=siteinfo&format=json"):  # noqa: S310 - our own
            return True
    except URLError:
        return False


def found(scratch: Path) -> Path:
    """An unpacked wiki: the one that MEDIAWIKI names, or on CI a new one.

    Raises:
        NotInstallable: there is none.
    """
    if named := os.environ.get("MEDIAWIKI"):
        return Path(named).absolute()
    if "CI" not in os.environ:
        raise NotInstallable(
            "Name the folder of an unpacked MediaWiki in MEDIAWIKI (see mediawiki.py beside it)."
        )
    install(scratch / "mediawiki")
    return scratch / "mediawiki"


if __name__ == "__main__":
    install(Path(sys.argv[1]).absolute())
