-- Describes the schema to whoever looks at it with psql: \dn+, \dt+ tallystick.*, \d+ tallystick.events_readable. The
-- comments of read models stand beside their tables, in readmodels. Lines are broken for a terminal.

COMMENT ON SCHEMA tallystick IS
'Tallystick, a billing ledger: events (what happened) and what the program needs beside them.
An auditor begins with the view tallystick.events_readable: \dv+ tallystick.* tells how to use it,
\d+ tallystick.events_readable what its columns hold; the tables are in \dt+ tallystick.*
Example, all that happened to the workspace acme, in order:
  SELECT position, recorded_at, actor_name, type, data
  FROM tallystick.events_readable WHERE ledger = ''default'' AND workspace = ''acme'' ORDER BY position;
The other schemas (invoices_1, seats_1 …) are read models: tables that the program builds from the events, and can build
again (\dt+ invoices_*.* tells how to use them). tallystick.projection_versions tells which of several versions serves.';

COMMENT ON VIEW tallystick.events_readable IS
'One row for each event, as the API shows it (GET /v1/events): what happened, when, and by whom.
Events are never changed or removed. Positions of a ledger are 1, 2, 3 … without a hole.
  all events of a workspace:  WHERE ledger = ''default'' AND workspace = ''acme'' ORDER BY position
  who upgraded it, and when:  … AND type = ''subscription.upgraded.v1'': actor, actor_name, effective_at;
                              data ->> ''from'' is the price before, data -> ''terms'' ->> ''price'' the new one
  what an invoice bills:      … AND type = ''invoice.drafted.v1'': data -> ''bill'' -> ''lines'' (or \dt+ invoices_*.*)
Which types there are:        SELECT type, count(*) FROM tallystick.events_readable GROUP BY type ORDER BY type;';
COMMENT ON COLUMN tallystick.events_readable.ledger IS 'name of the ledger, as in tallystick.ledgers; a ledger is one seller''s books';
COMMENT ON COLUMN tallystick.events_readable.ledger_id IS 'id of the ledger; every table has it, and all joins are by it and something else';
COMMENT ON COLUMN tallystick.events_readable.position IS 'place of the event in its ledger: 1, 2, 3 … without a hole, in the order of commits. Key with ledger_id';
COMMENT ON COLUMN tallystick.events_readable.group_last IS 'position of the last event of the same command; one command''s events stand together, all or none';
COMMENT ON COLUMN tallystick.events_readable.id IS 'id of the event (UUIDv7)';
COMMENT ON COLUMN tallystick.events_readable.workspace IS 'the customer''s workspace; null for events of the whole ledger (audit, books, catalog, clock, dunning, merchant, numbering, seller, webhook)';
COMMENT ON COLUMN tallystick.events_readable.stream IS 'what the event happened to, as TYPE:NAME: subscription:acme, seating:acme, invoice:ID, catalog:main';
COMMENT ON COLUMN tallystick.events_readable.version IS 'place of the event in its stream: 1, 2, 3 … without a hole. Key with ledger_id and stream';
COMMENT ON COLUMN tallystick.events_readable.type IS
'what happened: STREAM TYPE.FACT.vN, such as subscription.created.v1, subscription.upgraded.v1,
subscription.renewed.v1, seating.allocated.v1, invoice.drafted.v1, invoice.finalized.v1 (issued, with its number),
invoice.payment_recorded.v1, account.credit_granted.v1';
COMMENT ON COLUMN tallystick.events_readable.schema IS 'revision of the form of data, within the type';
COMMENT ON COLUMN tallystick.events_readable.recorded_at IS 'when the database stored it, by the system''s clock; never decreases with position';
COMMENT ON COLUMN tallystick.events_readable.effective_at IS 'when it happened, by the ledger''s clock: a renewal carried out late has the time at which it was due';
COMMENT ON COLUMN tallystick.events_readable.actor IS
'who gave the command: the id of an API key (tallystick.api_keys.key_id); "portal", "payment_link", "payment_action" or "payment_setup" for a
customer on a page that a link opened; "deadlines", "webhooks" or "adoption" for the program itself; "operator" for a person at its machine; "stripe" or "sandbox" for a gateway that told of it';
COMMENT ON COLUMN tallystick.events_readable.actor_name IS 'name of that API key; null for whoever has none';
COMMENT ON COLUMN tallystick.events_readable.command IS 'id of the command; all events of one command share it';
COMMENT ON COLUMN tallystick.events_readable.correlation IS 'id of the request that led to it, as in the X-Request-Id of the answer and in the request logs';
COMMENT ON COLUMN tallystick.events_readable.causation IS 'what caused it, where that was not a client; else null';
COMMENT ON COLUMN tallystick.events_readable.data IS
'the fact, as JSON. Amounts are {"amount": "12.30", "currency": "USD"}, decimal text with the currency''s digits.
No personal data but what people type into reasons and references';
COMMENT ON COLUMN tallystick.events_readable.private_hash IS 'hex SHA-256 of the event''s personal data with a salt, both kept elsewhere and erasable; null where it never had any';
COMMENT ON COLUMN tallystick.events_readable.body_hash IS 'hex SHA-256 over the fields that the program decided, computed from this row';
COMMENT ON COLUMN tallystick.events_readable.leaf_hash IS
'hex SHA-256 that was stored with the event. The row is as it was written when this equals
  encode(sha256(''\x00''::bytea || ''tallystick/leaf/v1''::bytea || int8send(position) || int8send(group_last)
    || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint) || decode(body_hash, ''hex'')), ''hex'')';

