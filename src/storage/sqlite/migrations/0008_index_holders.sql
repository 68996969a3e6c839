CREATE TABLE `index_holders` (
	`id` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `library` (
	`id` integer PRIMARY KEY NOT NULL,
	`library_id` text NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `index_state` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `index_state` ADD `cleared_by` text;--> statement-breakpoint
INSERT INTO `library` (`id`, `library_id`) VALUES (1, lower(hex(randomblob(8))));
