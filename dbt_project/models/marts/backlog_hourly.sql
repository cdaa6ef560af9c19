{{ config(
    materialized='incremental',
    tags=['rollup', 'ages'],
    incremental_strategy='by_group',
    unique_key=['timestamp', 'channel_type', 'team_id', 'assignee_id', 'priority', 'status', 'age_band'],
    pre_hook="{{ bind_rollup(
        'hour',
        {
            'channel_type': 'channel', 'team_id': 'team_id', 'assignee_id': 'agent_id',
            'priority': 'priority', 'status': 'status', 'age_band': 'age_band',
        },
        running=true,
        types=['backlog_entered', 'backlog_left', 'age_band_entered', 'age_band_left'],
    ) }}",
    post_hook="{{ index_stretches() }}",
    indexes=[
        {
            'columns': ['channel_type', 'team_id', 'assignee_id', 'priority', 'status', 'age_band', 'timestamp'],
            'unique': true,
        },
        {'columns': ['timestamp']},
    ],
    meta={'secured_by': 'team', 'dense_over': 'dim_hours'},
) }}
{% do ref('metrics_raw') %}{% do ref('dim_hours') %}
{{ backlog() }}
