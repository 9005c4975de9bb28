"""The Markdown that Kalauz speaks.

CommonMark with tables, strikethrough, footnotes, definition lists, task lists, callouts (``> [!NOTE]``),
named headings (``## Title {#name}``) and live values (``{{ext:source.path}}``).

What comes out of here is not safe to show: ``kb.content`` sanitises it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, html_block, paragraph
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

CALLOUTS = ("note", "tip", "important", "warning", "caution")
ALIGNMENTS = ("left", "center", "right")
EXTERNAL_PATH = r"[\w-]{1,80}(?:\.[\w-]{1,80}){1,12}"
MAX_NESTING = 16  # of links and emphasis; a paragraph of open brackets is read once for each level
MAX_BLOCK_NESTING = 14  # deeper lists and quotations become paragraphs; at MAX_NESTING they would be lost
MAX_QUOTES = 6  # quotations in quotations; a quotation's lines are read once for each
MAX_QUOTED = 20_000  # lines that the quotations of one article may look ahead, together

_EXTERNAL = re.compile(rf"\{{\{{[ ]?ext:({EXTERNAL_PATH})[ ]?\}}\}}")
_FOOTNOTE = re.compile(r"\[\^[^\s\]]{1,100}\]")
_EXPLICIT_ID = re.compile(r"(?:^|[ \t]+)\{#([^\s{}`<>\"']{1,100})\}[ \t]*$")
_ALIGNMENT = re.compile(r"text-align:(\w+)")
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9_.:-]*)")
_TAG_LIKE = re.compile(rf"{_TAG_NAME.pattern}[^<>]*>")

# Tags that HTML knows. Anything else in angle brackets ("Press <Enter>") is what the author wants to be read.
# Those that turn the rest of the page into their own text (iframe, title, textarea, ...) are not among them.
_HTML_TAGS = nh3.ALLOWED_TAGS | set(
    """script style svg math template object embed applet form input button label fieldset legend link meta
    base html head body main section font big nobr video audio source track picture canvas dialog
    marquee""".split()
)


def build_parser() -> MarkdownIt:
    """A parser for one article's Markdown; it keeps no state between calls and may be shared by threads."""
    options = {"maxNesting": MAX_NESTING, "xhtmlOut": False, "alerts": True, "tasklists": True}
    md = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    md.use(deflist_plugin).use(footnote_plugin, inline=False)
    md.block.ruler.before("table", "floor", _floor)
    md.block.ruler.at("blockquote", _quotation, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.at("html_block", _raw_block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.at("footnote_ref", _footnote_reference)
    md.core.ruler.after("block", "house_style", _house_style)
    md.inline.ruler.before("escape", "external", _external_rule)
    md.add_render_rule("external", _render_external)
    md.add_render_rule("html_inline", _render_raw)
    md.add_render_rule("html_block", _render_raw)
    md.add_render_rule("fence", _render_fence)
    md.add_render_rule("alert_open", _render_callout_open)
    md.add_render_rule("alert_close", _render_callout_close)
    md.add_render_rule("list_item_open", _render_list_item_open)
    return md


def _floor(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    return not silent and state.level >= MAX_BLOCK_NESTING and paragraph(state, start_line, end_line, silent)


def _quotation(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """The parser's own rule, but bounded.

    It looks ahead to the next blank line for lines that go on without a ``>``. When the quotation ends sooner,
    the next one looks again: ``> # a`` and ``b`` in turn, 100 KB of them, took four minutes. So after
    MAX_QUOTED lines of looking ahead, a quotation ends with its last ``>``.
    """
    if silent:
        return blockquote(state, start_line, end_line, silent)
    quotations = state.env.setdefault("quotations", {"open": 0, "lines": 0})
    if quotations["open"] >= MAX_QUOTES:
        return False
    last_line = state.lineMax
    if quotations["lines"] > MAX_QUOTED:
        end_line = _first(range(start_line, end_line), lambda line: not _is_quoted(state, line), end_line)
        state.lineMax = end_line
    else:
        quotations["lines"] += _first(range(start_line, end_line), state.isEmpty, end_line) - start_line
    quotations["open"] += 1
    found = blockquote(state, start_line, end_line, silent)
    quotations["open"] -= 1
    state.lineMax = last_line
    return found


def _is_quoted(state: StateBlock, line: int) -> bool:
    return state.src.startswith(">", state.bMarks[line] + state.tShift[line])


def _first(lines: range, wanted: Callable[[int], bool], otherwise: int) -> int:
    return next((line for line in lines if wanted(line)), otherwise)


def _raw_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    tag = _TAG_NAME.match(state.src, state.bMarks[start_line] + state.tShift[start_line])
    is_words = tag is not None and tag[1].lower() not in _HTML_TAGS
    return not is_words and html_block(state, start_line, end_line, silent)


def _footnote_reference(state: StateInline, silent: bool) -> bool:
    """The plugin's rule alone looks for the end of a name at every ``[^``, however far it is."""
    return _FOOTNOTE.match(state.src, state.pos) is not None and footnote_ref(state, silent)


def _house_style(state: StateCore) -> None:
    """Takes ``{#id}`` off headings, English titles off callouts, and turns styles into classes."""
    kept: list[Token] = []
    in_callout_title = False
    for token in state.tokens:
        if token.type in ("alert_title_open", "alert_title_close"):
            in_callout_title = token.nesting == 1
            continue
        if in_callout_title:
            continue
        if token.type == "inline" and kept and kept[-1].type == "heading_open":
            _name_heading(kept[-1], token)
        elif token.type in ("th_open", "td_open"):
            _dress_cell(token)
        kept.append(token)
    state.tokens = kept


def _name_heading(heading: Token, inline: Token) -> None:
    if match := _EXPLICIT_ID.search(inline.content):
        heading.attrSet("id", match[1])
        inline.content = inline.content[: match.start()]


def _dress_cell(cell: Token) -> None:
    style = str(cell.attrs.pop("style", ""))
    if match := _ALIGNMENT.search(style):
        cell.attrSet("class", f"align-{match[1]}")
    if cell.type == "th_open":
        cell.attrSet("scope", "col")


def _external_rule(state: StateInline, silent: bool) -> bool:
    match = _EXTERNAL.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("external", "data", 0).content = match[1]
    state.pos = match.end()
    return True


def _render_external(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<data value="ext:{escape(tokens[index].content)}"></data>'


def _render_raw(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return _TAG_LIKE.sub(_tag_or_words, tokens[index].content)


def _tag_or_words(match: re.Match[str]) -> str:
    return match[0] if match[1].lower() in _HTML_TAGS else escape(match[0])


def _render_fence(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    language = tokens[index].info.strip().partition(" ")[0]
    opening = f'<pre data-language="{escape(language)}">' if language else "<pre>"
    return f"{opening}<code>{escape(tokens[index].content)}</code></pre>\n"


def _render_callout_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<aside class="callout callout-{tokens[index].info.lower()}">\n'


def _render_callout_close(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return "</aside>\n"


def _render_list_item_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """A task is a sign and its words: nothing to click, so no form control that would need a label."""
    checked = tokens[index].meta.get("checked")
    if checked is None:
        return "<li>"
    return '<li class="task task-done">☑ ' if checked else '<li class="task">☐ '
