{# What is told of an SLA instance at an instant, from the microseconds that have elapsed by then. #}
{% macro sla_running_seconds(elapsed) -%}
    {{ elapsed }} / 1000000
{%- endmacro %}

{% macro sla_remaining_seconds(state, target_seconds, elapsed) -%}
    case when {{ state }} = 'active' then ({{ target_seconds }} * 1000000 - {{ elapsed }}) / 1000000 end
{%- endmacro %}

{# Less is left than a tenth of the target, or than a quarter of an hour. #}
{% macro sla_is_at_risk(state, target_seconds, elapsed) -%}
    case
            when {{ state }} = 'active'
                then
                    {{ target_seconds }} * 1000000 - {{ elapsed }}
                    < greatest({{ target_seconds }} * 100000, 900000000)
        end
{%- endmacro %}

{# Elapsed by as_of, of a clock `r` that goes on: what it was at the ticket's last event, and what has
   been counted since. `asked` holds as_of in microseconds, `opened` the open time before it. #}
{% macro sla_elapsed() -%}
    (
        r.elapsed_microseconds
        + case
            when r.is_counting
                then greatest(
                    case r.hours when 'business' then {{ open_time('opened', 'asked.microseconds') }} else asked.microseconds end
                    - r.counted_from_microseconds,
                    0
                )
            else 0
        end
    )
{%- endmacro %}

{# Instances as they are judged at an instant: what to read, and how columns are read otherwise than
   they are stored. #}
{% macro sla_judged_at(as_of, instances) -%}
    (select {{ as_of }} as as_of, (extract(epoch from {{ as_of }}) * 1000000)::bigint as microseconds) as asked
    inner join {{ instances }} as r on r.judged_from <= asked.as_of and r.judged_to > asked.as_of
    {{ join_open_time(
        'opened', ref('int_calendar_openings'),
        "case when r.is_counting and r.hours = 'business' then r.calendar_id end", 'asked.microseconds'
    ) }}
{%- endmacro %}

{% macro sla_judged_columns() -%}
    {{ return({
        'running_seconds': sla_running_seconds(sla_elapsed()),
        'remaining_seconds': sla_remaining_seconds('r.state', 'r.target_seconds', sla_elapsed()),
        'is_at_risk': sla_is_at_risk('r.state', 'r.target_seconds', sla_elapsed()),
    }) }}
{%- endmacro %}
