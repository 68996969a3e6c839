CREATE TABLE `__new_api_keys` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`made_by` text,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`prefix` text NOT NULL,
	`ceiling` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer,
	PRIMARY KEY(`tenant_id`, `id`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`tenant_id`,`made_by`) REFERENCES `api_keys`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_api_keys`("tenant_id", "id", "user_id", "name", "secret_hash", "prefix", "ceiling", "created_at", "expires_at", "last_used_at", "revoked_at") SELECT "tenant_id", "id", "user_id", "name", "secret_hash", "prefix", "ceiling", "created_at", "expires_at", "last_used_at", "revoked_at" FROM `api_keys`;--> statement-breakpoint
DROP TABLE `api_keys`;--> statement-breakpoint
ALTER TABLE `__new_api_keys` RENAME TO `api_keys`;--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_secret_hash` ON `api_keys` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_of_user` ON `api_keys` (`tenant_id`,`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `api_keys_made_by` ON `api_keys` (`tenant_id`,`made_by`) WHERE made_by is not null;