-- Takes from the roles that the database had before, named by the setting tallystick.roles_before, whatever they may do in
-- it. They are dropped where no other database uses them.

DO $$
DECLARE
    v_role   text;
    v_schema text;
BEGIN
    FOR v_role IN
        SELECT rolname
        FROM pg_roles
        WHERE rolname = ANY (current_setting('tallystick.roles_before')::text[])
    LOOP
        FOR v_schema IN
            SELECT 'tallystick'
            UNION ALL
            SELECT nspname
            FROM pg_namespace
            JOIN tallystick.projection_versions ON nspname = projection || '_' || version
        LOOP
            EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', v_schema, v_role);
            EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %I', v_schema, v_role);
            EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM %I', v_schema, v_role);
            EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', v_schema, v_role);
        END LOOP;
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), v_role);
        BEGIN
            EXECUTE format('DROP ROLE %I', v_role);
        EXCEPTION
            WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
        END;
    END LOOP;
END;
$$;
