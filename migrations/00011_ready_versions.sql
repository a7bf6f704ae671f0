-- +goose Up

-- When a version had everything that its program must show. A process reads the newest ready version of its own revision;
-- "active" is read by programs that landed before this column.
ALTER TABLE projection_versions ADD COLUMN ready_at timestamptz;
UPDATE projection_versions SET ready_at = created_at WHERE status = 'active';
