-- The full-text index anew, with each word behind its tenant's id: `words_of` is the migrator's own (words-function.ts).
-- A tenant's words stand together, so that neither a word nor a beginning is looked for among those of other tenants.
-- The indexes of beginnings are for two and three letters behind 36 characters and a colon.
DROP TABLE `prompt_words`;
--> statement-breakpoint
CREATE VIRTUAL TABLE `prompt_words` USING fts5(
	name, title, tags, description, content,
	content = '', contentless_delete = 1,
	tokenize = "ascii tokenchars '-:'",
	prefix = '39 40'
);
--> statement-breakpoint
INSERT INTO `prompt_words` (rowid, name, title, tags, description, content)
SELECT p.`seq`, words_of(p.`tenant_id`, p.`name`), words_of(p.`tenant_id`, p.`title`),
	words_of(p.`tenant_id`, (SELECT group_concat(value, char(10)) FROM json_each(p.`tags`))),
	words_of(p.`tenant_id`, p.`description`), words_of(p.`tenant_id`, v.`content`)
FROM `prompts` p
JOIN `versions` v
	ON v.`tenant_id` = p.`tenant_id` AND v.`prompt_id` = p.`id` AND v.`number` = p.`latest_version`
WHERE p.`archived_at` IS NULL;
