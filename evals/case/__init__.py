"""The paper's two case studies, run again and set beside what it printed."""
