"""Extensions: files that register themselves when they are imported, found in a folder."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from functools import cache
from importlib import resources


@cache
def import_all(package: str) -> None:
    """Import every module of a package, by name."""
    for name in _names(package):
        importlib.import_module(f"{package}.{name}")


def digest_of_all(*packages: str) -> str:
    """First 16 digits of the SHA-256 of the modules of packages; empty where there are none."""
    texts = [
        (package, name, (resources.files(package) / f"{name}.py").read_bytes())
        for package in packages
        for name in _names(package)
    ]
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16] if texts else ""


def _names(package: str) -> list[str]:
    folder = importlib.import_module(package)
    return sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
