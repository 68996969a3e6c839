CREATE TABLE `search_history` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`at` integer NOT NULL,
	`query` text NOT NULL,
	`filters` text NOT NULL,
	`hits` integer NOT NULL,
	`top` text NOT NULL,
	`opened` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `search_history_of_user` ON `search_history` (`tenant_id`,`user_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `search_history_by_time` ON `search_history` (`tenant_id`,`at`);--> statement-breakpoint
ALTER TABLE `memberships` ADD `search_history` integer DEFAULT true NOT NULL;