"""Is the reasoning engine worth it? The same tasks under systems that differ in who decides."""
