"""A header of a sortable table sorts its rows in the browser: first upwards, then downwards."""

from __future__ import annotations

SORTING = """
() => {
  if (window.synthcraftSorts) return;
  window.synthcraftSorts = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".sc-sort");
    if (!button) return;
    const header = button.closest("th");
    const place = header.cellIndex;
    const body = header.closest("table").tBodies[0];
    const down = header.getAttribute("aria-sort") === "ascending";
    const text = (row) => row.cells[place].textContent.trim();
    const size = (row) => parseFloat(text(row).replace(/[^0-9.]/g, "")) || 0;
    const compare = header.hasAttribute("data-number")
      ? (a, b) => size(a) - size(b)
      : (a, b) => text(a).localeCompare(text(b), undefined, { numeric: true });
    const rows = [...body.rows].sort(compare);
    for (const other of header.parentNode.cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...(down ? rows.reverse() : rows));
  });
}
"""
