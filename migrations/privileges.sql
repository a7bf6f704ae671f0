-- Asserts who owns what, who may do what, and the triggers that keep events as they are. Runs at every start; each step
-- looks first and changes only what does not hold, because ALTER TABLE would wait behind every reader of events.
--
-- The settings tallystick.owner_role and tallystick.app_role name the roles. They are empty where the database user may not
-- create roles: then that user stays the owner, and only the triggers are seen to.

DO $$
DECLARE
    v_owner      text := current_setting('tallystick.owner_role');
    v_app        text := current_setting('tallystick.app_role');
    v_role       text;
    v_object     record;
    v_readmodels text[];
BEGIN
    IF v_owner = '' THEN
        RETURN;
    END IF;

    -- A user who is no superuser must be a member of both to hand objects over and to act as the program. Since Postgres 16
    -- a member may be one that can't.
    FOREACH v_role IN ARRAY ARRAY[v_owner, v_app]
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXECUTE format('COMMENT ON ROLE %I IS %L', v_role, CASE v_role
                WHEN v_owner THEN 'Owns the tables and functions of Tallystick in database ' || current_database() || '; nobody logs in as it.'
                ELSE 'The server of Tallystick acts as it in database ' || current_database() || ': reads all, and writes events through the function append alone.'
            END);
        END IF;
        IF NOT pg_has_role(v_role, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', v_role);
        END IF;
    END LOOP;

    IF NOT has_database_privilege(v_app, current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), v_app);
    END IF;
    IF NOT has_schema_privilege(v_owner, 'tallystick', 'CREATE') THEN
        EXECUTE format('GRANT ALL ON SCHEMA tallystick TO %I', v_owner);
    END IF;
    IF NOT has_schema_privilege(v_app, 'tallystick', 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA tallystick TO %I', v_app);
    END IF;

    -- The core belongs to the owner; the schemas of read models to the program, which makes and drops them.
    v_readmodels := ARRAY(SELECT projection || '_' || version FROM tallystick.projection_versions);
    FOR v_object IN
        SELECT n.nspname AS name
        FROM pg_namespace n
        WHERE n.nspname = ANY (v_readmodels) AND pg_get_userbyid(n.nspowner) <> v_app
    LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO %I', v_object.name, v_app);
    END LOOP;
    FOR v_object IN
        SELECT c.oid::regclass AS name, c.relkind AS kind, n.nspname AS schema
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v')
          AND (n.nspname = 'tallystick' AND pg_get_userbyid(c.relowner) <> v_owner
               OR pg_get_userbyid(c.relowner) <> v_app
                  AND n.nspname = ANY (v_readmodels))
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO %I',
                       CASE v_object.kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, v_object.name,
                       CASE v_object.schema WHEN 'tallystick' THEN v_owner ELSE v_app END);
    END LOOP;
    FOR v_object IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tallystick' AND pg_get_userbyid(p.proowner) <> v_owner
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO %I', v_object.name, v_owner);
    END LOOP;

    -- The program reads everything, writes its own bookkeeping, and writes events through the function alone.
    FOR v_object IN
        SELECT c.oid AS id, c.oid::regclass AS name, c.relname AS relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tallystick' AND c.relkind IN ('r', 'v', 'S')
    LOOP
        IF NOT has_table_privilege(v_app, v_object.id, 'SELECT') THEN
            EXECUTE format('GRANT SELECT ON %s TO %I', v_object.name, v_app);
        END IF;
        IF v_object.relname IN ('projection_versions', 'projection_checkpoints', 'projection_failures', 'snapshots', 'leases',
                                   'secrets', 'exports', 'webhook_outcomes', 'webhook_cursors', 'rate_buckets', 'audit_seals', 'audit_checkpoints', 'audit_tiles', 'sandbox_settings', 'sandbox_methods', 'sandbox_charges',
                                   'sandbox_disputes', 'sandbox_news', 'license_keys', 'license_heartbeats')
           AND NOT (has_table_privilege(v_app, v_object.id, 'INSERT')
                    AND has_table_privilege(v_app, v_object.id, 'UPDATE')
                    AND has_table_privilege(v_app, v_object.id, 'DELETE')) THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO %I', v_object.name, v_app);
        END IF;
        IF v_object.relname = 'access_log' AND NOT has_table_privilege(v_app, v_object.id, 'INSERT') THEN
            EXECUTE format('GRANT INSERT ON %s TO %I', v_object.name, v_app);
        END IF;
        -- What gateways sent stays as it came. What became of it is noted on it.
        IF v_object.relname = 'gateway_messages'
           AND NOT (has_table_privilege(v_app, v_object.id, 'INSERT')
                    AND has_column_privilege(v_app, v_object.id, 'result', 'UPDATE')
                    AND has_column_privilege(v_app, v_object.id, 'payment', 'UPDATE')) THEN
            EXECUTE format('GRANT INSERT, UPDATE (result, payment) ON %s TO %I', v_object.name, v_app);
        END IF;
    END LOOP;
    FOR v_object IN
        SELECT p.oid AS id, p.oid::regprocedure AS name
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tallystick' AND p.proname IN ('append', 'append_held', 'replace_answer')
    LOOP
        -- Every function is PUBLIC's to execute until that is taken away.
        IF EXISTS (SELECT FROM aclexplode((SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
                                           WHERE oid = v_object.id)) WHERE grantee = 0) THEN
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_object.name);
        END IF;
        IF NOT has_function_privilege(v_app, v_object.id, 'EXECUTE') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', v_object.name, v_app);
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
        WHERE n.nspname = 'tallystick' AND p.proname IN ('append', 'append_held', 'replace_answer')
          AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=tallystick, pg_catalog, pg_temp']
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = tallystick, pg_catalog, pg_temp', v_function.name);
    END LOOP;
