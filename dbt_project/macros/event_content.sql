{# All that a source says of an event, as one comparable value. #}
{% macro event_content() -%}
    md5(row(
        type, occurred_at, seq, actor_id, actor_kind, via_automation, from_value, to_value,
        attributes, payload
    )::text)
{%- endmacro %}
