-- What was stored before includes were a part of templates: `includes_in` is the migrator's own (includes-function.ts).
INSERT OR IGNORE INTO `includes` (`tenant_id`, `prompt_id`, `version`, `target`, `at`)
SELECT v.`tenant_id`, v.`prompt_id`, v.`number`, found.value ->> 'name', found.value ->> 'at'
FROM `versions` v, json_each(includes_in(v.`content`, v.`messages`)) found
WHERE instr(v.`content`, '{{') > 0
	AND NOT EXISTS (
		SELECT 1 FROM `includes` i
		WHERE i.`tenant_id` = v.`tenant_id` AND i.`prompt_id` = v.`prompt_id` AND i.`version` = v.`number`
	);
