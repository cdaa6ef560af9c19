{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_new_instants() }}",
    indexes=[{'columns': ['timestamp'], 'unique': true}],
) }}
{% do ref('metrics_raw') %}
-- One row per hour of the reporting zone since the first measurement.
with

hours as (
    select "timestamp" from new_instants
)

select * from hours
