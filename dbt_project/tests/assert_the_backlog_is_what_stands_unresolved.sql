-- At the end of each of the last seven whole days, and of days a week apart before, the backlog is
-- the tickets that intervals show unresolved just before that instant.
with

days as (
    select
        "timestamp",
        ends_at
    from {{ ref('dim_dates') }}
    where
        ends_at <= {{ judged_at() }}
        and (
            ends_at > {{ judged_at() }} - interval '8 days'
            or (ends_at > {{ judged_at() }} - interval '60 days' and iso_weekday_number = 3)
        )
),

standing as (
    select
        d."timestamp",
        i.channel as channel_type,
        coalesce(i.priority, 'none') as priority,
        i.status,
        count(*) as backlog
    from days as d
    inner join {{ ref('fct_ticket_intervals') }} as i
        on d.ends_at > i.valid_from and d.ends_at <= coalesce(i.valid_to, 'infinity')
    inner join {{ ref('fct_tickets') }} as f on i.ticket_key = f.ticket_key
    where i.status in ('new', 'open', 'pending', 'hold') and not f.is_deleted
    group by d."timestamp", i.channel, i.priority, i.status
),

kept as (
    select
        d."timestamp",
        b.channel_type,
        b.priority,
        b.status,
        sum(b.backlog)::bigint as backlog
    from days as d
    inner join {{ ref('backlog_daily') }} as b
        on tstzrange(b."timestamp", b.next_timestamp) @> d."timestamp"
    where b.backlog > 0
    group by d."timestamp", b.channel_type, b.priority, b.status
)

{{ only_on_one_side('standing', 'kept', 'day') }}
