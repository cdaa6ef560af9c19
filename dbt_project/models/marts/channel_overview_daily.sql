{{ config(
    materialized='materialized_view',
    indexes=[{'columns': ['channel_type', 'team_id', 'timestamp'], 'unique': true}],
    tags=['clock'],
    meta={'secured_by': 'team'},
) }}
{{ channel_overview(ref('channel_metrics_daily'), 400, 7, 'day') }}
