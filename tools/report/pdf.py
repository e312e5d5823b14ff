"""The report as PDF, laid out by WeasyPrint from the same HTML."""

from __future__ import annotations

import logging

from synthcraft.graph.errors import InputError


def as_pdf(html: str) -> bytes:
    """Pages of A4 with a header and page numbers; nothing is fetched from anywhere.

    Raises:
        InputError: WeasyPrint, or the library Pango that it draws text with, is missing.
    """
    try:
        # its loggers speak of CSS that only browsers know
        logging.getLogger("weasyprint").setLevel(logging.ERROR)
        import weasyprint
    except ImportError:
        raise InputError(
            "A PDF needs the package WeasyPrint, which is not installed.",
            "Install it with: pip install 'synthcraft[pdf]'",
        ) from None
    except OSError:
        raise InputError(
            "A PDF needs the library Pango, which this machine lacks.",
            "Install it: on Debian or Ubuntu, apt-get install libpangoft2-1.0-0",
        ) from None
    only_what_it_holds = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    made: bytes = weasyprint.HTML(string=html, url_fetcher=only_what_it_holds).write_pdf()
    return made
