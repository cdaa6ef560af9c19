{# Accounts to persons and teams of a source to teams, as the configuration has them at an instant.
   One that is not named there stands for itself (`source:id`); nobody is `none`. #}

{% macro join_person(name, source, account_id, instant) -%}
    left join {{ ref('stg_accounts') }} as {{ name }}
        on
            {{ source }} = {{ name }}.source
            and {{ account_id }} = {{ name }}.account_id
            and {{ instant }} >= {{ name }}.valid_from
            and {{ instant }} < {{ name }}.valid_to
{%- endmacro %}

{% macro person(name, source, account_id) -%}
    coalesce({{ name }}.agent_id, {{ source }} || ':' || {{ account_id }}, 'none')
{%- endmacro %}

{% macro join_team(name, source, team_id, instant) -%}
    left join {{ ref('stg_teams') }} as {{ name }}
        on
            {{ source }} = {{ name }}.source
            and {{ team_id }} = {{ name }}.source_team_id
            and {{ instant }} >= {{ name }}.valid_from
            and {{ instant }} < {{ name }}.valid_to
{%- endmacro %}

{% macro team(name, source, team_id) -%}
    coalesce({{ name }}.team_id, {{ source }} || ':' || {{ team_id }}, 'none')
{%- endmacro %}

{# A name as reports show it, which no other has: the id is added to names that are shared, that end
   as one with an id does, or that say `nobody`. #}
{% macro label(id, name, nobody='') -%}
    case
        when
            min({{ id }}) over (partition by {{ name }}) <> max({{ id }}) over (partition by {{ name }})
            or {{ name }} like '%)'
            or {{ name }} = '{{ nobody }}'
            then {{ name }} || ' (' || {{ id }} || ')'
        else {{ name }}
    end
{%- endmacro %}
