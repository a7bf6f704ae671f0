-- The functions of the triggers that privileges.sql asserts. Runs at every start.

CREATE OR REPLACE FUNCTION tallystick.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Private parts can be erased, but by the function too.
    IF (TG_OP = 'INSERT' OR TG_OP = 'DELETE' AND TG_TABLE_NAME = 'private_parts')
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: rows are only ever appended, by the function that does so', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE OR REPLACE FUNCTION tallystick.audit_credential() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tallystick, pg_catalog, pg_temp AS $$
DECLARE
    v_row    jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    v_action text;
BEGIN
    v_action := CASE
        WHEN TG_TABLE_NAME = 'ledgers' THEN 'secret_rotated'
        WHEN TG_OP = 'INSERT' THEN 'key_created'
        WHEN TG_OP = 'DELETE' THEN 'key_deleted'
        WHEN v_row ->> 'revoked_at' IS NOT NULL AND to_jsonb(OLD) ->> 'revoked_at' IS NULL THEN 'key_revoked'
        ELSE 'key_changed'
    END;
    INSERT INTO tallystick.credential_audit (ledger_id, action, key_id, key_role, key_name, key_expires_at,
                                             database_user, client_address, program, operator)
    VALUES ((v_row ->> 'ledger_id')::uuid, v_action, v_row ->> 'key_id', v_row ->> 'role',
            CASE TG_TABLE_NAME WHEN 'api_keys' THEN v_row ->> 'name' END, (v_row ->> 'expires_at')::timestamptz,
            session_user, inet_client_addr(), current_setting('application_name'),
            coalesce(current_setting('tallystick.operator', true), ''));
    RETURN NULL;
END;
$$;
