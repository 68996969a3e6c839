ALTER TABLE `api_keys` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `agent` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `retiring_hash` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `retiring_until` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_retiring_hash` ON `api_keys` (`retiring_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_by_time` ON `api_keys` (`tenant_id`,`created_at`,`id`);