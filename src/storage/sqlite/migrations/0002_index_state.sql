CREATE TABLE `index_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`phase` text NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `chunks` ADD `total` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `outbox` ADD `position` integer DEFAULT 0 NOT NULL;