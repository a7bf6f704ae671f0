-- Asserts what auditors may read in the schema tallystick, and that it is nothing else: a table that is not named here is
-- none of theirs. Read models say for themselves whether they are. Nobody can log in as the role of the setting
-- tallystick.auditor_role; a person is made a member of it.

DO $$
DECLARE
    v_auditor text := current_setting('tallystick.auditor_role');
    v_role    oid;
    v_object  record;
BEGIN
    IF v_auditor = '' THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_auditor) THEN
        IF NOT (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
            RETURN;
        END IF;
        EXECUTE format('CREATE ROLE %I NOLOGIN', v_auditor);
        EXECUTE format('COMMENT ON ROLE %I IS %L', v_auditor, 'Reads events and read models of Tallystick in database '
                       || current_database() || ', and nothing secret or personal. Give it to a person: GRANT … TO alice.');
    END IF;
    v_role := (SELECT oid FROM pg_roles WHERE rolname = v_auditor);
    IF NOT has_database_privilege(v_role, current_database(), 'CONNECT')
       AND (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), v_auditor);
    END IF;
    IF NOT has_schema_privilege(v_role, 'tallystick', 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA tallystick TO %I', v_auditor);
    END IF;

    FOR v_object IN
        SELECT c.oid::regclass AS name, w.relname IS NOT NULL AS readable, w.columns
        FROM pg_class c
        LEFT JOIN (VALUES
            ('events', NULL), ('events_readable', NULL), ('credential_audit', NULL), ('access_log', NULL), ('audit_seals', NULL), ('audit_checkpoints', NULL), ('audit_tiles', NULL),
            ('projection_versions', NULL), ('projection_checkpoints', NULL), ('projection_failures', NULL), ('exports', NULL),
            ('ledgers', ARRAY['clock', 'created_at', 'ledger_id', 'mode', 'name']),
            ('api_keys', ARRAY['created_at', 'expires_at', 'key_id', 'ledger_id', 'name', 'rate', 'revoked_at', 'role'])
        ) AS w (relname, columns) ON w.relname = c.relname
        WHERE c.relnamespace = 'tallystick'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND (ARRAY(SELECT g.privilege_type FROM aclexplode(c.relacl) g WHERE g.grantee = v_role ORDER BY 1)
               <> CASE WHEN w.relname IS NOT NULL AND w.columns IS NULL THEN ARRAY['SELECT'] ELSE '{}' END
               OR ARRAY(SELECT CASE g.privilege_type WHEN 'SELECT' THEN '' ELSE g.privilege_type || ' ' END || a.attname
                        FROM pg_attribute a
                        CROSS JOIN aclexplode(a.attacl) g
                        WHERE a.attrelid = c.oid AND g.grantee = v_role
                        ORDER BY 1)
                  <> coalesce(w.columns, '{}'))
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', v_object.name, v_auditor);
        IF v_object.readable THEN
            EXECUTE format('GRANT SELECT %s ON %s TO %I', coalesce('(' || array_to_string(v_object.columns, ', ') || ')', ''), v_object.name, v_auditor);
        END IF;
    END LOOP;
END;
$$;
