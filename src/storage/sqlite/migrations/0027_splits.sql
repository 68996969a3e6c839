CREATE TABLE `splits` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`version` integer NOT NULL,
	`spans` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- Of versions all of whose chunks are there. Others are being indexed, which tells their split with the first chunk: once more from there.
UPDATE `outbox` SET stage = 'first', position = 0 WHERE stage = 'rest';
--> statement-breakpoint
INSERT INTO `splits` (tenant_id, prompt_id, version, spans)
SELECT tenant_id, prompt_id, max(version), json_group_array(json_array(`start`, `end`) ORDER BY position)
FROM `chunks`
GROUP BY tenant_id, prompt_id
HAVING min(version) = max(version) AND count(*) = max(total);
--> statement-breakpoint
-- Covering indexes: which prompts are there, and their rows in the full-text index, are told without reading them.
DROP INDEX `prompts_live`;--> statement-breakpoint
CREATE INDEX `prompts_live` ON `prompts` (`tenant_id`,`id`,`seq`) WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX `prompts_live_by_seq` ON `prompts` (`seq`,`tenant_id`,`id`) WHERE archived_at is null;--> statement-breakpoint
-- Written once more; to drop the two columns one after the other would do so twice.
CREATE TABLE `chunks_without_spans` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`position` integer NOT NULL,
	`total` integer DEFAULT 1 NOT NULL,
	`version` integer NOT NULL,
	`vector` blob NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `position`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
INSERT INTO `chunks_without_spans` SELECT tenant_id, prompt_id, position, total, version, vector FROM `chunks`;--> statement-breakpoint
DROP TABLE `chunks`;--> statement-breakpoint
ALTER TABLE `chunks_without_spans` RENAME TO `chunks`;
