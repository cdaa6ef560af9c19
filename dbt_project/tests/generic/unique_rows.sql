{# No two rows with the same values of `columns`; what is NULL is the same as NULL. #}
{% test unique_rows(model, columns) %}
{% set quoted = [] %}
{% for name in columns %}{% do quoted.append(adapter.quote(name)) %}{% endfor %}
select
    {{ quoted | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ quoted | join(', ') }}
having count(*) > 1
{% endtest %}