COMMENT ON TABLE tallystick.events IS
'The events as they are stored; tallystick.events_readable shows the same ones readable, with explanations.
Rows are only ever appended, by the function tallystick.append: triggers refuse UPDATE, DELETE and TRUNCATE, from everybody.';
COMMENT ON COLUMN tallystick.events.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.events.position IS 'place in the ledger: 1, 2, 3 … without a hole, in the order of commits';
COMMENT ON COLUMN tallystick.events.group_last IS 'position of the last event of the same command';
COMMENT ON COLUMN tallystick.events.event_id IS 'id of the event (UUIDv7)';
COMMENT ON COLUMN tallystick.events.stream IS 'what it happened to, as TYPE:NAME';
COMMENT ON COLUMN tallystick.events.version IS 'place in the stream: 1, 2, 3 … without a hole';
COMMENT ON COLUMN tallystick.events.type IS 'what happened: STREAM TYPE.FACT.vN';
COMMENT ON COLUMN tallystick.events.schema IS 'revision of the form of data, within the type';
COMMENT ON COLUMN tallystick.events.recorded_at IS 'when the database stored it; never decreases with position';
COMMENT ON COLUMN tallystick.events.effective_at IS 'when it happened, by the ledger''s clock';
COMMENT ON COLUMN tallystick.events.actor IS 'id of the API key that gave the command, or the program''s own name for what nobody asked for';
COMMENT ON COLUMN tallystick.events.command IS 'id of the command';
COMMENT ON COLUMN tallystick.events.correlation IS 'id of the request that led to it';
COMMENT ON COLUMN tallystick.events.causation IS 'what caused it, where that was not a client';
COMMENT ON COLUMN tallystick.events.data IS 'the fact as canonical JSON, the very bytes that were hashed: convert_from(data, ''UTF8'')::json';
COMMENT ON COLUMN tallystick.events.private_hash IS 'salted SHA-256 of the row''s personal data in tallystick.private_parts, which may have been erased; null where there never was any';
COMMENT ON COLUMN tallystick.events.leaf_hash IS 'SHA-256 over all of the row; see tallystick.events_readable.leaf_hash';

COMMENT ON TABLE tallystick.ledgers IS
'Each ledger: one seller''s books in one mode, apart from all others. Auditors read all columns but secret
(SELECT ledger_id, name, mode, clock, created_at FROM tallystick.ledgers).';
COMMENT ON COLUMN tallystick.ledgers.ledger_id IS 'key; part of the key of every table';
COMMENT ON COLUMN tallystick.ledgers.name IS 'name, unique in this database';
COMMENT ON COLUMN tallystick.ledgers.mode IS 'live: follows the system''s clock; sandbox: for trying out, with a clock of its own';
COMMENT ON COLUMN tallystick.ledgers.clock IS 'where a sandbox''s clock stood at first; events of the stream clock:main advance it; null for a live ledger';
COMMENT ON COLUMN tallystick.ledgers.created_at IS 'when the ledger was made';
COMMENT ON COLUMN tallystick.ledgers.secret IS 'secret by which the ledger signs quotes, cursors and links; only the program reads it';

COMMENT ON TABLE tallystick.api_keys IS
'The keys of the API: who may do what. events_readable.actor is a key_id of here.
Auditors read all columns but secret_hash. tallystick.credential_audit tells who made and ended them.';
COMMENT ON COLUMN tallystick.api_keys.ledger_id IS 'the ledger that the key opens';
COMMENT ON COLUMN tallystick.api_keys.key_id IS 'public part of the key, unique in this database; stands in events as actor';
COMMENT ON COLUMN tallystick.api_keys.role IS 'client: works on workspaces; finance: on money; auditor: reads; admin: everything';
COMMENT ON COLUMN tallystick.api_keys.name IS 'what it is for, as its maker called it';
COMMENT ON COLUMN tallystick.api_keys.secret_hash IS 'SHA-256 of the key''s secret part; only the program reads it';
COMMENT ON COLUMN tallystick.api_keys.created_at IS 'when it was made';
COMMENT ON COLUMN tallystick.api_keys.revoked_at IS 'when it was ended; null while it was not';
COMMENT ON COLUMN tallystick.api_keys.expires_at IS 'when it ends by itself; null for never';

