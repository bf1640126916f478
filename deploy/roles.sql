-- Three roles of PostgreSQL with the least rights; docs/operators/security.md explains them. It is safe to repeat.
-- Run it as a superuser in the database of Counterclaim, before the first `flask upgrade` and after every one:
--   psql --dbname counterclaim --set ON_ERROR_STOP=1 --file deploy/roles.sql
--
-- counterclaim_owner   owns the tables, and runs `flask upgrade`. No server runs as this role.
-- counterclaim_writer  serves and writes. It can only add to the change log, and cannot touch its guards.
-- counterclaim_reader  serves reads, for example on a replica.
DO $$
DECLARE
    role_name text;
    object_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['counterclaim_owner', 'counterclaim_writer', 'counterclaim_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role_name);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role_name);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    REVOKE CREATE ON SCHEMA public FROM PUBLIC, counterclaim_writer, counterclaim_reader;
    GRANT CREATE ON SCHEMA public TO counterclaim_owner;
    ALTER ROLE counterclaim_reader SET default_transaction_read_only = on;

    FOR object_name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO counterclaim_owner', object_name);
        EXECUTE format(
            'REVOKE ALL ON public.%I FROM PUBLIC, counterclaim_writer, counterclaim_reader', object_name
        );
        EXECUTE format('GRANT SELECT ON public.%I TO counterclaim_reader', object_name);
        EXECUTE format(
            'GRANT %s ON public.%I TO counterclaim_writer',
            CASE object_name
                WHEN 'change' THEN 'SELECT, INSERT'  -- the change log
                WHEN 'revision' THEN 'SELECT, INSERT'
                WHEN 'change_text' THEN 'SELECT, INSERT, DELETE'  -- a redaction deletes a text, nothing alters one
                WHEN 'schema_migration' THEN 'SELECT'
                ELSE 'SELECT, INSERT, UPDATE, DELETE'
            END,
            object_name
        );
    END LOOP;
    FOR object_name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE public.%I TO counterclaim_writer', object_name);
    END LOOP;
    FOR object_name IN
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO counterclaim_owner', object_name);
    END LOOP;
END $$;
