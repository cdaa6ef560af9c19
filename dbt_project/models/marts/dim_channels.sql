{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    indexes=[{'columns': ['channel_type'], 'unique': true}],
    meta={'secured_by': 'everybody'},
) }}
-- One row per channel that a ticket came by.
with

seen as (
    select id as channel_type
    from {{ ref('stg_ids_seen') }}
    where kind = 'channel'
    union
    select 'unknown' as channel_type
),

named as (
    select
        channel_type,
        case channel_type
            when 'whatsapp' then 'WhatsApp'
            when 'sms' then 'SMS'
            else initcap(replace(channel_type, '_', ' '))
        end as name
    from seen
),

final as (
    select
        channel_type,
        name,
        {{ label('channel_type', 'name') }} as label
    from named
)

select * from final