END;
$$;

DO $$
DECLARE
    v_table record;
BEGIN
    -- The program adds to access_log itself.
    FOR v_table IN
        VALUES ('tallystick.events', 'INSERT OR UPDATE OR DELETE OR TRUNCATE'),
               ('tallystick.private_parts', 'INSERT OR UPDATE OR DELETE OR TRUNCATE'),
               ('tallystick.idempotency', 'INSERT OR UPDATE OR DELETE OR TRUNCATE'),
               ('tallystick.credential_audit', 'INSERT OR UPDATE OR DELETE OR TRUNCATE'),
               ('tallystick.access_log', 'UPDATE OR DELETE OR TRUNCATE')
    LOOP
        -- ENABLE ALWAYS: session_replication_role = replica switches ordinary triggers off.
        IF NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = v_table.column1::regclass AND tgname = 'refuse_rewriting' AND tgenabled = 'A'
        ) THEN
            EXECUTE format('DROP TRIGGER IF EXISTS refuse_rewriting ON %s', v_table.column1);
            EXECUTE format('CREATE TRIGGER refuse_rewriting BEFORE %s ON %s '
                           'FOR EACH STATEMENT EXECUTE FUNCTION tallystick.refuse_rewriting()', v_table.column2, v_table.column1);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_rewriting', v_table.column1);
        END IF;
    END LOOP;
END;
$$;

-- Each of these triggers is made again where it is not there, or is not enabled always.
DO $$
DECLARE
    v_trigger record;
BEGIN
    FOR v_trigger IN
        VALUES ('tallystick.api_keys', 'INSERT OR DELETE', 'audit_credential', ''),
               ('tallystick.api_keys', 'UPDATE', 'audit_change', 'WHEN (OLD IS DISTINCT FROM NEW)'),
               ('tallystick.ledgers', 'UPDATE', 'audit_credential', 'WHEN (OLD.secret IS DISTINCT FROM NEW.secret)')
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = v_trigger.column1::regclass AND tgname = v_trigger.column3 AND tgenabled = 'A'
        ) THEN
            EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', v_trigger.column3, v_trigger.column1);
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW %s EXECUTE FUNCTION tallystick.audit_credential()',
                           v_trigger.column3, v_trigger.column2, v_trigger.column1, v_trigger.column4);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_trigger.column1, v_trigger.column3);
        END IF;
    END LOOP;
END;
$$;

-- Nobody but owner and program reads secrets and the hashes of keys. Whoever was given whole tables keeps the other columns.
DO $$
DECLARE
    v_app    text := current_setting('tallystick.app_role');
    v_secret record;
    v_grant  record;
BEGIN
    FOR v_secret IN
        SELECT t.oid AS id, t.oid::regclass AS name, t.relacl, t.relowner, s.attnum, s.attname, s.attacl,
               (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
                FROM pg_attribute
                WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attname <> s.attname) AS others
        FROM pg_class t
        JOIN pg_attribute s ON s.attrelid = t.oid
        WHERE (t.oid, s.attname) IN (('tallystick.ledgers'::regclass, 'secret'), ('tallystick.ledger_secrets'::regclass, 'secret'),
                                     ('tallystick.api_keys'::regclass, 'secret_hash'), ('tallystick.license_keys'::regclass, 'secret_hash'))
    LOOP
        FOR v_grant IN
            SELECT g.whole, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS grantee
            FROM (SELECT true AS whole, grantee, privilege_type FROM aclexplode(v_secret.relacl)
                  UNION ALL
                  SELECT false, grantee, privilege_type FROM aclexplode(v_secret.attacl)) g
            WHERE g.privilege_type = 'SELECT' AND g.grantee <> v_secret.relowner
              AND (g.grantee = 0 OR pg_get_userbyid(g.grantee) <> v_app)
            ORDER BY g.whole
        LOOP
            IF v_grant.whole THEN
                EXECUTE format('REVOKE SELECT ON %s FROM %s', v_secret.name, v_grant.grantee);
                EXECUTE format('GRANT SELECT (%s) ON %s TO %s', v_secret.others, v_secret.name, v_grant.grantee);
            ELSE
                EXECUTE format('REVOKE SELECT (%I) ON %s FROM %s', v_secret.attname, v_secret.name, v_grant.grantee);
            END IF;
        END LOOP;
    END LOOP;
END;
$$;
