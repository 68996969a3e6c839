CREATE TABLE `api_keys` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`prefix` text NOT NULL,
	`ceiling` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer,
	PRIMARY KEY(`tenant_id`, `id`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_secret_hash` ON `api_keys` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_of_user` ON `api_keys` (`tenant_id`,`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `chunks` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`position` integer NOT NULL,
	`version` integer NOT NULL,
	`start` integer NOT NULL,
	`end` integer NOT NULL,
	`vector` blob NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `position`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `memberships` (
	`tenant_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `memberships_of_user` ON `memberships` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`stage` text NOT NULL,
	`generation` integer NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`last_error` text,
	`enqueued_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `outbox_by_stage` ON `outbox` (`stage`,`enqueued_at`,`due_at`);--> statement-breakpoint
CREATE INDEX `outbox_of_tenant` ON `outbox` (`tenant_id`,`stage`,`prompt_id`);--> statement-breakpoint
CREATE TABLE `prompt_tags` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`tag` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `tag`),
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `prompt_tags_by_tag` ON `prompt_tags` (`tenant_id`,`tag`,`prompt_id`);--> statement-breakpoint
CREATE TABLE `prompts` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`seq` integer NOT NULL,
	`name` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`tags` text NOT NULL,
	`arguments` text NOT NULL,
	`latest_version` integer NOT NULL,
	`author_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`archived_at` integer,
	`index_generation` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `prompts_seq` ON `prompts` (`seq`);--> statement-breakpoint
CREATE UNIQUE INDEX `prompts_name` ON `prompts` (`tenant_id`,`name`);--> statement-breakpoint
CREATE INDEX `prompts_live` ON `prompts` (`tenant_id`,`id`) WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX `prompts_archived` ON `prompts` (`tenant_id`,`id`) WHERE archived_at is not null;--> statement-breakpoint
CREATE INDEX `prompts_by_created_at` ON `prompts` (`tenant_id`,`created_at`,`id`) WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX `prompts_by_updated_at` ON `prompts` (`tenant_id`,`updated_at`,`id`) WHERE archived_at is null;--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`password_hash` text NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username` ON `users` (`username`);--> statement-breakpoint
CREATE TABLE `versions` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`tags` text NOT NULL,
	`content` text NOT NULL,
	`arguments` text NOT NULL,
	`content_hash` text NOT NULL,
	`author_id` text NOT NULL,
	`change_note` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `number`),
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
