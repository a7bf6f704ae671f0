-- Lets the program and the operator log in, which is for the private Postgres: on others that is the administrator's to say.
-- The operator may act as the program, and beyond it make ledgers and keys. An empty password changes nothing.

DO $$
DECLARE
    v_app      text := current_setting('tallystick.app_role');
    v_operator text := current_setting('tallystick.operator_role');
    v_login    record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_operator) THEN
        EXECUTE format('CREATE ROLE %I', v_operator);
    END IF;
    FOR v_login IN
        VALUES (v_app, current_setting('tallystick.app_password')), (v_operator, current_setting('tallystick.operator_password'))
    LOOP
        IF v_login.column2 <> '' THEN
            EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', v_login.column1, v_login.column2);
        END IF;
    END LOOP;
    IF NOT pg_has_role(v_operator, v_app, 'USAGE') THEN
        EXECUTE format('GRANT %I TO %I', v_app, v_operator);
    END IF;
    EXECUTE format('GRANT INSERT ON tallystick.ledgers, tallystick.api_keys TO %I', v_operator);
    EXECUTE format('GRANT UPDATE (revoked_at, expires_at) ON tallystick.api_keys TO %I', v_operator);
    EXECUTE format('GRANT UPDATE (secret) ON tallystick.ledgers TO %I', v_operator);
    EXECUTE format('GRANT INSERT, DELETE ON tallystick.ledger_secrets TO %I', v_operator);
END;
$$;
