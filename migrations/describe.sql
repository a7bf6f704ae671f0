-- Makes comments of the setting tallystick.comments, a JSON array. It looks first and changes only what differs. A comment
-- waits for VACUUM, and is worth no wait: the next start tries again.

DO $$
DECLARE
    v_timeout text := current_setting('lock_timeout');
    v_comment record;
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR v_comment IN
        SELECT c.kind, c.name, c.text
        FROM json_to_recordset(current_setting('tallystick.comments')::json) AS c (kind text, name text, text text)
        WHERE c.text IS DISTINCT FROM CASE c.kind
            WHEN 'SCHEMA' THEN obj_description(to_regnamespace(c.name), 'pg_namespace')
            WHEN 'FUNCTION' THEN obj_description(to_regprocedure(c.name), 'pg_proc')
            WHEN 'COLUMN' THEN (
                SELECT col_description(a.attrelid, a.attnum)
                FROM pg_attribute a
                WHERE a.attrelid = to_regclass(regexp_replace(c.name, '\.[^.]+$', '')) AND a.attname = substring(c.name, '[^.]+$'))
            ELSE obj_description(to_regclass(c.name), 'pg_class')
        END
    LOOP
        BEGIN
            EXECUTE format('COMMENT ON %s %s IS %L', v_comment.kind, v_comment.name, v_comment.text);
        EXCEPTION
            WHEN lock_not_available OR undefined_table OR undefined_column OR undefined_function THEN NULL;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', v_timeout, true);
END;
$$;
