-- What drizzle cannot describe.

-- The number of a prompt's row in the full-text index.
CREATE SEQUENCE prompts_seq_number MAXVALUE 2147483647;--> statement-breakpoint

INSERT INTO library (id, library_id) VALUES (1, gen_random_uuid());--> statement-breakpoint

-- The full-text index over the latest versions of prompts that are not archived.
CREATE TABLE prompt_words (
	tenant_id text COLLATE "C" NOT NULL,
	prompt_id text COLLATE "C" NOT NULL,
	seq bigint NOT NULL,
	words tsvector NOT NULL,
	PRIMARY KEY (tenant_id, prompt_id),
	FOREIGN KEY (tenant_id, prompt_id) REFERENCES prompts (tenant_id, id) ON DELETE CASCADE
);--> statement-breakpoint
CREATE INDEX prompt_words_by_word ON prompt_words USING gin (words);--> statement-breakpoint

-- What the processes of one library tell each other: events, texts that they share, jobs, and counters of limits, which may be lost.
CREATE TABLE events (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	origin text NOT NULL,
	tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	event text NOT NULL,
	at bigint NOT NULL
);--> statement-breakpoint
CREATE INDEX events_by_time ON events (at);--> statement-breakpoint
CREATE TABLE shared_documents (
	name text PRIMARY KEY,
	text text NOT NULL,
	revision bigint NOT NULL
);--> statement-breakpoint
-- Which process does a job that one does at a time, and until when no other one gets it.
CREATE TABLE jobs (
	name text PRIMARY KEY,
	holder text NOT NULL,
	until timestamptz NOT NULL
);--> statement-breakpoint
CREATE UNLOGGED TABLE limit_counters (
	key varchar(255) PRIMARY KEY,
	points integer NOT NULL DEFAULT 0,
	expire bigint
);--> statement-breakpoint

-- The scope of a transaction, which its first statement sets: one tenant, or the directory of all.
CREATE FUNCTION scope_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	AS $$ SELECT current_setting('promptforge.tenant', true) $$;--> statement-breakpoint
CREATE FUNCTION scope_is_directory() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
	AS $$ SELECT coalesce(current_setting('promptforge.scope', true) = 'directory', false) $$;--> statement-breakpoint

-- The rows that a query for words finds among one tenant's prompts. It runs as the owner, who may read all of the index: under a
-- policy on rows PostgreSQL would read every row of the tenant, since it does not trust the operator @@ with rows of others.
CREATE FUNCTION words_matching(tenant_word text, wanted text, most bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
	IF NOT scope_is_directory() AND tenant_word IS DISTINCT FROM '''tenant:' || scope_tenant() || '''' THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT seq FROM prompt_words
		WHERE words @@ (tenant_word::tsquery && wanted::tsquery)
		LIMIT most;
END $$;--> statement-breakpoint

-- The audit is only added to.
CREATE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant_id) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION 'The audit log is only added to';
END $$;--> statement-breakpoint
CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR DELETE ON audit_log
	FOR EACH ROW EXECUTE FUNCTION audit_log_is_only_added_to();--> statement-breakpoint

-- What each tenant has, counted as rows come and go.
CREATE FUNCTION prompts_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO tenant_usage (tenant_id, prompts) VALUES (NEW.tenant_id, 1)
		ON CONFLICT (tenant_id) DO UPDATE SET prompts = tenant_usage.prompts + 1;
	ELSE
		UPDATE tenant_usage SET prompts = prompts - 1 WHERE tenant_id = OLD.tenant_id;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER prompts_are_counted AFTER INSERT OR DELETE ON prompts
	FOR EACH ROW EXECUTE FUNCTION prompts_are_counted();--> statement-breakpoint
CREATE FUNCTION version_bytes(version versions) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT octet_length(version.content) + octet_length(version.title) + octet_length(version.description)
		+ octet_length(version.change_note) + octet_length(version.tags) + octet_length(version.arguments)
		+ coalesce(octet_length(version.messages), 0) + coalesce(octet_length(version.input_schema), 0)
		+ coalesce(octet_length(version.config), 0)
$$;--> statement-breakpoint
CREATE FUNCTION versions_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO tenant_usage (tenant_id, versions, storage_bytes) VALUES (NEW.tenant_id, 1, version_bytes(NEW))
		ON CONFLICT (tenant_id) DO UPDATE
			SET versions = tenant_usage.versions + 1, storage_bytes = tenant_usage.storage_bytes + excluded.storage_bytes;
	ELSE
		UPDATE tenant_usage SET versions = versions - 1, storage_bytes = storage_bytes - version_bytes(OLD)
		WHERE tenant_id = OLD.tenant_id;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER versions_are_counted AFTER INSERT OR DELETE ON versions
	FOR EACH ROW EXECUTE FUNCTION versions_are_counted();--> statement-breakpoint

-- Rows of a tenant are there for a transaction in its scope, or in the directory's, and for no other; also for the owner.
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN
		SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'tenant_id'
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = scope_tenant() OR scope_is_directory())', name);
	END LOOP;
END $$;--> statement-breakpoint
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY of_tenant ON tenants USING (id = scope_tenant() OR scope_is_directory());--> statement-breakpoint
-- Sign-ins, codes and secrets of people: of no tenant, and for the directory alone.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['user_identities', 'oauth_records', 'password_resets', 'email_claims', 'shared_documents', 'jobs']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_directory ON %I USING (scope_is_directory())', name);
	END LOOP;
END $$;--> statement-breakpoint
-- For words_matching, which runs as the owner and sees to the tenant itself.
DO $$
BEGIN
	EXECUTE format('CREATE POLICY of_owner ON prompt_words FOR SELECT TO %I USING (true)', current_user);
END $$;
