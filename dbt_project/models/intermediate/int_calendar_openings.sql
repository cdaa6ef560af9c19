{{ config(
    materialized='incremental',
    incremental_strategy='by_group',
    unique_key=['calendar_id'],
    pre_hook="{{ bind_changed_openings() }}",
    indexes=[
        {'columns': ['calendar_id', 'opens_microseconds'], 'unique': true},
        {'columns': ['calendar_id', 'open_microseconds_before'], 'unique': true},
    ],
) }}
{% do ref('stg_calendar_openings') %}{% do ref('stg_config_changes') %}
-- One row per calendar and stretch of time in which it is open, with the open time
-- before it.
with

openings as (
    select
        calendar_id,
        opens_at,
        closes_at,
        (extract(epoch from opens_at) * 1000000)::bigint as opens_microseconds,
        (extract(epoch from closes_at) * 1000000)::bigint as closes_microseconds
    from {{ bound('changed_openings', ref('stg_calendar_openings')) }}
),

summed as (
    select
        calendar_id,
        opens_at,
        closes_at,
        opens_microseconds,
        closes_microseconds,
        coalesce(
            sum(closes_microseconds - opens_microseconds) over (
                partition by calendar_id
                order by opens_microseconds
                rows between unbounded preceding and 1 preceding
            ),
            0
        )::bigint as open_microseconds_before
    from openings
)

select * from summed
