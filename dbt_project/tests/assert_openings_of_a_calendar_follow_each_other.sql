-- Openings of a calendar neither overlap nor touch, and the open time before each is
-- that of all before it.
with

followed as (
    select
        *,
        lag(closes_microseconds, 1, -1) over in_order as closed_microseconds,
        lag(open_microseconds_before + closes_microseconds - opens_microseconds, 1, 0::bigint)
            over in_order as summed_microseconds
    from {{ ref('int_calendar_openings') }}
    window in_order as (partition by calendar_id order by opens_microseconds)
)

select *
from followed
where
    opens_microseconds >= closes_microseconds
    or opens_microseconds <= closed_microseconds
    or open_microseconds_before <> summed_microseconds
