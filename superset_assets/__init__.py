"""Everything of Superset: what it shows, as files, and what runs within it."""
