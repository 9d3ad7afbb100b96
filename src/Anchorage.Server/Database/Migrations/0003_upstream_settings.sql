-- How an upstream is reached, and how long it said its pages may be used. Both are absent for what was written before.

ALTER TABLE package_index ADD COLUMN upstream_settings TEXT;    -- mirror: JSON, absent = all defaults
ALTER TABLE mirror_project ADD COLUMN fresh_seconds BIGINT;      -- from the upstream's Cache-Control; null = it said nothing
