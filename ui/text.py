"""What people, files and columns are called is shown as text: never as markup, never as a link."""

from __future__ import annotations

import html
import re

# Characters that Markdown, HTML or formulas give a meaning to; intraword `_`, a `.` inside a
# number and a lone `:` have none and stay readable when a message is copied.
_MARKUP = re.compile(r"""[&<>*`~$@|\\\[\]#!"']|(?<![^\W_])_|_(?![^\W_])|:(?=/)""")
_LINK = re.compile(r"(?i)(?<=www)\.")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

_ACRONYMS = {"auc", "ks", "tvd", "r2", "tstr", "trtr", "nndr", "dcr", "dp", "gan"}


def _entity(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(c)};" for c in match.group())


def one_line(value: object) -> str:
    """The value on one line, without control or direction-changing characters."""
    return " ".join(_CONTROL.sub(" ", str(value)).split())


def md(value: object) -> str:
    """Any text inside Markdown, shown exactly as it is written."""
    text = _LINK.sub(_entity, _MARKUP.sub(_entity, one_line(value)))
    if text[:1] in ("-", "+", "="):
        return f"&#{ord(text[0])};{text[1:]}"
    return re.sub(r"^(\d+)([.)])", lambda m: f"{m[1]}&#{ord(m[2])};", text)


def tag(value: object) -> str:
    """Any text inside HTML, shown exactly as it is written."""
    return _literal(one_line(value))


def _literal(value: str) -> str:
    # Braces and dollars mean something to the template language of Gradio's HTML component.
    text = html.escape(value)
    return text.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;")


def exact(value: str) -> str:
    """A text of many lines inside `<pre>`, word for word."""
    lines = (_CONTROL.sub("\ufffd", line.replace("\t", "    ")) for line in value.split("\n"))
    return _literal("\n".join(lines))


def plain(name: str) -> str:
    """A field name in words: `claim_level` becomes `Claim level`, `tstr_auc` `TSTR AUC`."""
    words = name.replace("_", " ").replace(".", " ").split()
    words = [word.upper() if word in _ACRONYMS else word for word in words]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def duration(seconds: float) -> str:
    """Seconds as a person would say them."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def number(value: float) -> str:
    """A number for a table: three significant digits, no exponent for everyday sizes."""
    if value != value:
        return "not a number"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
