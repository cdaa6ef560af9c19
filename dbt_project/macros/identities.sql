{# What the tests of identities share: an identity fails by the rows that only one side has. #}

{% macro only_on_one_side(left, right, grain) %}
select
    'first' as only_in,
    '{{ grain }}' as grain,
    to_jsonb(l) as row_found
from (select * from {{ left }} except all select * from {{ right }}) as l
union all
select
    'second',
    '{{ grain }}',
    to_jsonb(r)
from (select * from {{ right }} except all select * from {{ left }}) as r
{% endmacro %}

{# The instant that the last build judged at. #}
{% macro judged_at() -%}
    (select next_as_of from {{ schema_of('core') }}.current_build)
{%- endmacro %}
