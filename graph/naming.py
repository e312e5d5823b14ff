"""Names that people give to projects: any text on one line, short enough for a list."""

from __future__ import annotations

import unicodedata

from synthcraft.graph.errors import InputError

LONGEST = 80
"""Characters of a name."""
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def checked_name(text: str) -> str:
    """The name on one line, without signs that nobody sees.

    Raises:
        InputError: nothing is left of it, or it is too long.
    """
    seen = (" " if unicodedata.category(sign) in _UNSEEN else sign for sign in text)
    name = " ".join(unicodedata.normalize("NFC", "".join(seen)).split())
    if not name:
        raise InputError("The name is empty.", "Type a few words, such as: NHANES, first try.")
    if len(name) > LONGEST:
        raise InputError(
            f"The name has {len(name):,} characters; at most {LONGEST} are kept.", "Shorten it."
        )
    return name
