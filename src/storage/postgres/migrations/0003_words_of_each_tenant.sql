-- Each word of the full-text index behind a mark of its tenant, the last twelve characters of its id: a tenant's words stand together
-- in the index, so that neither a word nor a beginning is looked for among those of other tenants.
ALTER TABLE prompt_words NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
UPDATE prompt_words SET words = (
	SELECT coalesce(string_agg('''' || right(tenant_id, 12) || ':' || lexeme || ''':' || places, ' '), '')::tsvector
	FROM (
		SELECT lexeme, places,
			-- A vector holds less than 1 MB: of a text with more different words than that, the last are left out.
			sum(15 + octet_length(lexeme) + 2 * cardinality(positions)) OVER (ORDER BY positions[1], lexeme) AS bytes
		FROM unnest(words),
			LATERAL (
				SELECT string_agg(place || weight, ',') AS places FROM unnest(positions, weights) AS at (place, weight)
			) AS placed
		WHERE lexeme NOT LIKE '%:%'
	) AS own
	WHERE bytes < 900000
);--> statement-breakpoint
ALTER TABLE prompt_words FORCE ROW LEVEL SECURITY;--> statement-breakpoint

-- The rows that a query for words finds among one tenant's prompts. It runs as the owner, who may read all of the index: under a
-- policy on rows PostgreSQL would read every row of the tenant, since it does not trust the operator @@ with rows of others.
-- The words of the query are the tenant's by their marks; two tenants may have the same mark, though, and whose a row is its own
-- column says: as an expression, which is no reason to take the rows from the index of the primary key.
DROP FUNCTION words_matching(text, text, bigint);--> statement-breakpoint
CREATE FUNCTION words_matching(tenant text, wanted text, most bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
	IF NOT scope_is_directory() AND tenant IS DISTINCT FROM scope_tenant() THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT seq FROM prompt_words
		WHERE words @@ wanted::tsquery AND tenant_id || '' = tenant
		LIMIT most;
END $$;
