{# Business time. int_calendar_openings holds, of each calendar, every stretch in which it is open,
   with the open time before it: F. So the open time from a to b is F(b) - F(a), two look-ups by an
   index, and an instant is found by the open time that has passed at it the same way. Everything is in
   whole microseconds (of an instant: since 1970, `instant_microseconds`), so that nothing is rounded.

   Join once for each look-up, then read it:

       from events as e
       {{ join_open_time('opened', ref('int_calendar_openings'), 'e.calendar_id', 'e.instant_microseconds') }}
       … {{ open_time('opened', 'e.instant_microseconds') }} … #}

{# F: which opening of a calendar an instant is in or after. #}
{% macro join_open_time(name, openings, calendar_id, instant) -%}
left join lateral (
    select {{ open_time_before('o', instant) }} as microseconds
    from {{ openings }} as o
    where o.calendar_id = {{ calendar_id }} and o.opens_microseconds <= {{ instant }}
    order by o.opens_microseconds desc
    limit 1
) as {{ name }} on true
{%- endmacro %}

{# F, of an opening that an instant is in or after. #}
{% macro open_time_before(opening, instant) -%}
{{ opening }}.open_microseconds_before
            + least({{ instant }}, {{ opening }}.closes_microseconds)
            - {{ opening }}.opens_microseconds
{%- endmacro %}

{# int_calendar_days finds an opening by an equality, for the many. #}
{% macro day_microseconds() %}{{ return('86400000000') }}{% endmacro %}

{# The open microseconds before the instant that was joined for; NULL for no instant. #}
{% macro open_time(name, instant) -%}
case when {{ instant }} is not null then coalesce({{ name }}.microseconds, 0) end
{%- endmacro %}

{# F's inverse: the opening within which so much open time has passed. #}
{% macro join_reaching(name, openings, calendar_id, open_microseconds) -%}
left join lateral (
    select
        case
            when
                {{ open_microseconds }} - o.open_microseconds_before
                <= o.closes_microseconds - o.opens_microseconds
                then o.opens_microseconds + {{ open_microseconds }} - o.open_microseconds_before
        end as microseconds
    from {{ openings }} as o
    where o.calendar_id = {{ calendar_id }} and o.open_microseconds_before < {{ open_microseconds }}
    order by o.open_microseconds_before desc
    limit 1
) as {{ name }} on true
{%- endmacro %}

{# The opening within which more than so much open time passes: read by `reached`, the instant from
   which on it is more. It is the one of `join_reaching`, but where that closes just then, the next. #}
{% macro join_passing(name, openings, calendar_id, open_microseconds) -%}
left join lateral (
    select
        case
            when
                {{ open_microseconds }} - o.open_microseconds_before
                < o.closes_microseconds - o.opens_microseconds
                then o.opens_microseconds + {{ open_microseconds }} - o.open_microseconds_before
        end as microseconds
    from {{ openings }} as o
    where o.calendar_id = {{ calendar_id }} and o.open_microseconds_before <= {{ open_microseconds }}
    order by o.open_microseconds_before desc
    limit 1
) as {{ name }} on true
{%- endmacro %}

{# The earliest instant, in microseconds, at which F is what was joined for; NULL where it never is.
   Open time of 0 has passed at every instant before the first opening: it has no earliest, NULL. #}
{% macro reached(name) -%}
{{ name }}.microseconds
{%- endmacro %}

{# Microseconds since 1970 as an instant; the product is exact up to the year 2255. #}
{% macro instant_of(microseconds) -%}
(timestamptz 'epoch' + {{ microseconds }} * interval '1 microsecond')
{%- endmacro %}

{# The calendar that a name of a kind (`calendar` or `channel`) stands for: what the configuration
   does not know is the default. NULL for no name. #}
{% macro calendar_named(names, kind, name) -%}
case
    when {{ name }} is not null
        then
            coalesce(
                (
                    select n.calendar_id from {{ names }} as n
                    where n.kind = '{{ kind }}' and n.name = {{ name }}
                ),
                (select n.calendar_id from {{ names }} as n where n.kind = 'default')
            )
end
{%- endmacro %}

{# changed_openings, and the calendars (touched_groups) whose openings were written anew. #}
{% macro bind_changed_openings() %}
    {% if is_incremental() %}
        create temp table touched_groups on commit drop as
        select distinct id as calendar_id from {{ ref('stg_config_changes') }}
        where kind = 'openings' and build_id > {{ bounds().from_build }};
    {% endif %}
    {{ bind('changed_openings', 'select o.* from ' ~ ref('stg_calendar_openings') ~ ' as o'
        ~ (' inner join touched_groups using (calendar_id)' if is_incremental() else '')) }}
{% endmacro %}

{# Tickets whose calendar means something else since a build. Empty where no calendar changed: else
   each build would read every event. #}
{% macro tickets_of_changed_calendars(from_build) %}
    {% if execute and run_query(
        'select 1 from ' ~ ref('stg_config_changes')
        ~ " where kind in ('calendar', 'channel', 'default') and build_id > " ~ from_build ~ ' limit 1'
    ).rows %}
        {{ return(
            'select ticket_key from ' ~ ref('int_ticket_calendar_changes') ~ ' where build_id > ' ~ from_build
        ) }}
    {% endif %}
    {{ return('') }}
{% endmacro %}
