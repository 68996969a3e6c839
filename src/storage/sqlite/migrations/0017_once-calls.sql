CREATE TABLE `once_calls` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`key_hash` text NOT NULL,
	`attempt` text NOT NULL,
	`fingerprint` text NOT NULL,
	`state` text NOT NULL,
	`started_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`target` text,
	`answer` text,
	PRIMARY KEY(`tenant_id`, `user_id`, `key_hash`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `once_calls_by_expiry` ON `once_calls` (`tenant_id`,`expires_at`);