COMMENT ON TABLE tallystick.ledger_secrets IS
'Secrets whose signatures a ledger accepts beside those of ledgers.secret, while it is rotated. Only the program reads them.';
COMMENT ON COLUMN tallystick.ledger_secrets.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.ledger_secrets.secret IS 'the secret';
COMMENT ON COLUMN tallystick.ledger_secrets.valid_until IS 'when it ends; null for the one that is to sign next';

COMMENT ON TABLE tallystick.credential_audit IS
'Each change of an API key or of a ledger''s secret, with who made it and from where. Triggers write it, whatever
the change was made with; rows are never changed or removed.';
COMMENT ON COLUMN tallystick.credential_audit.ledger_id IS 'the ledger whose credential it is';
COMMENT ON COLUMN tallystick.credential_audit.audit_id IS 'key, with ledger_id';
COMMENT ON COLUMN tallystick.credential_audit.recorded_at IS 'when, by the database''s clock';
COMMENT ON COLUMN tallystick.credential_audit.action IS 'key_created, key_changed, key_revoked, key_deleted or secret_rotated';
COMMENT ON COLUMN tallystick.credential_audit.key_id IS 'the key (api_keys.key_id); null for the ledger''s secret';
COMMENT ON COLUMN tallystick.credential_audit.key_role IS 'the key''s role after the change';
COMMENT ON COLUMN tallystick.credential_audit.key_name IS 'the key''s name after the change';
COMMENT ON COLUMN tallystick.credential_audit.key_expires_at IS 'when the key ends by itself, after the change';
COMMENT ON COLUMN tallystick.credential_audit.database_user IS 'the Postgres user who was logged in';
COMMENT ON COLUMN tallystick.credential_audit.client_address IS 'where the connection came from; null for a socket of the database''s own machine';
COMMENT ON COLUMN tallystick.credential_audit.program IS 'the connection''s application_name';
COMMENT ON COLUMN tallystick.credential_audit.operator IS 'user@host of whoever ran the program, as it said itself; empty where it did not';

COMMENT ON TABLE tallystick.access_log IS
'Who read exports, proofs and personal data, from the API and the program''s commands; rows are never changed or removed.
GET /v1/audit/access shows it.';
COMMENT ON COLUMN tallystick.access_log.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.access_log.access_id IS '1, 2, 3 … in each ledger; key, with ledger_id';
COMMENT ON COLUMN tallystick.access_log.at IS 'when, by the database''s clock';
COMMENT ON COLUMN tallystick.access_log.actor IS 'the key (api_keys.key_id), what a link opened, or user@host of whoever ran a command, as it said itself';
COMMENT ON COLUMN tallystick.access_log.role IS 'the key''s role; link, or operator for a command';
COMMENT ON COLUMN tallystick.access_log.method IS 'GET, HEAD or POST; RUN for a command';
COMMENT ON COLUMN tallystick.access_log.path IS 'what was asked for: the request''s path, or the command';
COMMENT ON COLUMN tallystick.access_log.status IS 'the answer''s HTTP status: 403 and the like tell of what was refused; 200 for a command';
COMMENT ON COLUMN tallystick.access_log.from_position IS 'the first event that was read (events.position); null where it was none';
COMMENT ON COLUMN tallystick.access_log.to_position IS 'the last event that was read';
COMMENT ON COLUMN tallystick.access_log.client IS 'the client''s address; empty for a command';

COMMENT ON TABLE tallystick.private_parts IS
'Personal data of events (billing and member details): the only rows that are ever erased. Auditors do not read them.
The event''s private_hash proves that nothing was put in their place.';
COMMENT ON COLUMN tallystick.private_parts.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.private_parts.position IS 'position of the event';
COMMENT ON COLUMN tallystick.private_parts.salt IS 'random bytes, hashed before the data, so that nobody guesses the data from its hash';
COMMENT ON COLUMN tallystick.private_parts.data IS 'the personal data as canonical JSON';

