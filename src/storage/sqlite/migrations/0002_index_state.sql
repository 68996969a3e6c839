CREATE TABLE `index_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`phase` text NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `chunks` ADD `total` integer DEFAULT 1 NOT NULL;