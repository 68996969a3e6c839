CREATE TABLE `review_decisions` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`version` integer NOT NULL,
	`number` integer NOT NULL,
	`decision` text NOT NULL,
	`comment` text NOT NULL,
	`reviewer` text NOT NULL,
	`decided_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `version`, `number`),
	FOREIGN KEY (`reviewer`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`tenant_id`,`prompt_id`,`version`) REFERENCES `reviews`(`tenant_id`,`prompt_id`,`version`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `reviews` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`version` integer NOT NULL,
	`status` text NOT NULL,
	`note` text NOT NULL,
	`submitted_by` text NOT NULL,
	`submitted_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `version`),
	FOREIGN KEY (`submitted_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`tenant_id`,`prompt_id`,`version`) REFERENCES `versions`(`tenant_id`,`prompt_id`,`number`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `reviews_by_time` ON `reviews` (`tenant_id`,`submitted_at`,`prompt_id`,`version`);--> statement-breakpoint
CREATE INDEX `reviews_by_status` ON `reviews` (`tenant_id`,`status`,`submitted_at`,`prompt_id`,`version`);--> statement-breakpoint
ALTER TABLE `tenants` ADD `approvals` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `protected_need_approval` integer DEFAULT false NOT NULL;