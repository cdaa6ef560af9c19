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

{# Held in a model's transaction after it is written: an identity that is broken fails the model,
   and nothing of it is kept. `held` is {identity: the models it reads}. #}
{% macro hold_identities(held) %}
    {% for identity, models in held.items() %}
        {% set of = {} %}
        {% for name in models %}
            {% set relation = this if name == this.identifier else ref(name) %}
            {% if is_incremental() %}
                create or replace temp view held_{{ name }} as
                select r.* from {{ relation }} as r inner join changed_tickets using (ticket_key);
                {% do of.update({name: 'held_' ~ name}) %}
            {% else %}
                {% do of.update({name: relation}) %}
            {% endif %}
        {% endfor %}
        do $identity$
        declare
            broken text;
        begin
            select string_agg(ops.key_shown(ticket_key), ', ') into broken from (
                select distinct ticket_key from (
                    {{ context['identity_' ~ identity](of) }}
                ) as b order by ticket_key limit 5
            ) as first_ones;
            if broken is not null then
                raise exception 'identity % is broken, first by %', '{{ identity }}', broken;
            end if;
        end $identity$;
    {% endfor %}
{% endmacro %}

