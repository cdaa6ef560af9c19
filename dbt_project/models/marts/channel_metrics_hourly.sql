{{ config(
    materialized='incremental',
    tags=['rollup'],
    incremental_strategy='by_group',
    unique_key=['timestamp', 'channel_type', 'team_id'],
    pre_hook="{{ bind_rollup(
        'hour', {'channel_type': 'channel', 'team_id': 'team_id'}, running=true,
        without=['age_band_entered', 'age_band_left'],
        exact=['resolution', 'first_reply', 'next_reply_wait', 'first_resolution', 'full_resolution'],
    ) }}",
    indexes=[
        {'columns': ['channel_type', 'team_id', 'timestamp'], 'unique': true},
        {'columns': ['timestamp']},
    ],
    meta={'secured_by': 'team'},
) }}
{% do ref('metrics_raw') %}
{{ channel_metrics() }}
