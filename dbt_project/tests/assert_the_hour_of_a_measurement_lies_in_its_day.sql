-- A measurement's hour holds it, and lies within its day, as dim_dates has it.
select
    m.ticket_key,
    m.metric_type,
    m."timestamp",
    m.hour_start,
    m.day_start
from {{ ref('metrics_raw') }} as m
left join {{ ref('dim_dates') }} as d on m.day_start = d."timestamp"
where
    m."timestamp" < m.hour_start
    or m."timestamp" >= m.hour_start + interval '1 hour'
    or m.hour_start < m.day_start
    or (m."timestamp" < d.ends_at) is not true
