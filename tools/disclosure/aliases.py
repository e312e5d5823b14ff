"""Names by which a model knows columns and levels; the real ones stay here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.table_schema import Kind, TableSchema

_PREFIX: dict[Kind, str] = {
    "numeric": "num",
    "integer": "num",
    "binary": "cat",
    "category": "cat",
    "date": "date",
    "identifier": "id",
    "text": "text",
    "constant": "const",
}
_PLAIN = re.compile(r"[A-Za-z0-9 _().%/-]{1,64}")
_ORDERS = re.compile(
    r"\b(ignore|disregard|instructions?|prompts?|system|assistant|print|reveal|execute|https?|you)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<\w|\]\(|https?://|^\s*[=@]")
_WORDS = 6
PUBLIC_LABELS = frozenset(
    ("yes", "no", "true", "false", "male", "female", "0", "1", "0.0", "1.0", "m", "f")
)
"""Labels of public code lists, which say nothing of a person."""


class Aliases(BaseModel):
    """Column -> the name that leaves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: Mapping[str, str]

    @property
    def real(self) -> dict[str, str]:
        """The way back."""
        return {alias: name for name, alias in self.names.items()}

    def leave(self, text: str) -> str:
        """The text with every known column under its alias, longest names first."""
        return _replaced(text, {n: a for n, a in self.names.items() if n != a})

    def enter(self, text: str) -> str:
        """The text with every alias under its real name."""
        return _replaced(text, {a: n for a, n in self.real.items() if n != a})


def aliases(schema: TableSchema, allowed: Set[str] = frozenset()) -> Aliases:
    """An alias for every column; real names only where they are allowed and plain.

    Args:
        schema: the columns, in table order.
        allowed: columns whose real name the person let out.
    """
    width = max(2, len(str(len(schema.columns))))
    names: dict[str, str] = {}
    counted: dict[str, int] = {}
    for column in schema.columns:
        prefix = _PREFIX[column.kind]
        counted[prefix] = counted.get(prefix, 0) + 1
        alias = f"{prefix}_{counted[prefix]:0{width}d}"
        plain = column.name in allowed and showable(column.name)
        names[column.name] = column.name if plain else alias
    return Aliases(names=names)


def showable(name: str) -> bool:
    """Whether a real name may be shown at all: short, plain signs, no words of command."""
    same = unicodedata.normalize("NFKC", name) == name
    few = len(re.findall(r"[A-Za-z]+", name)) <= _WORDS
    return bool(same and few and _PLAIN.fullmatch(name) and not _ORDERS.search(name))


_GAP = re.compile(r"(?:_|\\?\s|\\?-)+")


def odd(name: str) -> bool:
    """Whether a column's name reads like instructions, or holds markup or signs nobody sees."""
    words = len(re.findall(r"[A-Za-z]+", name))
    orders = len(_ORDERS.findall(name))
    hidden = any(unicodedata.category(sign) in ("Cf", "Cc", "Co") for sign in name)
    return hidden or bool(_MARKUP.search(name)) or orders > 1 or (orders > 0 and words > _WORDS)


def _joined(name: str) -> str:
    """One form of a name however it is spaced: `heart attack` is `heart_attack`."""
    return re.sub(r"[\s_-]+", " ", name.casefold())


def _replaced(text: str, names: Mapping[str, str]) -> str:
    names = {name: other for name, other in names.items() if _joined(name).strip()}
    if not names:
        return text
    loose = {_joined(name): other for name, other in names.items()}
    longest = sorted(names, key=len, reverse=True)
    written = (_GAP.sub(r"[\\s_-]+", re.escape(name)) for name in longest)
    pattern = "|".join(rf"(?<!\w){name}(?!\w)" for name in written)

    def other(found: re.Match[str]) -> str:
        return names.get(found[0]) or loose[_joined(found[0])]

    return re.sub(pattern, other, text, flags=re.IGNORECASE)
