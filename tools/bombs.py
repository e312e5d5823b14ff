"""Small files that would fill the memory: found by what they declare, before they are unpacked."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from synthcraft.graph.errors import DataError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

LARGE, RATIO = 50_000_000, 200
"""Sheets of numbers unpack to ten times their size, repeated texts to fifty."""
_CELL_BYTES = 20
"""What the smallest cell with a value takes in a sheet."""
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_BATCH = 65_536


def too_large(path: Path, limit: int, when: str = "") -> DataError:
    """The error for a file beyond a limit in bytes."""
    size = f"{limit / 1e9:g} GB" if limit >= 1e9 else f"{limit / 1e6:g} MB"
    return DataError(
        f"{path.name} is larger than {size}{when}.",
        "Draw a sample of the rows and use that.",
        code="E_TOO_LARGE",
    )


def check_ratio(path: Path, unpacked: int, packed: int, large: int = LARGE) -> None:
    """Refuse what unpacks to far more than any table does."""
    if unpacked > large and unpacked > RATIO * packed:
        raise DataError(
            f"{path.name} unpacks to {unpacked / max(packed, 1):,.0f} times its size, as no table "
            "does.",
            "Save the table again in the program it comes from, or export it as CSV.",
            code="E_TOO_LARGE",
        )


def check_spread(path: Path, archive: zipfile.ZipFile, max_unpacked: int) -> None:
    """Refuse a workbook with a few cells so far apart that the table between them fills memory."""
    for item in archive.infolist():
        spread = _Spread(path, max_unpacked)
        try:
            with archive.open(item) as part:
                spread.parser.ParseFile(part)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, RuntimeError):
            # A picture, or damaged: whoever reads it will say so.
            continue


class _Spread:
    """Rows times columns of a sheet, from the places that its cells are at."""

    def __init__(self, path: Path, max_unpacked: int) -> None:
        self.path, self.limit = path, max_unpacked
        self.row = self.column = self.width = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begun

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        place = attributes.get("r", "")
        if kind == "row":
            self.row, self.column = int(place) if place.isdecimal() else self.row + 1, 0
        elif kind == "c":
            found = _PLACE.fullmatch(place)
            self.column = _number(found[1]) if found else self.column + 1
            self.width = max(self.width, self.column)
        else:
            return
        if self.row * self.width * _CELL_BYTES > self.limit:
            raise too_large(self.path, self.limit, " once the cells between its cells are there")


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def check_parquet(path: Path, names: Sequence[str], limit: int) -> None:
    """Refuse a Parquet file whose texts, each written once, fill the memory row by row."""
    import pyarrow as arrow
    from pyarrow import parquet

    plain: ParquetFile = parquet.ParquetFile(path)
    groups = range(plain.metadata.num_row_groups)
    if sum(plain.metadata.row_group(group).total_byte_size for group in groups) > limit:
        raise too_large(path, limit, " once it is unpacked")
    kinds = {field.name: field.type for field in plain.schema_arrow}
    texts = [n for n in names if not arrow.types.is_primitive(kinds[n])]
    if not texts:
        return
    file: ParquetFile = parquet.ParquetFile(path, read_dictionary=texts)
    total = 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=texts):
        total += sum(_text_bytes(column) for column in batch.columns)
        if total > limit:
            raise too_large(path, limit, " once it is unpacked")


def _text_bytes(column: Any) -> int:
    """Bytes of a column once every row has a text of its own."""
    import pyarrow as arrow
    from pyarrow import compute

    if not isinstance(column, arrow.DictionaryArray):
        return int(column.nbytes)
    if not (arrow.types.is_string(column.dictionary.type) or _long(column.dictionary.type)):
        return int(column.indices.nbytes)
    sizes = compute.binary_length(column.dictionary).take(column.indices)
    return int(compute.sum(sizes.cast(arrow.int64())).as_py() or 0)


def _long(kind: Any) -> bool:
    import pyarrow as arrow

    return any(
        test(kind) for test in (arrow.types.is_large_string, arrow.types.is_binary,
                                arrow.types.is_large_binary)
    )  # fmt: skip