COMMENT ON TABLE tallystick.idempotency IS
'What became of each command that succeeded, so that a repeat with the same key is answered as the first time.
It is the answers as clients got them, and auditors do not read it.';
COMMENT ON COLUMN tallystick.idempotency.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.idempotency.key IS 'SHA-256 of the client''s Idempotency-Key, or the 16 bytes of the command''s id where there was none';
COMMENT ON COLUMN tallystick.idempotency.fingerprint IS 'SHA-256 of the request: another request with the same key is refused';
COMMENT ON COLUMN tallystick.idempotency.command IS 'id of the command, as in events';
COMMENT ON COLUMN tallystick.idempotency.status IS 'HTTP status of the answer';
COMMENT ON COLUMN tallystick.idempotency.stream IS 'stream that the answer''s ETag is of';
COMMENT ON COLUMN tallystick.idempotency.version IS 'version of that stream after the command';
COMMENT ON COLUMN tallystick.idempotency.first_position IS 'position of the command''s first event; last_position + 1 for a command that changed nothing';
COMMENT ON COLUMN tallystick.idempotency.last_position IS 'position of the command''s last event';
COMMENT ON COLUMN tallystick.idempotency.answer IS 'body of the answer as it was sent, without secrets that are shown once';

COMMENT ON TABLE tallystick.projection_versions IS
'The versions of each read model. The tables of version V of read model N are in the schema N_V (\dt+ N_V.*).
  which serve: SELECT projection || ''_'' || max(version) AS schema FROM tallystick.projection_versions
               WHERE ready_at IS NOT NULL AND status <> ''dropped'' GROUP BY projection;';
COMMENT ON COLUMN tallystick.projection_versions.projection IS 'name of the read model: invoices, seats, subscriptions …';
COMMENT ON COLUMN tallystick.projection_versions.version IS 'number of the version; each has tables of its own';
COMMENT ON COLUMN tallystick.projection_versions.revision IS 'revision of the code that fills it; a program reads the versions of its own revision';
COMMENT ON COLUMN tallystick.projection_versions.status IS 'filling; active: serves; retired: serves other releases, if any; dropped: its tables are gone';
COMMENT ON COLUMN tallystick.projection_versions.created_at IS 'when its tables were made';
COMMENT ON COLUMN tallystick.projection_versions.ready_at IS 'when it had caught up with the events and could serve; null before';

COMMENT ON TABLE tallystick.projection_checkpoints IS
'How far each version of a read model has applied the events of each ledger: the largest to_position. Older rows are trimmed.';
COMMENT ON COLUMN tallystick.projection_checkpoints.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.projection_checkpoints.projection IS 'name of the read model';
COMMENT ON COLUMN tallystick.projection_checkpoints.version IS 'its version';
COMMENT ON COLUMN tallystick.projection_checkpoints.from_position IS 'first position of the page that was applied';
COMMENT ON COLUMN tallystick.projection_checkpoints.to_position IS 'last position of that page';
COMMENT ON COLUMN tallystick.projection_checkpoints.leaf_hash IS 'leaf_hash of the event at to_position: the read model was built from this history';
COMMENT ON COLUMN tallystick.projection_checkpoints.applied_at IS 'when';

COMMENT ON TABLE tallystick.projection_failures IS
'Where a version of a read model could not apply events; it shows what was before them until this is mended. No row: no failure.';
COMMENT ON COLUMN tallystick.projection_failures.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.projection_failures.projection IS 'name of the read model';
COMMENT ON COLUMN tallystick.projection_failures.version IS 'its version';
COMMENT ON COLUMN tallystick.projection_failures.status IS 'retrying: tries again at retry_at; stopped: waits for an operator';
COMMENT ON COLUMN tallystick.projection_failures.from_position IS 'first position of the page that failed';
COMMENT ON COLUMN tallystick.projection_failures.attempts IS 'how often it was tried';
COMMENT ON COLUMN tallystick.projection_failures.retry_at IS 'when it is tried next';
COMMENT ON COLUMN tallystick.projection_failures.error IS 'why it failed';

COMMENT ON TABLE tallystick.snapshots IS
'States of long streams, so that a start need not read their events again. A cache: all rows may be deleted, nothing is lost.';
COMMENT ON COLUMN tallystick.snapshots.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.snapshots.stream IS 'the stream';
COMMENT ON COLUMN tallystick.snapshots.revision IS 'revision of the code that made it and can read it';
COMMENT ON COLUMN tallystick.snapshots.version IS 'version of the stream that it is of';
COMMENT ON COLUMN tallystick.snapshots.leaf_hash IS 'leaf_hash of the event at that version; the row counts only while that event has it';
COMMENT ON COLUMN tallystick.snapshots.digest IS 'SHA-256 of the row';
COMMENT ON COLUMN tallystick.snapshots.data IS 'the state, in a form of the program''s own';

COMMENT ON TABLE tallystick.leases IS
'Which server carries out deadlines now. It only saves work: all rows may be deleted, nothing is lost.';
COMMENT ON COLUMN tallystick.leases.ledger_id IS 'the ledger, or zeros for all live ledgers together';
COMMENT ON COLUMN tallystick.leases.holder IS 'the server, by an id that it made at its start';
COMMENT ON COLUMN tallystick.leases.expires_at IS 'until when, by the database''s clock; the holder renews it';

