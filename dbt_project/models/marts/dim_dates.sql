{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_days() }}",
    indexes=[{'columns': ['calendar_date'], 'unique': true}, {'columns': ['timestamp'], 'unique': true}],
    meta={'secured_by': 'everybody'},
) }}
-- One row per day of the reporting zone, from 2000 to 2099.
with

days as (
    select
        d.day as calendar_date,
        ops.day_start((d.day + time '12:00') at time zone z.name, z.name) as starts_at,
        ops.day_start((d.day + 1 + time '12:00') at time zone z.name, z.name) as ends_at
    from {{ days_shown() }} as d
    cross join {{ reporting_zone() }} as z
),

final as (
    select
        calendar_date,
        starts_at as "timestamp",
        ends_at,
        (extract(epoch from ends_at - starts_at) / 3600)::numeric(4, 2) as hours,
        extract(year from calendar_date)::integer as year_number,
        extract(quarter from calendar_date)::integer as quarter_number,
        extract(month from calendar_date)::integer as month_number,
        extract(isoyear from calendar_date)::integer as iso_year_number,
        extract(week from calendar_date)::integer as iso_week_number,
        extract(isodow from calendar_date)::integer as iso_weekday_number,
        extract(isodow from calendar_date) in (6, 7) as is_weekend
    from days
)

select * from final
