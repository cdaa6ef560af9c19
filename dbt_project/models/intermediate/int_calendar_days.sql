{{ config(materialized='view') }}
{% set a_day = day_microseconds() %}
{% set in_order = (
    'partition by calendar_id order by from_microseconds, opens_microseconds nulls first'
) %}
{% set so_far = in_order ~ ' rows between unbounded preceding and current row' %}
-- One row per calendar and stretch of a UTC day that begins with the day or with an
-- opening, with the last opening by then: where an instant lies is found by an equality
-- and few comparisons. From the first opening's day to the last's; what lies beyond is
-- searched in the openings.
with

openings as not materialized (
    select * from {{ ref('int_calendar_openings') }}
),

days as (
    select
        calendar_id,
        {{ a_day }} * generate_series(
            min(opens_microseconds) / {{ a_day }},
            max(opens_microseconds) / {{ a_day }}
        ) as from_microseconds
    from openings
    group by calendar_id
),

begun as (
    select
        calendar_id,
        opens_microseconds as from_microseconds,
        opens_microseconds,
        closes_microseconds,
        open_microseconds_before
    from openings
    union all
    select
        calendar_id,
        from_microseconds,
        null as opens_microseconds,
        null as closes_microseconds,
        null as open_microseconds_before
    from days
),

-- An opening's numbers only grow from one to the next.
final as (
    select
        calendar_id,
        from_microseconds / {{ a_day }} as utc_day,
        from_microseconds,
        coalesce(
            lead(from_microseconds) over ({{ in_order }}),
            (1 + from_microseconds / {{ a_day }}) * {{ a_day }}
        ) as to_microseconds,
        max(opens_microseconds) over ({{ so_far }}) as opens_microseconds,
        max(closes_microseconds) over ({{ so_far }}) as closes_microseconds,
        max(open_microseconds_before) over ({{ so_far }}) as open_microseconds_before
    from begun
)

select * from final