COMMENT ON TABLE tallystick.secrets IS
'Secrets that a ledger was given and must show again (of gateways, webhook endpoints, licence keys), sealed with a key that the
database never sees: the file of --secret-key-file. Only the program reads them.';
COMMENT ON COLUMN tallystick.secrets.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.secrets.kind IS 'what it is for';
COMMENT ON COLUMN tallystick.secrets.id IS 'what it is of, within the kind';
COMMENT ON COLUMN tallystick.secrets.key_id IS 'names the key that sealed it: the start of a hash of the key';
COMMENT ON COLUMN tallystick.secrets.sealed IS 'nonce and ciphertext, AES-256-GCM; ledger, kind and id are under the seal too';

COMMENT ON TABLE tallystick.installation IS 'This installation, in one row. Its fingerprint follows from the id.';
COMMENT ON COLUMN tallystick.installation.sole IS 'always true, so that there is one row';
COMMENT ON COLUMN tallystick.installation.id IS 'random; it stays as long as the database does';

COMMENT ON TABLE tallystick.webhook_outcomes IS
'What came of each webhook delivery that was tried; which deliveries there are the read model webhooks_N.deliveries tells.';
COMMENT ON COLUMN tallystick.webhook_outcomes.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.webhook_outcomes.endpoint IS 'the endpoint';
COMMENT ON COLUMN tallystick.webhook_outcomes.position IS 'position of the event that it tells of';
COMMENT ON COLUMN tallystick.webhook_outcomes.ordered IS 'position of the event that asked for it: the same, or that of a replay';
COMMENT ON COLUMN tallystick.webhook_outcomes.status IS 'retrying, delivered or exhausted';
COMMENT ON COLUMN tallystick.webhook_outcomes.tries IS 'attempts since it was asked for';
COMMENT ON COLUMN tallystick.webhook_outcomes.next_at IS 'when it is tried again, by the ledger''s clock';
COMMENT ON COLUMN tallystick.webhook_outcomes.attempts IS 'all attempts: when, what was answered, why it failed, how long it took';
COMMENT ON TABLE tallystick.webhook_cursors IS
'How far each webhook endpoint was sent what it is to be sent, and how it fares. Without a row deliveries are sent once more.';
COMMENT ON COLUMN tallystick.webhook_cursors.ledger_id IS 'the ledger';
COMMENT ON COLUMN tallystick.webhook_cursors.endpoint IS 'the endpoint';
COMMENT ON COLUMN tallystick.webhook_cursors.ordered IS 'deliveries.ordered of the last delivery that was tried';
COMMENT ON COLUMN tallystick.webhook_cursors.position IS 'its position';
COMMENT ON COLUMN tallystick.webhook_cursors.last_success_at IS 'when something was delivered last, by the ledger''s clock';
COMMENT ON COLUMN tallystick.webhook_cursors.failing_since IS 'since when nothing was; null where the last attempt succeeded';

COMMENT ON COLUMN tallystick.api_keys.rate IS 'how many requests a second it may make; null for what the server says';
COMMENT ON TABLE tallystick.license_keys IS
'Which license a license key opens, once the license says so too: its newest event that names a key names this one.';
COMMENT ON COLUMN tallystick.license_keys.key_id IS 'the part of the key that is no secret; key';
COMMENT ON COLUMN tallystick.license_keys.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.license_keys.license_id IS 'the license, which has the stream license:<license_id>';
COMMENT ON COLUMN tallystick.license_keys.secret_hash IS 'SHA-256 of the key''s secret';

COMMENT ON TABLE tallystick.license_heartbeats IS 'When each instance of a license was heard of last. Only deaths and returns are events.';
COMMENT ON COLUMN tallystick.license_heartbeats.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.license_heartbeats.license_id IS 'the license';
COMMENT ON COLUMN tallystick.license_heartbeats.instance IS 'name of the instance; key with ledger_id and license_id';
COMMENT ON COLUMN tallystick.license_heartbeats.seen_at IS 'when it was heard of last, by the ledger''s clock';
COMMENT ON COLUMN tallystick.license_heartbeats.dies_at IS 'when it is dead unless it is heard of; null where it never dies, or has';
COMMENT ON COLUMN tallystick.license_heartbeats.users IS 'how many users it reported last; null for never';

COMMENT ON TABLE tallystick.rate_buckets IS
'The tokens of rate limits that all servers share. All rows may be deleted: then every limit begins anew.';
COMMENT ON COLUMN tallystick.rate_buckets.bucket IS 'hash of what is limited: a key, a workspace, or an address with failed authentications';
COMMENT ON COLUMN tallystick.rate_buckets.tokens IS 'what was left at that time';
COMMENT ON COLUMN tallystick.rate_buckets.taken IS 'what the last server took for a tenth of a second';
COMMENT ON COLUMN tallystick.rate_buckets.at IS 'when';

