CREATE TABLE `favourites` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`pinned_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`, `prompt_id`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `favourites_of_prompt` ON `favourites` (`tenant_id`,`prompt_id`);--> statement-breakpoint
CREATE TABLE `prompt_redirects` (
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`prompt_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `prompt_redirects_of_prompt` ON `prompt_redirects` (`tenant_id`,`prompt_id`,`name`);--> statement-breakpoint
CREATE TABLE `prompt_uses` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`day` text NOT NULL,
	`version` integer NOT NULL,
	`label` text NOT NULL,
	`renders` integer NOT NULL,
	`reads` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `day`, `version`, `label`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `prompt_uses_by_day` ON `prompt_uses` (`tenant_id`,`day`,`prompt_id`,`renders`,`reads`);--> statement-breakpoint
CREATE TABLE `__new_outbox` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`stage` text NOT NULL,
	`generation` integer NOT NULL,
	`position` integer DEFAULT 0 NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`last_error` text,
	`enqueued_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_outbox`("tenant_id", "prompt_id", "stage", "generation", "position", "attempts", "due_at", "last_error", "enqueued_at") SELECT "tenant_id", "prompt_id", "stage", "generation", "position", "attempts", "due_at", "last_error", "enqueued_at" FROM `outbox` ORDER BY rowid;--> statement-breakpoint
DROP TABLE `outbox`;--> statement-breakpoint
ALTER TABLE `__new_outbox` RENAME TO `outbox`;--> statement-breakpoint
CREATE INDEX `outbox_by_stage` ON `outbox` (`stage`,`enqueued_at`,`due_at`);--> statement-breakpoint
CREATE INDEX `outbox_of_tenant` ON `outbox` (`tenant_id`,`stage`,`prompt_id`);