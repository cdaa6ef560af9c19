"""A plain reference of the metrics, written from METRICS.md alone, to hold the warehouse against.

It is written to be obviously right, not fast: sort a ticket's events, walk through them, count. It
knows nothing of the warehouse and needs nothing but the standard library.

    logs = read(json.loads(line) for line in ndjson)   events.py: contract events, in any order
    configuration = Configuration(zone, agents, teams, calendars, policies)   configuration.py
    known = facts_of(logs, configuration)              facts.py: one Facts a ticket
    rows = [ticket(facts) for facts in known]          tickets.py: the columns of fct_tickets
    known[0].streaks, known[0].intervals               streaks.py, intervals.py
    read_calendars(folder)                             calendars.py: business time of a ticket
    sla_instances(known[0], configuration, as_of)      sla.py: fct_sla_instances; targets.py
    dated = measurements(known, configuration)         measurements.py: what metrics_raw holds
    volume(up_to(dated, as_of), by_channel("day", zone))      aggregates.py: speed, work, csat too
    backlog_by_bucket(dated, "day", zone, as_of, group)       backlog.py
    random_log(seed), random_configuration(seed)       random_logs.py: what to compare on
    random_calendar(random, change)                    random_calendars.py: and what to measure by

Order and life of a ticket are in `events` and `history`, credit in `credit`, days and hours in
`buckets`. Where METRICS.md leaves a choice, the docstring of the function that makes it says which.
"""
