{{ config(
    materialized='incremental',
    tags=['rollup'],
    incremental_strategy='by_group',
    unique_key=['timestamp', 'agent_id', 'team_id'],
    pre_hook="{{ bind_rollup(
        'day', {'agent_id': 'agent_id', 'team_id': 'team_id'},
        types=[
            'agent_reply', 'first_reply', 'opening_reply_wait', 'next_reply_wait', 'resolution', 'reopen',
            'full_resolution', 'csat_offered', 'csat_rated', 'csat_positive', 'csat_bad_to_good',
            'csat_good_to_bad', 'csat_score', 'zero_touch', 'one_touch', 'two_touch', 'multi_touch',
            'sla_met', 'sla_breached',
        ],
        exact=[
            'agent_reply', 'opening_reply_wait', 'next_reply_wait', 'resolution', 'full_resolution',
        ],
    ) }}",
    indexes=[
        {'columns': ['agent_id', 'team_id', 'timestamp'], 'unique': true},
        {'columns': ['timestamp']},
    ],
    meta={'secured_by': 'team'},
) }}
{% do ref('metrics_raw') %}
{{ agent_performance() }}
