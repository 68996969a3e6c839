CREATE TABLE `client_grants` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`),
	FOREIGN KEY (`tenant_id`,`user_id`) REFERENCES `memberships`(`tenant_id`,`user_id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `client_grants_id` ON `client_grants` (`id`);--> statement-breakpoint
CREATE INDEX `client_grants_of_user` ON `client_grants` (`user_id`);--> statement-breakpoint
CREATE INDEX `client_grants_by_expiry` ON `client_grants` (`expires_at`);--> statement-breakpoint
CREATE TABLE `oauth_records` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`payload` text NOT NULL,
	`user_id` text,
	`client_id` text,
	`grant_id` text,
	`uid` text,
	`consumed_at` integer,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `oauth_records_uid` ON `oauth_records` (`kind`,`uid`) WHERE uid is not null;--> statement-breakpoint
CREATE INDEX `oauth_records_of_grant` ON `oauth_records` (`grant_id`) WHERE grant_id is not null;--> statement-breakpoint
CREATE INDEX `oauth_records_of_user` ON `oauth_records` (`user_id`) WHERE user_id is not null;--> statement-breakpoint
CREATE INDEX `oauth_records_by_expiry` ON `oauth_records` (`expires_at`);