"""Five questions to the marts in SQL, for whoever has just filled them."""

QUESTIONS = (
    (
        "How many tickets came each day, and how fast was the first reply?",
        """
select "timestamp"::date as day, sum(volume) as tickets,
    sum(first_reply_calendar_seconds) / nullif(sum(first_reply_count), 0) as mean_seconds
from marts.channel_metrics_daily group by 1 order by 1 desc limit 14;""",
    ),
    (
        "Which tickets waited longest for a first reply?",
        """
select ticket_key, channel, first_reply_calendar_seconds as seconds
from marts.fct_tickets order by 3 desc nulls last limit 10;""",
    ),
    (
        "Who handled most, and what did customers say?",
        """
select d.name, sum(a.csat_positive_count) as good, sum(a.csat_rated_count) as rated,
    sum(a.agent_reply_count) as replies
from marts.agent_performance_daily as a
inner join marts.dim_agents as d on a.agent_id = d.agent_id and d.valid_to = 'infinity'
group by 1 order by 4 desc limit 10;""",
    ),
    (
        "What stands unresolved now, and since when?",
        """
select channel, status, count(*) as tickets, min(created_at)::date as oldest
from marts.fct_tickets
where is_countable and status not in ('solved', 'closed') group by 1, 2 order by 3 desc;""",
    ),
    (
        "Which tickets were opened again after they had been resolved?",
        """
select ticket_key, reopen_count, first_resolved_at, resolved_at
from marts.fct_tickets
where is_countable and reopen_count > 0 order by reopen_count desc, 3 desc limit 10;""",
    ),
)
