-- Asserts who owns what, who may do what, and the triggers that keep events as they are. Runs at every start; each step
-- looks first and changes only what does not hold, because ALTER TABLE would wait behind every reader of events.

DO $$
DECLARE
    v_owner      text;
    v_object     record;
    v_readmodels text[];
BEGIN
    -- Roles live in the cluster, not in the database, and another database may be making them at this moment.
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tallystick_owner') THEN
            CREATE ROLE tallystick_owner NOLOGIN;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tallystick_app') THEN
            CREATE ROLE tallystick_app NOLOGIN;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN NULL;
    END;

    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('tallystick_owner', 'tallystick_app')) < 2 THEN
        RETURN;
    END IF;

    -- A user who is no superuser must be a member of both to hand objects over and to act as the program.
    IF NOT pg_has_role('tallystick_owner', 'MEMBER') THEN
        GRANT tallystick_owner TO CURRENT_USER;
    END IF;
    IF NOT pg_has_role('tallystick_app', 'MEMBER') THEN
        GRANT tallystick_app TO CURRENT_USER;
    END IF;

    IF NOT has_database_privilege('tallystick_app', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO tallystick_app', current_database());
    END IF;
    IF NOT has_schema_privilege('tallystick_owner', 'tallystick', 'CREATE') THEN
        GRANT ALL ON SCHEMA tallystick TO tallystick_owner;
    END IF;
    IF NOT has_schema_privilege('tallystick_app', 'tallystick', 'USAGE') THEN
        GRANT USAGE ON SCHEMA tallystick TO tallystick_app;
    END IF;

    -- The core belongs to the owner; the schemas of read models to the program, which makes and drops them.
    v_readmodels := ARRAY(SELECT projection || '_' || version FROM tallystick.projection_versions);
    FOR v_object IN
        SELECT c.oid::regclass AS name, c.relkind AS kind, n.nspname AS schema
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v')
          AND (n.nspname = 'tallystick' AND pg_get_userbyid(c.relowner) <> 'tallystick_owner'
               OR pg_get_userbyid(c.relowner) <> 'tallystick_app'
                  AND n.nspname = ANY (v_readmodels))
    LOOP
        v_owner := CASE v_object.schema WHEN 'tallystick' THEN 'tallystick_owner' ELSE 'tallystick_app' END;
        EXECUTE format('ALTER %s %s OWNER TO %I',
                       CASE v_object.kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, v_object.name, v_owner);
    END LOOP;
    FOR v_object IN
        SELECT n.nspname AS name
        FROM pg_namespace n
        WHERE n.nspname = ANY (v_readmodels) AND pg_get_userbyid(n.nspowner) <> 'tallystick_app'
    LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO tallystick_app', v_object.name);
    END LOOP;
    FOR v_object IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tallystick' AND pg_get_userbyid(p.proowner) <> 'tallystick_owner'
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO tallystick_owner', v_object.name);
    END LOOP;

    -- The program reads everything, writes its own bookkeeping, and writes events through the function alone.
    FOR v_object IN
        SELECT c.oid AS id, c.oid::regclass AS name, c.relname AS relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tallystick' AND c.relkind IN ('r', 'v')
    LOOP
        IF NOT has_table_privilege('tallystick_app', v_object.id, 'SELECT') THEN
            EXECUTE format('GRANT SELECT ON %s TO tallystick_app', v_object.name);
        END IF;
        IF v_object.relname IN ('projection_versions', 'projection_checkpoints', 'projection_failures')
           AND NOT (has_table_privilege('tallystick_app', v_object.id, 'INSERT')
                    AND has_table_privilege('tallystick_app', v_object.id, 'UPDATE')
                    AND has_table_privilege('tallystick_app', v_object.id, 'DELETE')) THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO tallystick_app', v_object.name);
        END IF;
    END LOOP;
    FOR v_object IN
        SELECT p.oid AS id, p.oid::regprocedure AS name
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tallystick' AND p.proname = 'append'
    LOOP
        -- Every function is PUBLIC's to execute until that is taken away.
        IF EXISTS (SELECT FROM aclexplode((SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
                                           WHERE oid = v_object.id)) WHERE grantee = 0) THEN
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_object.name);
        END IF;
        IF NOT has_function_privilege('tallystick_app', v_object.id, 'EXECUTE') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tallystick_app', v_object.name);
        END IF;
    END LOOP;
END;
$$;

-- A SECURITY DEFINER function must not find its tables through the caller's search path.
DO $$
DECLARE
    v_function record;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tallystick' AND p.proname = 'append'
          AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=tallystick, pg_catalog, pg_temp']
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = tallystick, pg_catalog, pg_temp', v_function.name);
    END LOOP;
END;
$$;

CREATE OR REPLACE FUNCTION tallystick.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Private parts can be erased, but by the function too.
    IF (TG_OP = 'INSERT' OR TG_OP = 'DELETE' AND TG_TABLE_NAME = 'private_parts')
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: events are only ever appended, by the function append', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['tallystick.events', 'tallystick.private_parts', 'tallystick.idempotency']
    LOOP
        -- ENABLE ALWAYS: session_replication_role = replica switches ordinary triggers off.
        IF NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = v_table::regclass AND tgname = 'refuse_rewriting' AND tgenabled = 'A'
        ) THEN
            EXECUTE format('DROP TRIGGER IF EXISTS refuse_rewriting ON %s', v_table);
            EXECUTE format('CREATE TRIGGER refuse_rewriting BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
                           'FOR EACH STATEMENT EXECUTE FUNCTION tallystick.refuse_rewriting()', v_table);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_rewriting', v_table);
        END IF;
    END LOOP;
END;
$$;
