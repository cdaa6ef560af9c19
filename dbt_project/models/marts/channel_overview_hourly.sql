{{ config(
    materialized='materialized_view',
    indexes=[{'columns': ['channel_type', 'team_id', 'timestamp'], 'unique': true}],
    tags=['clock'],
    meta={'secured_by': 'team'},
) }}
{{ channel_overview(ref('channel_metrics_hourly'), 14, 24, 'hour') }}
