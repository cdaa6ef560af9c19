{{ config(
    materialized='materialized_view',
    indexes=[{'columns': ['agent_id', 'team_id', 'timestamp'], 'unique': true}],
    tags=['clock'],
    meta={'secured_by': 'team'},
) }}
{{ agent_overview(ref('agent_performance_daily'), 400, 7, 'day') }}
