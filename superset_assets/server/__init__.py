"""What runs in the environment of Superset: it knows Superset, Postgres, and nothing of ours."""
