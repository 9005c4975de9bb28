"""A site of somebody else, on a port of its own: the pages that the help widget has to live in."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from tests.loopback import Loopback

JQUERY = Path(__file__).with_name("vendor") / "jquery-1.9.1.min.js"

HOSTILE = """
* { all: revert; box-sizing: content-box !important; color: red !important; letter-spacing: 9px; font: 30px serif; }
html { font-size: 40px; direction: rtl; }
div, form, header, button, h2, h3, ul, li, a, p, input { display: none !important; position: static !important; }
kalauz-help, kalauz-button { transform: rotate(5deg); opacity: 0.2; z-index: -1; filter: blur(2px); }
body { text-transform: uppercase; }
"""
OLD_SCRIPT = """
window.help = "mine"; window.html = "mine"; window.panels = "mine";
Object.prototype.clone = function () { return this; };
Array.prototype.remove = function () {};
jQuery("p").hide().show();
jQuery(document).on("click keydown input submit", function (event) { window.heard = (window.heard || 0) + 1; });
"""


class Foreign(Loopback):
    """Serves the three pages, with the tag of a portal.

    Args:
        service: where Kalauz is.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__(self._handler())

    def page(self, name: str, language: str) -> tuple[str, dict[str, str]]:
        """The page and its headers; `name`: plain, strict, hostile or inline."""
        tag = f'<script src="{self.service}/embed.js" data-portal="help" async></script>'
        head, headers = "", {}
        body = "<main><h1>Shop</h1><p>Phones, and much more.</p></main>"
        if name == "strict":
            headers["Content-Security-Policy"] = (
                f"default-src 'none'; script-src {self.service}; connect-src {self.service}; img-src {self.service}; "
                "require-trusted-types-for 'script'; trusted-types kalauz"
            )
        elif name == "hostile":
            head = f"<style>{HOSTILE}</style><script>{JQUERY.read_text()}</script>"
            body += f"<script>{OLD_SCRIPT}</script>"
        elif name == "inline":
            body += '<kalauz-help portal="help" topic="sim"></kalauz-help>'
            tag = f'<script src="{self.service}/embed.js" async></script>'
        about = "<meta charset=utf-8><meta name=viewport content=width=device-width><title>Shop</title>"
        return f"<!doctype html><html lang={language}>{about}{head}<body>{body}{tag}", headers

    def _handler(site) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                text, headers = site.page(asked.path.strip("/").partition("/")[0], asked.query or "en")
                self.send_response(200)
                for name, value in {"Content-Type": "text/html", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_said: object) -> None:
                pass

        return Handler
