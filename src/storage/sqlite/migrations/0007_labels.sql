CREATE TABLE `label_moves` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`label` text NOT NULL,
	`number` integer NOT NULL,
	`kind` text NOT NULL,
	`from_version` integer,
	`to_version` integer,
	`previous` integer,
	`reason` text NOT NULL,
	`moved_by` text NOT NULL,
	`moved_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `label`, `number`),
	FOREIGN KEY (`moved_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`tenant_id`,`prompt_id`) REFERENCES `prompts`(`tenant_id`,`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `labels` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`label` text NOT NULL,
	`version` integer NOT NULL,
	`move` integer NOT NULL,
	`updated_by` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `label`),
	FOREIGN KEY (`updated_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`tenant_id`,`prompt_id`,`version`) REFERENCES `versions`(`tenant_id`,`prompt_id`,`number`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `labels_by_label` ON `labels` (`tenant_id`,`label`,`prompt_id`);--> statement-breakpoint
ALTER TABLE `tenants` ADD `protected_labels` text DEFAULT '["production"]' NOT NULL;