COMMENT ON TABLE tallystick.goose_db_version IS 'The numbered migrations that were applied to this database (pressly/goose writes it).';
COMMENT ON COLUMN tallystick.goose_db_version.id IS 'key';
COMMENT ON COLUMN tallystick.goose_db_version.version_id IS 'number of the migration';
COMMENT ON COLUMN tallystick.goose_db_version.is_applied IS 'always true: migrations go forward only';
COMMENT ON COLUMN tallystick.goose_db_version.tstamp IS 'when';

COMMENT ON FUNCTION tallystick.append(uuid, text[], bigint[], bytea[], bigint[], bytea[], uuid[], bytea[], bytea[], text[], text[],
    text[], smallint[], text[], bigint[], integer[], bytea[], integer[], integer[], bigint[], uuid[], text[], smallint[],
    timestamptz[], bytea[], bytea[], bytea[], integer[], bytea[], bytea[], integer[]) IS
'the only way to write events';
COMMENT ON FUNCTION tallystick.append(uuid, text[], bigint[], integer[], integer[], integer[], uuid[], bytea[], bytea[], text[],
    text[], text[], smallint[], text[], bigint[], integer[], bytea[], integer[], integer[], uuid[], text[], bigint[], text[],
    smallint[], timestamptz[], bytea[], bytea[], bytea[], integer[], bytea[], bytea[], integer[]) IS
'the form of append that an earlier release calls';
COMMENT ON FUNCTION tallystick.append_held(uuid, text[], bigint[], bytea[], bigint[], bytea[], uuid[], bytea[], bytea[], text[], text[],
    text[], smallint[], text[], bigint[], integer[], bytea[], integer[], integer[], bigint[], uuid[], text[], smallint[],
    timestamptz[], bytea[], bytea[], bytea[], integer[], bytea[], bytea[], integer[], bytea[], interval) IS
'what append does, and holds answers';
COMMENT ON FUNCTION tallystick.replace_answer(uuid, bytea, smallint, bigint, bigint, bytea) IS
'replaces an answer that is held, once';
COMMENT ON FUNCTION tallystick.refuse_rewriting() IS
'trigger: refuses changes of what was written';
COMMENT ON FUNCTION tallystick.audit_credential() IS
'trigger: notes changes of credentials in credential_audit';

COMMENT ON TABLE tallystick.held_answers IS
'Answers of commands that wait for a gateway: what came of the waiting, in the place of the answer in idempotency.';
COMMENT ON COLUMN tallystick.held_answers.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.held_answers.key IS 'as in idempotency';
COMMENT ON COLUMN tallystick.held_answers.waits_until IS 'until when, by the system''s clock, the answer may be replaced and repeats are told to wait';
COMMENT ON COLUMN tallystick.held_answers.status IS 'HTTP status of the later answer; null where nothing was replaced';
COMMENT ON COLUMN tallystick.held_answers.version IS 'version of the stream of the answer''s ETag';
COMMENT ON COLUMN tallystick.held_answers.position IS 'position that the later answer is of';
COMMENT ON COLUMN tallystick.held_answers.answer IS 'body of the later answer';

