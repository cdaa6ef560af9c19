"""Dagster's view of the sequence; nothing imports it but `orchestration.definitions`.

    loading      everything below, as one `Definitions`
    translator   what Dagster calls a dbt model: one method a question
    assets       the graph from help desk to mart, and the refresh that fills it
    gates        the gates' suites as asset checks
    checks       dbt's tests, the shadow rebuild, the age of the data
    failures     what goes wrong, in Dagster's words
    schedules    jobs, and when they run
    sensors      what watches from outside a run
    storage      Dagster's tables, over connections that stay open
    launcher     how runs start: forked off a warm `worker`
    webserver    Dagster's own pages behind a `login`

Dagster's instance (storage, limits, how runs start) is written by `deskhouse.services.dagster`.
"""
