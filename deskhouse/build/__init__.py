"""Raw events to marts: which build to make, dbt's run of it, and how readers come to see it."""
