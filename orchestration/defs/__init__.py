"""Dagster's view of the sequence; nothing imports it but `orchestration.definitions`.

    loading      everything below, as one `Definitions`
    translator   what Dagster calls a dbt model: one method a question
    assets       the graph from help desk to mart, and the refresh that fills it
    gates        the gates' suites as asset checks
    schedules    jobs, and when they run
    launcher     how runs start: forked off a warm `worker`
    webserver    Dagster's own pages behind a `login`

Dagster's instance (storage, limits, how runs start) is written by `deskhouse.services.dagster`.
"""
