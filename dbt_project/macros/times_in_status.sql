{# Time of a ticket in some statuses, of its events: each lasts until the next. #}
{% macro time_in(statuses, to_next) -%}
    coalesce(sum({{ to_next }}) filter (where status in ({{ statuses }})), 0)::bigint
{%- endmacro %}

{# The same in whole seconds, NULL while the ticket is in one of them; one that ended is in none. #}
{% macro seconds_in(statuses, microseconds) -%}
    case when ended_at is not null or status not in ({{ statuses }}) then {{ microseconds }} / 1000000 end
{%- endmacro %}
