"""Dagster's view of the sequence; nothing imports it but `orchestration.definitions`.

    loading      everything below, as one `Definitions`
    translator   what Dagster calls a dbt model: one method a question
    assets       the graph from help desk to mart, and the refresh that fills it
    checks       dbt's tests and the gates as asset checks; the nightly verification
    schedules    jobs and when they run; `upkeep` is the job of maintenance
    sensors      what watches from outside a run: failed runs, late data
    launcher     how runs start: forked off a warm `worker`, one at a time
    webserver    Dagster's own pages behind a `login`
"""
