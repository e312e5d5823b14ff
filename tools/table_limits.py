"""Sizes of tables that are refused; imports nothing heavy, so settings can hold it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Limits(BaseModel):
    """What a file may have at most (and rows at least)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = 2_000_000_000
    max_unpacked: int = 1_000_000_000
    """Of a workbook, which is a ZIP archive."""
    max_rows: int = 2_000_000
    max_columns: int = 500
    max_line_bytes: int = 10_000_000
    min_rows: int = 50