COMMENT ON TABLE tallystick.sandbox_settings IS 'How the sandbox gateway behaves for a ledger; without a row it is available, at once and free of charge.';
COMMENT ON COLUMN tallystick.sandbox_settings.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.sandbox_settings.latency_ms IS 'how long each answer takes, in milliseconds of system time';
COMMENT ON COLUMN tallystick.sandbox_settings.available IS 'false refuses connections: nothing is asked then';
COMMENT ON COLUMN tallystick.sandbox_settings.fee_rate IS 'part of each amount that the gateway keeps, such as 0.029';
COMMENT ON COLUMN tallystick.sandbox_settings.fee_fixed IS 'amount that the gateway keeps of each charge, in its currency';
COMMENT ON COLUMN tallystick.sandbox_settings.settle_days IS 'days from a success until the money is in the bank';
COMMENT ON TABLE tallystick.sandbox_methods IS 'How often the sandbox gateway was asked to charge each payment method whose token has several parts.';
COMMENT ON COLUMN tallystick.sandbox_methods.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.sandbox_methods.method_id IS 'the payment method';
COMMENT ON COLUMN tallystick.sandbox_methods.charges IS 'charges so far; repeats of a key do not count';
COMMENT ON COLUMN tallystick.sandbox_methods.removed_at IS 'when the gateway lost it, by the ledger''s clock; null while it has it';
COMMENT ON COLUMN tallystick.sandbox_charges.returned_at IS 'from when on the bank has the money back, by the ledger''s clock; null for never';
COMMENT ON TABLE tallystick.sandbox_disputes IS 'Charges of the sandbox gateway that customers dispute.';
COMMENT ON COLUMN tallystick.sandbox_disputes.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.sandbox_disputes.dispute_id IS 'the dispute';
COMMENT ON COLUMN tallystick.sandbox_disputes.charge_id IS 'the charge (sandbox_charges.charge_id)';
COMMENT ON COLUMN tallystick.sandbox_disputes.reason IS 'what the customer says';
COMMENT ON COLUMN tallystick.sandbox_disputes.status IS 'open, won or lost';
COMMENT ON COLUMN tallystick.sandbox_disputes.opened_at IS 'from when on it is open, by the ledger''s clock';
COMMENT ON COLUMN tallystick.sandbox_disputes.evidence_due_at IS 'until when evidence is taken';
COMMENT ON COLUMN tallystick.sandbox_disputes.closed_at IS 'when it was closed; null while it is open';
COMMENT ON TABLE tallystick.sandbox_news IS 'What the sandbox gateway has to tell and has not yet.';
COMMENT ON COLUMN tallystick.sandbox_news.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.sandbox_news.news_id IS 'names it';
COMMENT ON COLUMN tallystick.sandbox_news.due_at IS 'when it is told, by the ledger''s clock';
COMMENT ON COLUMN tallystick.sandbox_news.kind IS 'returned, dispute or refund';
COMMENT ON COLUMN tallystick.sandbox_news.subject IS 'the charge, dispute or refund that it is of';
COMMENT ON TABLE tallystick.sandbox_charges IS 'What the sandbox gateway was asked to charge or to send back, one row a key. It is the other side''s memory, and no part of the ledger.';
COMMENT ON COLUMN tallystick.sandbox_charges.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.sandbox_charges.charge_id IS 'the gateway''s reference';
COMMENT ON COLUMN tallystick.sandbox_charges.position IS 'order in which the charges were first asked for';
COMMENT ON COLUMN tallystick.sandbox_charges.key IS 'idempotency key, <payment>:<attempt> or <refund>:<attempt>';
COMMENT ON COLUMN tallystick.sandbox_charges.kind IS 'charge or refund';
COMMENT ON COLUMN tallystick.sandbox_charges.refund IS 'the refund (refunds.id); null of a charge';
COMMENT ON COLUMN tallystick.sandbox_charges.refunds IS 'the charge that a refund is of; null of a charge';
COMMENT ON COLUMN tallystick.sandbox_charges.decline IS 'code of why a refund failed; null where it did not';
COMMENT ON COLUMN tallystick.sandbox_charges.payment IS 'the payment';
COMMENT ON COLUMN tallystick.sandbox_charges.workspace IS 'the workspace that pays';
COMMENT ON COLUMN tallystick.sandbox_charges.token IS 'the payment method''s token';
COMMENT ON COLUMN tallystick.sandbox_charges.part IS 'part of the token that says how this charge behaves';
COMMENT ON COLUMN tallystick.sandbox_charges.amount IS 'the amount, in major units';
COMMENT ON COLUMN tallystick.sandbox_charges.currency IS 'its currency';
COMMENT ON COLUMN tallystick.sandbox_charges.fee IS 'what the gateway keeps of it, in major units';
COMMENT ON COLUMN tallystick.sandbox_charges.succeeds_at IS 'from when on the money is taken, by the ledger''s clock; null for never';
COMMENT ON COLUMN tallystick.sandbox_charges.fails_at IS 'from when on the charge is declined, by the ledger''s clock; null for never';
COMMENT ON COLUMN tallystick.sandbox_charges.settles_at IS 'when the money is in the bank if it is taken';
COMMENT ON COLUMN tallystick.sandbox_charges.requests IS 'how often it was asked for with the key';
COMMENT ON COLUMN tallystick.sandbox_charges.lookups IS 'how often it was asked how it went';
COMMENT ON COLUMN tallystick.sandbox_charges.first_at IS 'when it was first asked for, by the ledger''s clock';
COMMENT ON COLUMN tallystick.sandbox_charges.last_at IS 'when it was last asked for, by the ledger''s clock';

COMMENT ON TABLE tallystick.gateway_messages IS
'What gateways sent unasked, as it came, before anything became of it. Rows are never removed.';
COMMENT ON COLUMN tallystick.gateway_messages.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.gateway_messages.message_id IS 'the message; key with ledger_id';
COMMENT ON COLUMN tallystick.gateway_messages.position IS 'order in which messages came';
COMMENT ON COLUMN tallystick.gateway_messages.gateway IS 'the gateway that sent it';
COMMENT ON COLUMN tallystick.gateway_messages.gateway_id IS 'its id at the gateway; empty where it had none';
COMMENT ON COLUMN tallystick.gateway_messages.type IS 'the gateway''s word for it';
COMMENT ON COLUMN tallystick.gateway_messages.reference IS 'the gateway''s name for the charge that it is of; empty for none';
COMMENT ON COLUMN tallystick.gateway_messages.received_at IS 'when it came, by the system''s clock';
COMMENT ON COLUMN tallystick.gateway_messages.body IS 'the bytes that the gateway signed, which may hold personal data';
COMMENT ON COLUMN tallystick.gateway_messages.result IS 'applied, duplicate, stale, ignored or unmatched; null until something became of it';
COMMENT ON COLUMN tallystick.gateway_messages.payment IS 'the payment that it is of; null for none';

