"""What assistive technology needs and components cannot be told from Python."""

from __future__ import annotations

ARIA = """
() => {
  const set = (id, attributes) => {
    const element = document.getElementById(id);
    for (const name in attributes) element?.setAttribute(name, attributes[name]);
  };
  set("sc-status", { role: "status", "aria-live": "polite" });
  set("sc-progress", { role: "status", "aria-live": "off", "aria-label": "Progress" });
  set("sc-card", { role: "region", "aria-label": "Card for you to decide" });
  set("sc-card-body", { role: "group", "aria-label": "What is proposed", tabindex: "0" });
  set("sc-side", { role: "region", "aria-label": "State of the project", tabindex: "0" });
  set("sc-plot", { role: "figure", "aria-labelledby": "sc-reading" });
  set("sc-meaning", { role: "status", "aria-live": "polite" });
}
"""