COMMENT ON TABLE tallystick.audit_seals IS
'How far each ledger is sealed. GET /v1/audit/status shows it.';
COMMENT ON COLUMN tallystick.audit_seals.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.audit_seals.tree IS '1, and one more after each restart of the audit (events of the stream audit:main)';
COMMENT ON COLUMN tallystick.audit_seals.size IS 'so many events are sealed';
COMMENT ON COLUMN tallystick.audit_seals.vkeys IS 'the public keys that verify the checkpoints, one a line';
COMMENT ON COLUMN tallystick.audit_seals.refusal IS 'why the sealer signs no more; null while it does';
COMMENT ON COLUMN tallystick.audit_seals.outside IS 'the checkpoints that were last kept outside of the database';
COMMENT ON TABLE tallystick.audit_checkpoints IS
'Each checkpoint that was signed: an auditor who has one can prove that history was only added to since.';
COMMENT ON COLUMN tallystick.audit_checkpoints.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.audit_checkpoints.tree IS 'as in tallystick.audit_seals';
COMMENT ON COLUMN tallystick.audit_checkpoints.size IS 'it covers the events from position 1 to this one';
COMMENT ON COLUMN tallystick.audit_checkpoints.root IS 'hash of the Merkle tree over their leaf hashes (RFC 6962)';
COMMENT ON COLUMN tallystick.audit_checkpoints.signed_at IS 'when, by the system''s clock';
COMMENT ON COLUMN tallystick.audit_checkpoints.note IS 'the signed note (c2sp.org/tlog-checkpoint)';
COMMENT ON COLUMN tallystick.audit_checkpoints.previous IS 'size of the tree''s checkpoint before it, 0 for none; null where an earlier release signed it';
COMMENT ON TABLE tallystick.audit_tiles IS
'The Merkle trees over the leaf hashes (c2sp.org/tlog-tiles).';
COMMENT ON COLUMN tallystick.audit_tiles.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.audit_tiles.tree IS 'as in tallystick.audit_seals';
COMMENT ON COLUMN tallystick.audit_tiles.level IS '0: hashes of leaves; above: hashes of full tiles of the level below';
COMMENT ON COLUMN tallystick.audit_tiles.number IS 'place in the level, from 0';
COMMENT ON COLUMN tallystick.audit_tiles.hashes IS 'up to 256 hashes of 32 bytes';
COMMENT ON TABLE tallystick.exports IS
'What was taken away in files (POST /v1/exports), by whom and of which position, also where the files are gone.';
COMMENT ON COLUMN tallystick.exports.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tallystick.exports.export_id IS 'id of the export (UUIDv7); key with ledger_id';
COMMENT ON COLUMN tallystick.exports.of IS 'what it is of: kind, format, from, to, date, position and time';
COMMENT ON COLUMN tallystick.exports.status IS 'queued, running, completed, failed or expired; completed ones expire by the ledger''s clock';
COMMENT ON COLUMN tallystick.exports.rows_written IS 'rows that are in the files so far';
COMMENT ON COLUMN tallystick.exports.rows_all IS 'rows that there will be; null where that is known at the end alone';
COMMENT ON COLUMN tallystick.exports.files IS 'the files with their bytes, rows and SHA-256';
COMMENT ON COLUMN tallystick.exports.manifest IS 'manifest.json; null until it is complete';
COMMENT ON COLUMN tallystick.exports.attempts IS 'how often it was tried in vain';
COMMENT ON COLUMN tallystick.exports.error_code IS 'what went wrong last';
COMMENT ON COLUMN tallystick.exports.error_detail IS 'the same in words';
COMMENT ON COLUMN tallystick.exports.actor IS 'who asked for it: the id of an API key (tallystick.api_keys.key_id)';
COMMENT ON COLUMN tallystick.exports.created_at IS 'when it was asked for, by the ledger''s clock';
COMMENT ON COLUMN tallystick.exports.completed_at IS 'when it was complete, by the ledger''s clock';
COMMENT ON COLUMN tallystick.exports.expires_at IS 'when its files go, by the ledger''s clock';
COMMENT ON COLUMN tallystick.exports.held_until IS 'until when nobody else tries, by the database''s clock';
COMMENT ON COLUMN tallystick.exports.holder IS 'the server''s turn that writes it; null for none';
